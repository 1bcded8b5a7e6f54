"""The state of federation for the administrator: what is said, who is heard, what it changed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from ..recommendations.journal_records import Heard
from ..recommendations.state import State
from .document import DocumentError, read
from .federation import Federation
from .publishing import last_whole_week
from .records import Own
from .register import Register, Source
from .signing import fingerprint
from .words import days_of, sentences


class Said(NamedTuple):
    """A document of this instance, as everybody can read it; `text` are its exact bytes.

    `spent` is the ε of all documents about its week. `text` is empty when it was replaced.
    """

    number: int
    week: int
    first_day: str
    last_day: str
    epsilon: float
    spent: float
    withdrawn: bool
    replaced: bool
    sha256: str
    text: str
    words: tuple[str, ...]


class HeardDocument(NamedTuple):
    """A document of another instance that counts here; `text` are its exact bytes."""

    week: int
    first_day: str
    last_day: str
    number: int
    sha256: str
    text: str
    words: tuple[str, ...]


class Trusted(NamedTuple):
    """How much better the next play here is foreseen with a source, and what it counts for that.

    `gain` is in thousandths of a nat for each play, between `low` and `high` with 95 % confidence;
    `influence` is the share of its say, from 0 to 1.
    """

    gain: float
    low: float
    high: float
    influence: float


class HeardSource(NamedTuple):
    """A source: `named_by` the admin, PeerTube's `followed` instances or the `directory`.

    `refused` says why its last answer was not taken in; it is empty when all was well.
    """

    address: str
    instance: str
    named_by: str
    key: str
    asked_at: str
    refused: str
    trust: Trusted | None
    documents: tuple[HeardDocument, ...]


class FederationStatus(NamedTuple):
    """Everything; `lacking` says what to do before anything can be said or heard."""

    lacking: str
    instance: str
    key: str
    published: bool
    epsilon: float
    next_week: int
    own: tuple[Said, ...]
    sources: tuple[HeardSource, ...]
    refused: tuple[str, ...]
    taken_back: tuple[str, ...]


async def status(federation: Federation, now_s: float) -> FederationStatus:
    """Return the state as it is now; may raise `Unavailable` and `NoModel`."""
    lacking = federation.lacking
    if lacking:
        return FederationStatus(
            lacking, federation.instance, "", False, federation.epsilon, 0, (), (), (), ()
        )
    register = await federation.register()
    state = await federation.recommender.replica.follow()
    return FederationStatus(
        "",
        federation.instance,
        fingerprint(federation.key.public),
        register.published,
        federation.epsilon,
        last_whole_week(now_s),
        tuple(_said(register, own) for own in reversed(register.own)),
        tuple(_sources(register, state)),
        tuple(register.refused),
        tuple(
            f"{instance}, {'everything' if week is None else f'week {week}'}"
            for instance, weeks in register.taken_back.items()
            for week in weeks
        ),
    )


def in_words(text: str) -> tuple[str, ...]:
    """Return a verified document in words; nothing for no bytes."""
    try:
        return tuple(sentences(read(text.encode()))) if text else ()
    except DocumentError as error:  # one that a later version wrote
        return (f"{error}",)


def _said(register: Register, own: Own) -> Said:
    first, last = days_of(own.week)
    return Said(
        own.number,
        own.week,
        first.isoformat(),
        last.isoformat(),
        own.epsilon_thousandths / 1000,
        register.spent(own.week) / 1000,
        own.withdrawn,
        own != register.current(own.week),
        own.sha256,
        own.document,
        in_words(own.document),
    )


def _sources(register: Register, state: State) -> Iterator[HeardSource]:
    trusts = state.model.trust()
    for source in register.sources():
        instance = register.instance_at(source.address)
        trust = trusts.get(instance)
        yield HeardSource(
            *_who(register, source, instance),
            Trusted(*trust) if trust else None,
            tuple(map(_heard, state.heard.get(instance, {}).values())),
        )


def _who(register: Register, source: Source, instance: str) -> tuple[str, str, str, str, str, str]:
    pin, asked = register.pins.get(source.address), register.asked.get(source.address)
    at = datetime.fromtimestamp(asked.at_s, UTC).isoformat(timespec="seconds") if asked else ""
    return (
        source.address,
        instance,
        source.named_by,
        fingerprint(pin.key) if pin else "",
        at,
        asked.refused if asked else "",
    )


def _heard(heard: Heard) -> HeardDocument:
    first, last = days_of(heard.week)
    return HeardDocument(
        heard.week,
        first.isoformat(),
        last.isoformat(),
        heard.number,
        heard.document,
        heard.text,
        in_words(heard.text),
    )
