"""Entries of the journal, and the error that it raises when it cannot store them."""

import math
import re
from dataclasses import dataclass
from hashlib import sha256

KIND = re.compile(r"[a-z][a-z-]{0,31}")
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
LARGEST_PAYLOAD_BYTES = 1 << 20
# A forgotten entry that is sent again is known for so long, counted from the newest entry. Nothing
# is sent for longer: reports of a day before yesterday are refused.
KNOWN_S = 3 * 86_400.0


class Unavailable(Exception):  # noqa: N818 - it says a state, as HTTP 503 does
    """A part is down or overloaded: nothing was acknowledged, try again."""

    part = "database"


class NewerDatabase(Unavailable):
    """The database was written by a newer version, which this one might damage."""


class Damaged(Unavailable):
    """The database holds pages that cannot be right; what else it holds goes on to be used."""


class StillReadable(Unavailable):
    """Data are deleted, but another reader of the database keeps them readable for now."""


class NoStream(Unavailable):
    """The part that is down is the stream."""

    part = "stream"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that the instance accepts, opaque to the journal.

    Attributes
    ----------
    kind
        Which folds read the entry: lower-case letters and hyphens, at most 32.
    id
        Chosen by the sender, so that it can send the same entry again and be counted once.
    payload
        At most a mebibyte.
    accepted_at
        The instance's clock, seconds since 1970; retention counts from here.

    Raises
    ------
    ValueError
        When a field is outside its range. One bad entry would fail all that share its commit,
        so none can be constructed.

    """

    kind: str
    id: str
    payload: bytes
    accepted_at: float

    def __post_init__(self) -> None:
        if not KIND.fullmatch(self.kind):
            raise ValueError("kind must be 1 to 32 lower-case letters and hyphens")
        if not ID.fullmatch(self.id):
            raise ValueError("id must be 1 to 64 letters, digits, hyphens and underscores")
        if len(self.payload) > LARGEST_PAYLOAD_BYTES:
            raise ValueError(f"payload must be at most {LARGEST_PAYLOAD_BYTES} bytes")
        if not math.isfinite(self.accepted_at):
            raise ValueError("accepted_at must be a finite number of seconds")

    @property
    def digest(self) -> bytes:
        """What is kept of a forgotten entry for a while, so that it is not counted again."""
        return sha256(f"{self.kind} {self.id}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entry and its place in the journal; a later commit has a greater position."""

    position: int
    entry: Entry
