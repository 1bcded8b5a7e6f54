"""What to watch next: learned from plays, explained, and forgotten on request."""

from .drift import Shift
from .model import Model
from .snapshot import SnapshotError
from .words import Ask, Event, Reason, Recommendation, Refusal, Removed, Strategy, Video

__all__ = [
    "Ask",
    "Event",
    "Model",
    "Reason",
    "Recommendation",
    "Refusal",
    "Removed",
    "Shift",
    "SnapshotError",
    "Strategy",
    "Video",
]
