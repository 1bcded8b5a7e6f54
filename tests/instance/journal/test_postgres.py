"""Promises of the journals in PostgreSQL, with and without Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from instance.journal import (
    REPORTS,
    Journal,
    NewerDatabase,
    PostgresJournal,
    Unavailable,
    batch,
    open_journal,
)
from instance.journal.journal import POLL_S
from instance.journal.postgres import APPEND, SPEND
from tests.instance.journal.backends import following
from tests.instance.journal.servers import Postgres, Redis
from tests.instance.waiting import PATIENCE_S, until

# Redis' client must wait for an answer for longer than this.
LONG_S = 300.0


@pytest.fixture(autouse=True)
async def database(postgres: Postgres) -> AsyncIterator[asyncpg.Connection]:
    """Empty the database, and give a connection to it."""
    database = await asyncpg.connect(postgres.address)
    await database.execute("DROP SCHEMA IF EXISTS mirrorwise CASCADE")
    yield database
    await database.close()


async def test_workers_that_start_at_once_on_an_empty_database_agree(postgres: Postgres):
    journals = [open_journal(postgres.address) for _ in range(6)]
    await asyncio.gather(
        *(some.append([batch(f"{n}", [{"n": n}], 0.0)]) for n, some in enumerate(journals))
    )
    assert len(await journals[0].read()) == 6
    for some in journals:
        await some.close()


async def test_a_commit_waits_for_the_disk_whatever_the_database_prefers(
    database: asyncpg.Connection, postgres: Postgres
):
    await database.execute("ALTER ROLE mirrorwise SET synchronous_commit = off")
    try:
        async with PostgresJournal(postgres.address, []) as worker, worker._connection() as inner:
            assert await inner.fetchval("SHOW synchronous_commit") == "on"
    finally:
        await database.execute("ALTER ROLE mirrorwise RESET synchronous_commit")


async def test_a_setting_that_endangers_acknowledged_entries_is_reported(
    database: asyncpg.Connection, postgres: Postgres
):
    async with open_journal(postgres.address) as journal:

        async def warned() -> bool:
            return any("set fsync = on" in some for some in (await journal.health()).warnings)

        assert not await warned()
        await database.execute("ALTER SYSTEM SET fsync = off")
        await database.execute("SELECT pg_reload_conf()")
        try:
            await until(warned)
        finally:
            await database.execute("ALTER SYSTEM RESET fsync")
            await database.execute("SELECT pg_reload_conf()")


async def test_forgetting_is_not_said_to_be_done_while_another_session_sees_what_was(
    database: asyncpg.Connection, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("instance.journal.postgres.VACUUM_PAUSE_S", 0.0)
    async with open_journal(postgres.address) as journal:
        await journal.append([batch("one", [{"a": 1}], 0.0)])
        while await journal.fold(REPORTS):
            pass
        async with database.transaction(isolation="repeatable_read"):
            await database.fetchval("SELECT count(*) FROM mirrorwise.entry")
            with pytest.raises(Unavailable, match="another session"):
                await journal.forget(before=1.0)
        assert await journal.forget(before=1.0) == 0


async def test_a_newer_database_is_refused_in_words(
    database: asyncpg.Connection, postgres: Postgres
):
    async with open_journal(postgres.address) as journal:
        await journal.health()
    await database.execute("UPDATE mirrorwise.schema_version SET version = 99")
    async with open_journal(postgres.address) as journal:
        with pytest.raises(NewerDatabase, match="written by a newer Mirrorwise"):
            await journal.health()
    assert await database.fetchval("SELECT version FROM mirrorwise.schema_version") == 99


async def test_an_append_does_not_overtake_one_that_is_not_committed_yet(
    database: asyncpg.Connection, postgres: Postgres
):
    async with open_journal(postgres.address) as journal:
        (first,) = await journal.append([batch("first", [{"a": 1}], 0.0)])
        await database.execute("SET search_path TO mirrorwise")
        async with database.transaction():
            slow = batch("slow", [{"a": 1}], 0.0)
            columns = [["reports"], ["slow"], [slow.payload], [0.0], [slow.digest]]
            await database.execute(APPEND, 1, 0, *columns)
            quick = asyncio.create_task(journal.append([batch("quick", [{"a": 1}], 0.0)]))
            await until(lambda: database.fetchval("SELECT true FROM pg_locks WHERE NOT granted"))
            assert not quick.done(), "a reader could pass the slow one's position by"
        assert await quick == [first + 2]


async def test_a_batch_that_is_sent_again_while_it_is_forgotten_is_not_counted_again(
    database: asyncpg.Connection, postgres: Postgres
):
    async with open_journal(postgres.address) as journal:
        sent = batch("sent", [{"a": 1}], 0.0)
        (position,) = await journal.append([sent])
        await database.execute("SET search_path TO mirrorwise")
        async with database.transaction():
            await database.execute("DELETE FROM entry")
            await database.execute(SPEND, [sent.digest], [position], [0.0])
            again = asyncio.create_task(journal.append([sent, batch("new", [{"a": 1}], 0.0)]))
            await until(lambda: database.fetchval("SELECT true FROM pg_locks WHERE NOT granted"))
        known, new = await again
        assert known == position
        assert [each.position for each in await journal.read()] == [new]


async def test_nothing_of_an_erased_report_is_left_in_the_tables(
    database: asyncpg.Connection, postgres: Postgres
):
    async with open_journal(postgres.address) as journal:
        for start in range(0, 1000, 50):
            names = [f"{'gone' if n % 3 else 'stays'}-{n}" for n in range(start, start + 50)]
            await journal.append([batch(f"{start}", [{"host": name} for name in names], 0.0)])
        while await journal.fold(REPORTS):
            pass
        assert await journal.erase(REPORTS, lambda key: "gone-" in key) == 666
    await database.execute("CHECKPOINT")
    tables = b"".join(
        file.read_bytes() for file in Path(postgres.directory, "data/base").glob("*/*")
    )
    assert b"stays-" in tables
    assert b"gone-" not in tables


async def test_lanes_spread_commits_over_fold_workers(
    database: asyncpg.Connection, postgres: Postgres
):
    async with open_journal(postgres.address) as journal:
        for n in range(8):
            await journal.append([batch(f"{n}", [{"n": n}], 0.0)])
        async with database.transaction():
            locked = await database.fetchval(
                "SELECT lane FROM mirrorwise.fold WHERE lane = 3 FOR UPDATE"
            )
            while await journal.fold(REPORTS):
                pass
            counts = (await journal.aggregate(REPORTS)).counts
        assert (locked, len(counts)) == (3, 7), "a lane that another worker holds must wait"
        assert await journal.fold(REPORTS) == 1


async def test_each_wake_up_goes_to_one_worker_before_it_polls(postgres: Postgres, redis: Redis):
    redis.empty()
    async with AsyncExitStack() as workers:
        web, *folds = [
            await workers.enter_async_context(open_journal(postgres.address, redis.address))
            for _ in range(4)
        ]
        await folds[0].wait_for_work(POLL_S)  # finds no group and makes it
        waiting = {asyncio.create_task(fold.wait_for_work(LONG_S)) for fold in folds}
        while waiting:
            await web.append([batch(f"{len(waiting)}", [{"a": 1}], 0.0)])
            woken, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            assert len(woken) == 1


async def test_losing_every_wake_up_loses_no_entry_and_keeps_no_worker(
    postgres: Postgres, redis: Redis
):
    for _ in range(20):
        async with (
            asyncio.timeout(PATIENCE_S),
            open_journal(postgres.address, redis.address) as journal,
        ):
            await journal.append([batch("1", [{"a": 1}], 0.0)])
            redis.kill()
            redis.start()
            await _counted_by_a_worker(journal)


async def _counted_by_a_worker(journal: Journal) -> None:
    async def counted() -> bool:
        return bool((await journal.aggregate(REPORTS)).counts)

    async with following(journal):
        await until(counted)
