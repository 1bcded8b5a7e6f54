"""Host-quality reports: what a viewer's device tells of a day with a host, and the noise on it."""

from .report import (
    ANSWERS,
    FIELDS,
    QUESTIONS,
    RATE_EDGES_BPS,
    TTFB_EDGES_S,
    Field,
    Question,
    Report,
    from_json,
)

__all__ = [
    "ANSWERS",
    "FIELDS",
    "QUESTIONS",
    "RATE_EDGES_BPS",
    "TTFB_EDGES_S",
    "Field",
    "Question",
    "Report",
    "from_json",
]
