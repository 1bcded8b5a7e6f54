"""Databases of the last release open unchanged in meaning; those of a newer one are refused.

The fixtures were made by the code of 0.2.0: batches of which some were folded and some sealed,
watch events with a base and a head, and what that code read of them.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from instance.hosts.report_store import ReportStore
from instance.journal import REPORTS, Journal, NewerDatabase
from instance.journal.schema import VERSION
from instance.recommendations.forgetting import rebuild
from instance.recommendations.replica import Replica
from tests.instance.clock import CLOCK
from tests.instance.journal.backends import Backend, Sqlite

FIXTURES = Path(__file__).parents[1] / "fixtures"
EXPECTED: dict[str, Any] = json.loads((FIXTURES / "database-0.2.0-expected.json").read_text())


@pytest.fixture
async def old(backend: Backend) -> Journal:
    """Return a journal on the database that 0.2.0 has left."""
    if isinstance(backend, Sqlite):
        backend.path.write_bytes(gzip.decompress((FIXTURES / "database-0.2.0.db.gz").read_bytes()))
    else:
        dump = gzip.decompress((FIXTURES / "database-0.2.0.sql.gz").read_bytes())
        await backend.tamper(dump.decode())
    return await backend.open()


async def test_reports_of_the_last_release_are_counted_as_it_counted_them(old: Journal):
    assert (await old.aggregate(REPORTS)).digest == EXPECTED["folded"]
    assert len(await old.read(limit=1000)) == EXPECTED["entries"]
    while await old.fold(REPORTS):
        pass
    assert (await old.rebuild(REPORTS)).intact
    read = await ReportStore(old, 30, CLOCK).between("2026-11-01", "2026-11-30")
    assert read.counted.total == EXPECTED["reports"] + EXPECTED["unfolded"]


async def test_the_recommender_s_model_of_the_last_release_is_read_and_folded_on(old: Journal):
    state = await Replica(old, 90, CLOCK).follow()
    assert state.model.digest() == EXPECTED["ledger"]
    assert sorted(state.public_videos) == EXPECTED["videos"]
    assert sum(map(len, state.model.logs.values())) == EXPECTED["plays"]
    rebuilt = await rebuild(old)
    assert rebuilt.base
    assert rebuilt.stored == rebuilt.folded


async def test_all_that_is_new_since_works_on_the_old_database(old: Journal, backend: Backend):
    assert await old.acquire_lease("crawl", "one", 60.0)
    assert not await (await backend.open()).acquire_lease("crawl", "two", 60.0)
    await old.set_time_mark(5.0)
    assert await old.time_mark() == 5.0
    while await old.fold(REPORTS):
        pass
    batches = [one.entry for one in await old.read_kind(REPORTS.kind, limit=1000)]
    await old.forget(before=float("inf"))
    before = (await old.aggregate(REPORTS)).digest
    await old.append(batches[-5:])  # those of the last days
    while await old.fold(REPORTS):
        pass
    assert (await old.aggregate(REPORTS)).digest == before
    await old.look_for_damage(600.0)
    assert (await old.health()).backlog == 0


async def test_a_newer_database_is_refused_in_words_and_stays_as_it_is(
    old: Journal, backend: Backend
):
    await old.health()
    newer = {
        True: "PRAGMA user_version = {}",
        False: "UPDATE schema_version SET version = {}",
    }
    await backend.tamper(newer[isinstance(backend, Sqlite)].format(VERSION + 1))
    refused = await backend.open()
    with pytest.raises(NewerDatabase, match="was written by a newer Mirrorwise"):
        await refused.aggregate(REPORTS)
    with pytest.raises(NewerDatabase, match="install that version again"):
        await refused.health()
