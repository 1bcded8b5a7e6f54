"""One worker's copy of the recommender's state, and its states in the journal.

Every worker starts from the head that the journal keeps and takes in what comes after, so all
know the same. Storing a new head, and sealing what retention deletes, is for one of them alone.
"""

import asyncio
from collections.abc import Sequence
from itertools import takewhile
from time import time

from reco import SnapshotError

from ..journal import WATCHES, Accepted, Change, Journal, States
from ..journal import State as Stored
from .journal_records import Line, entries
from .state import DAY_S, State

ENTRIES = 32
# A new play is paired with those of the fortnight before it.
PAIRED_S = 14 * DAY_S


class NoModel(Exception):  # noqa: N818 - it says a state
    """The stored model cannot be used; the message says what to do."""


class Keeper:
    """Holds the state; every method may raise `Unavailable`, and `NoModel` until a rebuild."""

    def __init__(self, journal: Journal, retention_days: int) -> None:
        self.journal = journal
        self._retention_s = retention_days * DAY_S
        self._busy = asyncio.Lock()
        self._state: State | None = None
        self._stored = States()
        self._position = 0
        self._saved = 0

    @property
    def unsaved(self) -> int:
        """Return how many positions the stored head is behind."""
        return self._position - self._saved

    @property
    def version(self) -> tuple[int, int]:
        """Return what changes whenever the state does."""
        return self._stored.generation, self._position

    async def state(self) -> State:
        """Return the state, which is read at the first time."""
        return self._state or await self.follow()

    async def append(self, lines: Sequence[Line], batch: str = "") -> None:
        """Note what happened; it is durable, and taken in, when this returns."""
        if lines:
            await self.journal.append(entries(lines, time(), batch))
            await self.follow()

    async def follow(self) -> State:
        """Take in what has been appended by anybody, from the start if the past has changed."""
        async with self._busy:
            generation = await self.journal.generation(WATCHES)
            if generation != self._stored.generation:
                self._state = None  # it holds what others have taken out
            state = self._state = self._state or await self._load()
            while some := await self.journal.read_kind(WATCHES, self._position, ENTRIES):
                for accepted in some:
                    state.take(accepted)
                    self._position = accepted.position
                    await asyncio.sleep(0)
            return state

    async def save(self) -> bool:
        """Store the state as the new head; return whether it was."""
        async with self._busy:
            if self._state is None or not self.unsaved:
                return False
            snapshot = await asyncio.to_thread(self._state.snapshot)
            change = Change(head=Stored(self._position, snapshot))
            kept = await self.journal.keep(WATCHES, change, self._stored)
            if kept:
                self._saved = self._position
            else:  # somebody sealed or erased meanwhile
                self._state = None
            return kept

    async def seal(self, now_s: float | None = None) -> int:
        """Delete the entries whose time is over, into the base; return how many.

        Those of the last fortnight before the cut are still named in the base, because later
        plays are paired with them; so entries go a fortnight earlier than names do.
        """
        cut_s = (now_s or time()) - self._retention_s + PAIRED_S
        states = await self.journal.states(WATCHES)
        base = await restored(states.base)
        position, taken = states.base.position, 0
        while old := await self._older(position, states.head.position, cut_s):
            await asyncio.to_thread(base.take_all, old)
            position, taken = old[-1].position, taken + len(old)
        if not taken:
            return 0
        base.model.expire(cut_s - PAIRED_S)
        sealed = Stored(position, await asyncio.to_thread(base.snapshot))
        if not await self.journal.keep(WATCHES, Change(base=sealed), states):
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
        # Only what a change is checked against; the bytes are many.
        self._stored = States(states.generation, Stored(states.base.position))
        return state


async def restored(stored: Stored) -> State:
    """Return a stored state; raise `NoModel` when it cannot be read."""
    try:
        return await asyncio.to_thread(State.restore, stored.snapshot)
    except SnapshotError as error:
        raise NoModel(str(error)) from None
