"""Promises of the embedded journal alone: files, permissions, a full disk."""

import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from instance.journal import REPORTS, Journal, SqliteJournal, Unavailable, batch, open_journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[Journal]:
    async with open_journal(f"sqlite:{path}") as journal:
        yield journal


def whole_disk(path: Path) -> bytes:
    """Return all that the journal has on disk, its log included."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


async def test_nothing_of_a_forgotten_entry_is_left_on_disk(path: Path, journal: Journal):
    await journal.append([batch(f"the-id-{n}", [{"n": n}] * 100, 1.0) for n in range(100)])
    await journal.append([batch("stays", [{"host": "stays"}], 3.0)])
    while await journal.fold(REPORTS):
        pass
    before = whole_disk(path)
    assert b"the-id-" in before
    assert await journal.forget(before=2.0) == 100
    left = whole_disk(path)
    assert b"the-id-" not in left
    assert b"stays" in left
    assert len(left) < len(before) / 2


async def test_forgetting_is_not_said_to_be_done_while_another_reader_keeps_the_pages(
    path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("instance.journal.sqlite.BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr("instance.journal.sqlite.CHECKPOINT_PAUSE_S", 0.0)
    await journal.append([batch("the-id", [{"n": 1}], 1.0)])
    while await journal.fold(REPORTS):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM entry").fetchone() == (1,)
        with pytest.raises(Unavailable, match="another program is reading"):
            await journal.forget(before=2.0)
        assert b"the-id" in whole_disk(path)
    assert await journal.forget(before=2.0) == 0
    assert b"the-id" not in whole_disk(path)


async def test_nothing_of_an_erased_report_is_left_on_disk(path: Path, journal: Journal):
    for start in range(0, 6000, 50):
        reports = [
            {"host": f"{'gone' if n % 3 else 'stays'}-{n}"} for n in range(start, start + 50)
        ]
        await journal.append([batch(f"{start}", reports, float(start))])
    while await journal.fold(REPORTS):
        pass
    await journal.forget(before=3000.0)
    assert await journal.erase(REPORTS, lambda key: "gone-" in key) == 4000
    left = whole_disk(path)
    assert b"gone-" not in left
    assert b"stays-" in left


async def test_only_its_owner_can_read_the_file(path: Path, journal: Journal):
    await journal.append([batch("1", [{"a": 1}], 0.0)])
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


async def test_a_full_disk_acknowledges_nothing_and_recovers(path: Path, journal: Journal):
    await journal.append([batch("before", [{"a": 1}], 0.0)])
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 65536, most))
    try:
        with pytest.raises(Unavailable):
            await journal.append([batch("full", [{"a": "x" * 1900}] * 500, 0.0)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert [some.entry.id for some in await journal.read()] == ["before"]
    await journal.append([batch("after", [{"a": 1}], 0.0)])
    assert [some.entry.id for some in await journal.read()] == ["before", "after"]


async def test_a_file_that_is_no_database_is_unavailable_and_stays_as_it_is(path: Path):
    path.write_bytes(b"holiday photo" * 1000)
    async with open_journal(f"sqlite:{path}") as journal:
        with pytest.raises(Unavailable, match="file is not a database"):
            await journal.health()
    assert path.read_bytes() == b"holiday photo" * 1000


async def test_a_commit_waits_for_the_disk(journal: SqliteJournal):
    settings = await journal._writer.run_bare(
        lambda database: [
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "auto_vacuum")
        ]
    )
    full, incremental = 2, 2
    assert settings == ["wal", full, 1, incremental]
