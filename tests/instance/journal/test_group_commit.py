"""Group commit: many callers share one transaction."""

import asyncio
from collections.abc import Sequence

import pytest

from instance.journal import Entry, Unavailable
from instance.journal.group_commit import GroupCommit


def entry(number: int) -> Entry:
    return Entry("reports", f"{number}", b"{}", 0.0)


class Disk:
    """Keeps what is committed, and how much at a time; it can be full."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.full = False

    async def commit(self, entries: Sequence[Entry]) -> list[int]:
        await asyncio.sleep(0.01)
        if self.full:
            raise Unavailable("disk full")
        self.commits.append([entry.id for entry in entries])
        return [int(entry.id) for entry in entries]


async def test_what_comes_during_a_commit_shares_the_next():
    disk = Disk()
    group = GroupCommit(disk.commit)
    answers = await asyncio.gather(*(group.append([entry(n), entry(n + 100)]) for n in range(100)))
    assert answers == [[n, n + 100] for n in range(100)]
    assert len(disk.commits) <= 2


async def test_a_failed_commit_is_told_to_all_who_share_it_and_to_nobody_else():
    disk = Disk()
    group = GroupCommit(disk.commit)
    disk.full = True
    failed = await asyncio.gather(
        *(group.append([entry(n)]) for n in range(10)), return_exceptions=True
    )
    assert [type(answer) for answer in failed] == [Unavailable] * 10
    disk.full = False
    assert await group.append([entry(11)]) == [11]


async def test_room_is_given_back_after_failures_too():
    disk = Disk()
    disk.full = True
    group = GroupCommit(disk.commit)
    large = Entry("reports", "1", bytes(1 << 20), 0.0)
    for _ in range(3):
        for waiting in [asyncio.create_task(group.append([large])) for _ in range(20)]:
            with pytest.raises(Unavailable, match="disk full"):
                await waiting
