"""A recommender of videos: learned online from plays, explained, and able to unlearn exactly."""

from .messages import Ask, Event, Reason, Recommendation, Refusal, Removed, Strategy, Video
from .model import Model
from .scoring.drift import Shift
from .snapshot import SnapshotError

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
