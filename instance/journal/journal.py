"""The interface of the journal, which every backend implements.

Everything that the instance accepts is appended here and acknowledged only when it is durable.
Aggregates are folds over the journal. Each is stored together with the position up to which it
has been folded, in one transaction: so a crash neither loses an entry nor counts it twice.

Raw entries are deleted after their retention, aggregates stay. The contribution of a deleted
entry is then *sealed*: the transaction that deletes it adds its counts to a second column. So at
any time

    count = sealed + contributions of the remaining entries up to the position,

and `rebuild` recounts the right side and compares. The sealed part is its checkpoint; it can no
longer be checked, because its entries are gone. `erase` removes keys from all three terms.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from . import folds
from .entry import Accepted, Entry, Unavailable
from .folds import Fold, Unwanted
from .group_commit import GroupCommit
from .lease import Lease, LeaseObserver
from .ordered import Change, States

# Entries folded or deleted in one transaction: few, because appends wait for it in SQLite.
ENTRIES_PER_STEP = 64
# Poll interval: when no wake-up comes, an entry is folded this much later at worst.
POLL_S = 1.0
# Sorts after every key.
ABOVE_ALL = "\U0010ffff"

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A fold's counts by key, and the position they were stored with.

    Where a fold has lanes, `position` is the sum over them. It grows with every step.
    """

    position: int
    counts: Mapping[str, int]

    @property
    def digest(self) -> str:
        """A hash that is equal for equal counts, whatever the backend."""
        return folds.digest(self.counts)


@dataclass(frozen=True, slots=True)
class Recount:
    """A fold as stored and as recounted from sealed counts and remaining entries."""

    stored: Aggregate
    recounted: Aggregate
    # The number of corrections before: two rebuilds at once must not both correct.
    corrections: int

    @property
    def intact(self) -> bool:
        """Whether the stored counts were right."""
        return self.stored.digest == self.recounted.digest

    def difference(self) -> dict[str, int]:
        """Return the correction: what has to be added to the stored counts."""
        stored, recounted = self.stored.counts, self.recounted.counts
        changes = {
            key: recounted.get(key, 0) - stored.get(key, 0)
            for key in stored.keys() | recounted.keys()
        }
        return {key: change for key, change in changes.items() if change}


@dataclass(frozen=True, slots=True)
class Health:
    """The number of entries that are not folded yet, and warnings for the operator."""

    backlog: int
    warnings: tuple[str, ...] = ()


