"""Records of the register in the journal: what was said, who is heard, and what came of it.

A record is one line: a JSON list that begins with its kind.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple
from uuid import uuid4

import orjson

from ..journal import FEDERATION, Entry


class Own(NamedTuple):
    """A document of this instance, and the number of plays that it was made of.

    The plays are not told to anybody. `document` is empty when another document has replaced it.
    """

    number: int
    week: int
    epsilon_thousandths: int
    plays: int
    sha256: str
    document: str

    @property
    def withdrawn(self) -> bool:
        """Whether it says nothing about its week any more; whatever says something spends ε."""
        return not self.epsilon_thousandths


class Published(NamedTuple):
    """Whether own documents are public from now on."""

    on: bool


class Added(NamedTuple):
    """The administrator hears the instance at an address."""

    address: str


class Removed(NamedTuple):
    """The administrator neither hears an address of his own accord nor refuses it."""

    address: str


class Refused(NamedTuple):
    """The administrator hears an origin in no case."""

    origin: str


class Found(NamedTuple):
    """Addresses that PeerTube's public list of followed instances, or a directory, names."""

    where: Literal["followed", "directory"]
    addresses: list[str]
    number: int = 0


class Pinned(NamedTuple):
    """The instance at an address, and its public key as it was first seen."""

    address: str
    instance: str
    key: str


class Received(NamedTuple):
    """A document of another instance was seen, so that it cannot be rewritten."""

    instance: str
    number: int
    week: int
    sha256: str


class Asked(NamedTuple):
    """When an address was asked, and what came of it: `refused` is empty when all was well."""

    address: str
    at_s: float
    etag: str
    refused: str


class TakenBack(NamedTuple):
    """What an instance said of a week, or all that it says, is heard no more."""

    instance: str
    week: int | None


Record = Own | Published | Added | Removed | Refused | Found | Pinned | Received | Asked | TakenBack
KINDS: dict[str, type[Record]] = {
    "own": Own,
    "published": Published,
    "added": Added,
    "removed": Removed,
    "refused": Refused,
    "found": Found,
    "pinned": Pinned,
    "received": Received,
    "asked": Asked,
    "taken-back": TakenBack,
}
NAMES = {kind: name for name, kind in KINDS.items()}


def entry(records: Sequence[Record], now_s: float, name: str = "") -> Entry:
    """Return records as one entry of the journal; of two with one name the first is kept."""
    return Entry(FEDERATION, name or uuid4().hex, encode(records), now_s)


def encode(records: Iterable[Record]) -> bytes:
    """Return records as bytes, one line each.

    >>> encode([Published(True)])
    b'["published",true]'
    """
    return b"\n".join(orjson.dumps([NAMES[type(record)], *record]) for record in records)


def decode(payload: bytes) -> list[Record]:
    """Return the records that `encode` wrote."""
    said = map(orjson.loads, payload.split(b"\n")) if payload else ()
    return [KINDS[name](*fields) for name, *fields in said]
