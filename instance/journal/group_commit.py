"""Group commit: many callers share one transaction."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import NamedTuple

from .entry import Entry, Unavailable

# Some 500 batches of 50 reports; more would only delay the next commit.
MOST_BYTES_PER_COMMIT = 4 << 20
# Bounds memory while the database is slow.
MOST_BYTES_WAITING = 32 << 20
# The size of an entry in memory without its payload.
ENTRY_BYTES = 512

Commit = Callable[[Sequence[Entry]], Awaitable[list[int]]]


class Waiting(NamedTuple):
    """The entries of one caller, and the future that it waits for."""

    entries: Sequence[Entry]
    durable: asyncio.Future[list[int]]
    size: int


class GroupCommit:
    """Collects entries during one commit and stores them with the next.

    A commit waits for the disk, so its cost hardly depends on its size.
    """

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._waiting: deque[Waiting] = deque()
        self._bytes_waiting = 0
        self._drain: asyncio.Task[None] | None = None

    async def append(self, entries: Sequence[Entry]) -> list[int]:
        """Return the positions of `entries` once they are durable."""
        size = sum(ENTRY_BYTES + len(entry.payload) for entry in entries)
        if self._bytes_waiting + size > MOST_BYTES_WAITING:
            raise Unavailable("more arrives than the database can store in time")
        waiting = Waiting(entries, asyncio.get_running_loop().create_future(), size)
        self._waiting.append(waiting)
        self._bytes_waiting += size
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._commit_all())
        return await waiting.durable

    async def close(self) -> None:
        """Wait until all entries are committed."""
        if self._drain:
            await self._drain

    async def _commit_all(self) -> None:
        while self._waiting:
            group = self._next_group()
            try:
                positions = await self._commit(
                    [entry for waiting in group for entry in waiting.entries]
                )
            except Exception as error:  # every caller of the group has to learn of it
                _refuse(group, error)
            else:
                _acknowledge(group, positions)
            self._bytes_waiting -= sum(waiting.size for waiting in group)

    def _next_group(self) -> list[Waiting]:
        group = [self._waiting.popleft()]
        size = group[0].size
        while self._waiting and size + self._waiting[0].size <= MOST_BYTES_PER_COMMIT:
            group.append(self._waiting.popleft())
            size += group[-1].size
        return group


# A caller that went away has cancelled its future; what it sent is durable all the same.
def _acknowledge(group: Sequence[Waiting], positions: Sequence[int]) -> None:
    remaining = iter(positions)
    for waiting in group:
        mine = list(islice(remaining, len(waiting.entries)))
        if not waiting.durable.done():
            waiting.durable.set_result(mine)


def _refuse(group: Sequence[Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.durable.done():
            waiting.durable.set_exception(error)
