"""Replica: one worker's copy of the recommender's state, which follows the journal.

Every worker starts from the head (the newest stored state) and applies the entries after it, so
all replicas are equal. Only the leader saves heads, and seals: moves the entries that retention
deletes into the base (the state of all deleted entries).
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import TypeVar

from reco import SnapshotError

from ..clock import DAY_S, Clock
from ..journal import WATCHES, Accepted, Change, Journal, States
from ..journal import State as Stored
from ..optional import lacks_for_recommendations
from .journal_records import Record, entries
from .state import State

T = TypeVar("T")

ENTRIES = 32
# A new play is paired with the same viewer's plays of the fortnight before it.
PAIRED_S = 14 * DAY_S


class NoModel(Exception):  # noqa: N818 - it says a state
    """The stored model cannot be used; the message says what to do."""


class Replica:
    """The state, and how it follows the journal.

    Every method may raise `Unavailable`, and `NoModel` until a rebuild.
    """

    def __init__(self, journal: Journal, retention_days: int, clock: Clock) -> None:
        self.journal = journal
        self._retention_s = retention_days * DAY_S
        self._clock = clock
        self._lock = asyncio.Lock()
        self._state: State | None = None
        self._stored = States()
        self._position = 0
        self._saved = 0

    @property
    def unsaved(self) -> int:
        """Return by how many positions the saved head is behind this replica."""
        return self._position - self._saved

    @property
    def version(self) -> tuple[int, int]:
        """Return a value that changes whenever the state does."""
        return self._stored.generation, self._position

    async def state(self) -> State:
        """Return the state; the first call loads it."""
        return self._state or await self.follow()

    async def read(self, work: Callable[[State], T]) -> T:
        """Return what `work` makes of the state, in a thread: for what would hold up others.

        Meanwhile lists are made as ever, but nothing is applied to the state.
        """
        async with self._lock:
            state = self._state = self._state or await self._load()
            working = asyncio.ensure_future(asyncio.to_thread(work, state))
            try:
                return await asyncio.shield(working)
            except asyncio.CancelledError:
                # Who asked has gone, but the thread reads on: nothing may be applied meanwhile.
                await asyncio.wait([working])
                raise

    async def append(self, records: Sequence[Record], batch: str = "") -> None:
        """Append records; they are durable, and applied here, when this returns."""
        if records:
            await self.journal.append(entries(records, self._clock.now_s(), batch))
            await self.follow()

    async def follow(self) -> State:
        """Apply what any worker has appended; load the head anew if the past has changed."""
        async with self._lock:
            generation = await self.journal.generation(WATCHES)
            if generation != self._stored.generation:
                self._state = None  # it holds what another worker has erased
            state = self._state = self._state or await self._load()
            while some := await self.journal.read_kind(WATCHES, self._position, ENTRIES):
                for accepted in some:
                    state.apply_entry(accepted)
                    self._position = accepted.position
                    await asyncio.sleep(0)
            return state

    async def save(self) -> bool:
        """Save the state as the new head; return whether that was possible."""
        async with self._lock:
            if self._state is None or not self.unsaved:
                return False
            snapshot = await asyncio.to_thread(self._state.snapshot)
            change = Change(head=Stored(self._position, snapshot))
            saved = await self.journal.replace_states(WATCHES, change, self._stored)
            if saved:
                self._saved = self._position
            else:  # another worker sealed or erased meanwhile
                self._state = None
            return saved

    async def seal(self, now_s: float | None = None) -> int:
        """Move entries that are older than the retention into the base; return how many.

        Plays of the fortnight before the cut keep their viewers in the base, because later plays
        are paired with them. So entries are sealed a fortnight before their viewers are dropped.
        """
        cut_s = (now_s or self._clock.now_s()) - self._retention_s + PAIRED_S
        states = await self.journal.states(WATCHES)
        base = await restored(states.base)
        position, taken = states.base.position, 0
        while old := await self._older(position, states.head.position, cut_s):
            await asyncio.to_thread(base.apply_entries, old)
            position, taken = old[-1].position, taken + len(old)
        if not taken:
            return 0
        base.model.expire(cut_s - PAIRED_S)
        sealed = Stored(position, await asyncio.to_thread(base.snapshot))
        if not await self.journal.replace_states(WATCHES, Change(base=sealed), states):
            return 0
        self._stored = self._stored._replace(base=Stored(position))
        await self.journal.wipe(everything=False)
        return taken

    async def _older(self, after: int, until: int, cut_s: float) -> list[Accepted]:
        """Return the next entries that were accepted before `cut_s`."""
        some = await self.journal.read_kind(WATCHES, after, ENTRIES)
        old = takewhile(lambda each: each.entry.accepted_at < cut_s, some)
        return [each for each in old if each.position <= until]

    async def _load(self) -> State:
        states = await self.journal.states(WATCHES)
        state = await restored(states.head)
        self._position = self._saved = states.head.position
        # Only the numbers that a change is checked against: snapshots are large.
        self._stored = States(states.generation, Stored(states.base.position))
        return state


async def restored(stored: Stored) -> State:
    """Return a stored state; raise `NoModel` when it cannot be read, or River is not here."""
    if lacking := lacks_for_recommendations():
        raise NoModel(lacking)
    try:
        return await asyncio.to_thread(State.restore, stored.snapshot)
    except SnapshotError as error:
        raise NoModel(str(error)) from None
