"""Fields of PeerTube's JSON that several parts read, and their validation."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

PUBLIC = 1
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
IGNORE = ConfigDict(extra="ignore")


def seconds(text: str) -> float:
    """Return a time in seconds since 1970; a negative number for a text that is no such time.

    >>> seconds("2026-01-01T00:00:00.000Z"), seconds("2026-01-01T00:00:00"), seconds("soon")
    (1767225600.0, -1.0, -1.0)
    """
    try:
        when = datetime.fromisoformat(text)
        return when.timestamp() if when.tzinfo else -1.0
    except (ValueError, OverflowError):
        return -1.0


def _when(text: str) -> str:
    if seconds(text) < 0.0:
        raise ValueError("must be a time since 1970, with its zone")
    return text


Uuid = Annotated[str, Field(pattern=UUID, description="UUID of a video.")]
Count = Annotated[int, Field(ge=0, lt=1 << 53)]
When = Annotated[str, AfterValidator(_when)]
