"""Host-quality reports: one noised answer about a day with a host, made on the viewer's device."""

from .diary import Diary, Line
from .noise import honesty
from .report import (
    ANSWERS,
    CONNECTIONS,
    FIELDS,
    QUESTIONS,
    RATE_EDGES_BPS,
    TTFB_EDGES_S,
    Field,
    Question,
    Report,
    from_json,
)
from .terms import CONTEXTS, Context, Terms

__all__ = [
    "ANSWERS",
    "CONNECTIONS",
    "CONTEXTS",
    "FIELDS",
    "QUESTIONS",
    "RATE_EDGES_BPS",
    "TTFB_EDGES_S",
    "Context",
    "Diary",
    "Field",
    "Line",
    "Question",
    "Report",
    "Terms",
    "from_json",
    "honesty",
]
