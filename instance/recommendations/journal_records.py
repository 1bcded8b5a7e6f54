"""What the recommender's part of the journal holds: one thing that happened in each line.

A line is a JSON list that begins with what it is. Their order is the model's order: a play is
learned as the catalogue was then.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, Literal, NamedTuple
from uuid import uuid4

import orjson

from ..journal import WATCHES, Entry

# A page of videos of PeerTube is some 200 kB, and taking it in must not keep others waiting.
MOST_LINES = 100


class Play(NamedTuple):
    """One viewer watched one public video, as `reco.Event` says; `epsilon` noised `engaged`."""

    viewer: str
    video: str
    engaged: int
    epsilon: float
    at_s: float
    source: str = ""


class Put(NamedTuple):
    """A public video as PeerTube shows it, with its tags: new, or changed."""

    shown: dict[str, Any]


class Counts(NamedTuple):
    """PeerTube's public counters of a video."""

    video: str
    views: int
    likes: int


class Gone(NamedTuple):
    """A video was deleted, or is no longer public."""

    video: str


class Expired(NamedTuple):
    """Who watched what before this time is no longer known, only the sums."""

    before_s: float


class Figured(NamedTuple):
    """A day's figures for the operator."""

    figures: dict[str, Any]


Line = Play | Put | Counts | Gone | Expired | Figured
KINDS: dict[str, type[Line]] = {
    "play": Play,
    "put": Put,
    "counts": Counts,
    "gone": Gone,
    "expired": Expired,
    "figured": Figured,
}
NAMES = {kind: name for name, kind in KINDS.items()}


def entries(lines: Sequence[Line], now_s: float, batch: str = "") -> list[Entry]:
    """Return lines as entries; those of a batch that is sent again are the same entries."""
    name = batch or uuid4().hex
    parts = [written(lines[at : at + MOST_LINES]) for at in range(0, len(lines), MOST_LINES)]
    return [Entry(WATCHES, _named(name, payload), payload, now_s) for payload in parts]


def _named(batch: str, payload: bytes) -> str:
    """Return an id that no other content has, even if its sender names it alike."""
    return blake2b(batch.encode() + payload, digest_size=16).hexdigest()


def written(lines: Iterable[Line]) -> bytes:
    r"""Return lines as bytes.

    >>> written([Gone("a"), Counts("b", 7, 1)])
    b'["gone","a"]\n["counts","b",7,1]'
    """
    return b"\n".join(orjson.dumps([NAMES[type(line)], *line]) for line in lines)


def read(payload: bytes) -> list[Line]:
    """Return the lines that `written` wrote."""
    said = map(orjson.loads, payload.split(b"\n")) if payload else ()
    return [KINDS[name](*fields) for name, *fields in said]


What = Literal["viewer", "video", "source"]


class Subject(NamedTuple):
    """Whom or what to forget: `name` is a pseudonym, a video's UUID or a source."""

    what: What
    name: str


def without(payload: bytes, subject: Subject) -> bytes:
    """Return what is left of an entry when all that is said of `subject` is taken out.

    >>> without(written([Gone("a"), Gone("b")]), Subject("video", "a"))
    b'["gone","b"]'
    """
    if subject.name.encode() not in payload:
        return payload
    return written(line for line in read(payload) if not _concerns(line, subject))


def _concerns(line: Line, subject: Subject) -> bool:
    if isinstance(line, Put):
        return subject == ("video", line.shown["uuid"])
    return bool(getattr(line, subject.what, None) == subject.name)
