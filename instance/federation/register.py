"""The register: what this instance has said and spent, whom it hears, and what came of it.

It is a fold over the journal's entries of one kind, all of which are kept: a few each day. So
every worker and every command has the same, and a crash loses nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from ..clock import Clock
from ..journal import FEDERATION, Change, Entry, Journal, States
from .records import (
    Added,
    Asked,
    Found,
    Own,
    Pinned,
    Published,
    Received,
    Record,
    Refused,
    Removed,
    TakenBack,
    decode,
    encode,
    entry,
)

ENTRIES = 100
MOST_SOURCES = 500
# Attempts, each of which fails when another worker changes the past at the same time.
TRIES = 8


class Source(NamedTuple):
    """An instance that is heard, and who named it: `admin`, `followed` or `directory`."""

    address: str
    named_by: str


class Register:
    """The fold; only records change it."""

    def __init__(self) -> None:
        self.own: list[Own] = []
        self.published = False
        self.added: dict[str, None] = {}
        self.refused: dict[str, None] = {}
        self.found: dict[str, Found] = {}
        self.pins: dict[str, Pinned] = {}
        self.received: defaultdict[str, dict[int, Received]] = defaultdict(dict)
        self.asked: dict[str, Asked] = {}
        self.taken_back: defaultdict[str, set[int | None]] = defaultdict(set)

    def apply(self, record: Record) -> None:
        """Apply one record."""
        match record:
            case Own():
                self.own.append(record)
            case Published():
                self.published = record.on
            case Added():
                self.added[record.address] = None
                # What was taken back may be heard again, so it is asked for again.
                self.taken_back.pop(self.instance_at(record.address), None)
                self.asked.pop(record.address, None)
            case Removed():
                self._remove(record.address)
            case Refused():
                self.refused[record.origin] = None
            case Found():
                self.found[record.where] = record
            case Pinned():
                self.pins[record.address] = record
            case Received():
                self.received[record.instance][record.number] = record
            case Asked():
                self.asked[record.address] = record
            case TakenBack():
                self.taken_back[record.instance].add(record.week)

    def _remove(self, address: str) -> None:
        """Know nothing of an address any more: added again it may have another key."""
        self.received.pop(self.instance_at(address), None)
        self.added.pop(address, None)
        self.refused.pop(origin_of(address), None)
        self.pins.pop(address, None)
        self.asked.pop(address, None)

    def current(self, week: int) -> Own | None:
        """Return the newest own document about a week."""
        return next((own for own in reversed(self.own) if own.week == week), None)

    def current_documents(self) -> list[Own]:
        """Return the newest own document of each week."""
        return [*{own.week: own for own in self.own}.values()]

    def spent(self, week: int) -> int:
        """Return the thousandths of ε that were spent on a week, by all documents about it."""
        return sum(own.epsilon_thousandths for own in self.own if own.week == week)

    def sources(self) -> list[Source]:
        """Return who is to be asked: those that anybody named, and the administrator allows."""
        named = dict.fromkeys(self.added, "admin")
        for found in self.found.values():
            named |= {each: found.where for each in found.addresses if each not in named}
        kept = [Source(*each) for each in named.items() if not self.is_refused(each[0])]
        return kept[:MOST_SOURCES]

    def is_refused(self, address: str) -> bool:
        """Say whether an address, or the instance at it, is refused or was taken back."""
        instance = self.instance_at(address)
        refused = {origin_of(address), instance} & self.refused.keys()
        return bool(refused) or None in self.taken_back.get(instance, ())

    def instance_at(self, address: str) -> str:
        """Return the instance at an address: as it was pinned, or else the address's origin."""
        pin = self.pins.get(address)
        return pin.instance if pin else origin_of(address)

    def hears(self, instance: str, week: int) -> bool:
        """Say whether what an instance says about a week may count here."""
        if instance in self.refused or {None, week} & self.taken_back.get(instance, set()):
            return False
        return any(self.instance_at(source.address) == instance for source in self.sources())


def origin_of(address: str) -> str:
    """Return the origin of an address.

    >>> origin_of("https://a.example/folder")
    'https://a.example'
    """
    scheme, netloc, *_ = urlsplit(address)
    return f"{scheme}://{netloc}"


class RegisterReplica:
    """One worker's copy of the register, which follows the journal; may raise `Unavailable`."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._lock = asyncio.Lock()
        self._register = Register()
        self._generation = -1
        self._position = 0

    async def follow(self) -> Register:
        """Apply what any worker has appended, and return the register."""
        async with self._lock:
            generation = await self._journal.generation(FEDERATION)
            if generation != self._generation:
                self._register, self._generation, self._position = Register(), generation, 0
            while some := await self._journal.read_kind(FEDERATION, self._position, ENTRIES):
                for accepted in some:
                    for record in decode(accepted.entry.payload):
                        self._register.apply(record)
                    self._position = accepted.position
            return self._register

    async def append(self, records: Sequence[Record], name: str = "") -> Register:
        """Append records, of which the first under a name is kept; they are durable then."""
        await self._journal.append([entry(records, self._clock.now_s(), name)])
        return await self.follow()

    async def erase_bytes(self, replaced: Iterable[str]) -> None:
        """Erase the bytes of own documents that were replaced; their hashes stay in the chain."""
        hashes = set(replaced)
        for _ in range(TRIES if hashes else 0):
            generation = await self._journal.generation(FEDERATION)
            rewritten = [
                (payload, position)
                for position, each in await self._entries()
                if (payload := _without(each, hashes)) != each.payload
            ]
            change = Change(rewritten=rewritten, past=True)
            if not rewritten:
                return
            if await self._journal.replace_states(FEDERATION, change, States(generation)):
                await self._journal.wipe(everything=False)
                await self.follow()
                return

    async def _entries(self) -> list[tuple[int, Entry]]:
        found: list[tuple[int, Entry]] = []
        while some := await self._journal.read_kind(
            FEDERATION, found[-1][0] if found else 0, ENTRIES
        ):
            found += [(each.position, each.entry) for each in some]
        return found


def _without(each: Entry, hashes: set[str]) -> bytes:
    records = [
        record._replace(document="")
        if isinstance(record, Own) and record.sha256 in hashes
        else record
        for record in decode(each.payload)
    ]
    return encode(records)
