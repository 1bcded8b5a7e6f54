"""Learning, in a live, when to fetch a segment from the origin and how much to upload."""

from .events import Event
from .policy import START, Policy, Segment, Swarm

__all__ = ["START", "Event", "Policy", "Segment", "Swarm"]