class Journal(ABC):
    """Accepted entries, durable and in order, and the folds over them.

    Opening costs nothing: the first call connects, and after an outage the next call connects
    again. Every method may raise `Unavailable`.
    """

    def __init__(self, all_folds: Sequence[Fold], ordered: Sequence[str] = ()) -> None:
        self.folds = tuple(all_folds)
        self._kinds = {fold.kind for fold in all_folds} | set(ordered)
        self._group = GroupCommit(self._commit)
        self._appended = asyncio.Event()
        self._leases = LeaseObserver()

    async def append(self, entries: Sequence[Entry]) -> list[int]:
        """Return the positions of `entries`, which are durable then.

        An id that the journal already holds for this kind is acknowledged with the position it
        has, and not stored or counted again.

        Raises
        ------
        ValueError
            When no fold reads an entry's kind: it would never be counted, nor forgotten.

        """
        unread = {entry.kind for entry in entries} - self._kinds
        if unread:
            raise ValueError(f"no fold reads entries of kind {', '.join(sorted(unread))}")
        positions = await self._group.append(entries)
        self._appended.set()
        return positions

    @abstractmethod
    async def read(self, after: int = 0, limit: int = 100) -> list[Accepted]:
        """Return the first `limit` entries with a position greater than `after`."""

    @abstractmethod
    async def read_kind(self, kind: str, after: int = 0, limit: int = 100) -> list[Accepted]:
        """Return the first `limit` entries of `kind` with a position greater than `after`."""

    @abstractmethod
    async def generation(self, kind: str) -> int:
        """Return how often the past of the ordered fold of `kind` has changed."""

    @abstractmethod
    async def states(self, kind: str) -> States:
        """Return the stored states of the ordered fold of `kind`."""

    @abstractmethod
    async def replace_states(self, kind: str, change: Change, expected: States) -> bool:
        """Store `change` if the stored states are still as `expected` (compare-and-swap).

        Return whether it was stored.
        """

    async def acquire_lease(self, name: str, holder: str, for_s: float) -> bool:
        """Acquire or renew the lease `name` for `for_s` seconds; return whether `holder` has it.

        Another holder must have been silent for its time first.
        """
        found = await self._lease(name)
        if found and found.holder != holder and not self._leases.has_ended(name, found):
            return False
        lease = Lease(holder, found.beat + 1 if found else 1, for_s)
        return await self._replace_lease(name, found, lease)

    @abstractmethod
    async def release_lease(self, name: str, holder: str) -> None:
        """End the lease of `holder`, so that another need not wait."""

    @abstractmethod
    async def time_mark(self) -> float | None:
        """Return the newest time that was trusted, or else that of the newest entry, or None."""

    @abstractmethod
    async def set_time_mark(self, at_s: float) -> None:
        """Store a time that is trusted, in seconds since 1970."""

    async def wipe(self, *, everything: bool) -> None:
        """Make deleted data unreadable on disk; `everything` rewrites whole tables."""
        await (self._wipe_all() if everything else self._wipe())

    @abstractmethod
    async def fold(self, fold: Fold) -> int:
        """Fold the next entries, and return how many; 0 when there is nothing to do."""

    @abstractmethod
    async def aggregate(self, fold: Fold, first: str = "", above: str = ABOVE_ALL) -> Aggregate:
        """Return what `fold` counts under keys from `first` to below `above`, by code point.

        Other counts, which may go back for years, are not read.
        """

    @abstractmethod
    async def revisions(
        self, fold: Fold, first: str = "", above: str = ABOVE_ALL
    ) -> Mapping[str, int]:
        """Return the parts that the counts from `first` to below `above` have, with revisions.

        A part are the counts under keys that begin with it (`folds.parts`). Its revision grows
        with every transaction that changes one of its counts, so what was read of a part that
        has the same revision need not be read again.
        """

    @abstractmethod
    async def health(self) -> Health:
        """Return backlog and warnings, or raise `Unavailable`."""

    @abstractmethod
    async def look_for_damage(self, for_s: float) -> None:
        """Look for damaged pages, for so long in each table; raise `Damaged` if there are any."""

    async def follow(self) -> None:
        """Fold for ever whatever is appended, through outages; run it as a task."""
        while True:
            try:
                for fold in self.folds:
                    while await self.fold(fold):
                        pass
                await self.wait_for_work(POLL_S)
            except Unavailable:
                await asyncio.sleep(POLL_S)

    async def wait_for_work(self, timeout_s: float) -> None:
        """Return when there may be something to fold, at the latest after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._appended.wait()
        except TimeoutError:
            return
        self._appended.clear()

    async def forget(self, before: float, progress: Progress = lambda _: None) -> int:
        """Delete the folded entries accepted before that time; return how many.

        An entry stays until every fold has counted it. `progress` gets the number deleted so far.
        """
        deleted = 0
        while some := await self._forget_some(before):
            progress(deleted := deleted + some)
        await self._wipe()  # even if none: an earlier one may have been interrupted
        return deleted

    async def rebuild(self, fold: Fold, progress: Progress = lambda _: None) -> Recount:
        """Recount `fold` from its sealed counts and the remaining entries, and correct it.

        Appending and folding go on meanwhile: the recount reads one snapshot, and a correction
        is a sum like any other. `progress` gets the number of entries recounted so far.
        """
        recount = await self._recount(fold, progress)
        if not recount.intact:
            await self._correct(fold, recount)
        return recount

    async def erase(
        self, fold: Fold, unwanted: Unwanted, progress: Progress = lambda _: None
    ) -> int:
        """Erase unwanted keys from entries and counts; return the sum of their counts.

        Entries keep their ids, so that an entry sent again is still not counted again.
        Appending and folding go on meanwhile; entries appended after the call may stay.
        `progress` gets the number of entries looked at so far.

        Raises
        ------
        ValueError
            When another fold reads the same kind: its sealed counts have other keys.

        """
        if [each.kind for each in self.folds].count(fold.kind) > 1:
            raise ValueError(f"entries of kind {fold.kind} are read by another fold too")
        erased = await self._erase_entries(fold, unwanted, progress)
        erased += await self._erase_sealed(fold, unwanted)
        await self._wipe_all()
        return erased

    async def close(self) -> None:
        """Commit what was appended, and disconnect from the database."""
        await self._group.close()
        await self._disconnect()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @abstractmethod
    async def _lease(self, name: str) -> Lease | None:
        """Return the lease `name` as it is stored."""

    @abstractmethod
    async def _replace_lease(self, name: str, expected: Lease | None, lease: Lease) -> bool:
        """Store `lease` if the stored one is still as `expected` (compare-and-swap)."""

    @abstractmethod
    async def _commit(self, entries: Sequence[Entry]) -> list[int]:
        """Store `entries` in one transaction, durably, and return their positions."""

    @abstractmethod
    async def _forget_some(self, before: float) -> int:
        """Delete and seal some entries in one transaction; return how many."""

    @abstractmethod
    async def _wipe(self) -> None:
        """Free the space of deleted entries, so that nothing of them stays readable."""

    @abstractmethod
    async def _erase_entries(self, fold: Fold, unwanted: Unwanted, progress: Progress) -> int:
        """Rewrite entries, a few in each transaction, and subtract their unwanted counts."""

    @abstractmethod
    async def _erase_sealed(self, fold: Fold, unwanted: Unwanted) -> int:
        """Delete unwanted sealed counts, and keys without any count, in one transaction.

        It counts as a correction, so that no rebuild in progress adds them again.
        """

    @abstractmethod
    async def _wipe_all(self) -> None:
        """Rewrite whole tables; appends may have to wait."""

    @abstractmethod
    async def _recount(self, fold: Fold, progress: Progress) -> Recount:
        """Read stored counts and recount them, in one snapshot of the database."""

    @abstractmethod
    async def _correct(self, fold: Fold, recount: Recount) -> None:
        """Add the difference, unless the fold has been corrected since the recount."""

    @abstractmethod
    async def _disconnect(self) -> None:
        """Disconnect from the database."""
