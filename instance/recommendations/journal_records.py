"""Records of the recommender: plays, changes of videos, what others say, expiry, daily figures.

A record is one line: a JSON list that begins with its kind. The model learns records in their
order: a play is learned with the catalogue as it was then.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, Literal, NamedTuple
from uuid import uuid4

import orjson

from ..clock import DAY_S
from ..journal import WATCHES, Entry

# A page of PeerTube's videos is some 200 kB, and applying it must not keep requests waiting.
MOST_RECORDS = 100


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

    video: dict[str, Any]


class Counts(NamedTuple):
    """PeerTube's public counters of a video."""

    video: str
    views: int
    likes: int


class Gone(NamedTuple):
    """A video was deleted, or is no longer public."""

    video: str


class Heard(NamedTuple):
    """What another instance says about a week: its verified document, to the byte.

    `document` is the sha256 of the bytes, by which it is forgotten.
    """

    source: str
    week: int
    number: int
    document: str
    text: str


class Expired(NamedTuple):
    """Retention: who watched what before this time is forgotten, sums stay."""

    before_s: float


class Figured(NamedTuple):
    """A day's figures for the operator."""

    figures: dict[str, Any]


Record = Play | Put | Counts | Gone | Heard | Expired | Figured
KINDS: dict[str, type[Record]] = {
    "play": Play,
    "put": Put,
    "counts": Counts,
    "gone": Gone,
    "heard": Heard,
    "expired": Expired,
    "figured": Figured,
}
NAMES = {kind: name for name, kind in KINDS.items()}


def entries(records: Sequence[Record], now_s: float, batch: str = "") -> list[Entry]:
    """Return records as journal entries; a batch sent again gives the same entries (ids).

    Of plays only the day is stored, not when they arrived.
    """
    if all(isinstance(record, Play) for record in records):
        now_s = now_s // DAY_S * DAY_S
    name = batch or uuid4().hex
    parts = [encode(records[at : at + MOST_RECORDS]) for at in range(0, len(records), MOST_RECORDS)]
    return [Entry(WATCHES, _entry_id(name, payload), payload, now_s) for payload in parts]


def _entry_id(batch: str, payload: bytes) -> str:
    """Return an entry's id: a hash of its batch and content, so no other content has it."""
    return blake2b(batch.encode() + payload, digest_size=16).hexdigest()


def encode(records: Iterable[Record]) -> bytes:
    r"""Return records as bytes, one line each.

    >>> encode([Gone("a"), Counts("b", 7, 1)])
    b'["gone","a"]\n["counts","b",7,1]'
    """
    return b"\n".join(orjson.dumps([NAMES[type(record)], *record]) for record in records)


def decode(payload: bytes) -> list[Record]:
    """Return the records that `encode` wrote."""
    said = map(orjson.loads, payload.split(b"\n")) if payload else ()
    return [KINDS[name](*fields) for name, *fields in said]


What = Literal["viewer", "video", "source", "document"]


class Subject(NamedTuple):
    """What to forget: a viewer by pseudonym, a video by UUID, a source, a document by sha256."""

    what: What
    name: str


def without(payload: bytes, subject: Subject) -> bytes:
    """Return the payload of an entry without the records about `subject`.

    >>> without(encode([Gone("a"), Gone("b")]), Subject("video", "a"))
    b'["gone","b"]'
    """
    if subject.name.encode() not in payload:
        return payload
    return encode(record for record in decode(payload) if not _concerns(record, subject))


def _concerns(record: Record, subject: Subject) -> bool:
    if isinstance(record, Put):
        return subject == ("video", record.video["uuid"])
    return bool(getattr(record, subject.what, None) == subject.name)
