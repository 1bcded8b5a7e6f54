"""Damage: corrupt pages of a real database are noticed, and `mirrorwise repair` leads out."""

import asyncio
import json
import os
import sqlite3
import stat
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from instance.commands.doctor import findings
from instance.hosts.report_store import entry
from instance.journal import REPORTS, WATCHES, Change, Damaged, Entry, State, open_journal
from instance.settings import Settings
from tests.instance.clock import AT_NOW, CLOCK, NOW
from tests.instance.commands.conftest import Run
from tests.instance.service import Start, report

DAYS = [f"2026-05-{number:02}" for number in range(1, 21)]
HOSTS = [f"https://mirror{number}.example" for number in range(10)]


def told(number: int) -> dict[str, object]:
    """Return the report of one batch; batches of the same number of twenty are of one day."""
    return report(
        day=DAYS[number % 20], host=HOSTS[number // 20 % 10], zone=number % 8, ttfb=number % 7
    )


def fill(path: Path) -> None:
    """Fill a database: 2000 batches, of which the first 500 are sealed, the last 5 not folded."""

    async def work() -> None:
        async with open_journal(f"sqlite:{path}") as journal:
            batches = [entry(f"{n:04}", [told(n)], float(n)) for n in range(2000)]
            await journal.append(batches[:1995])
            while await journal.fold(REPORTS):
                pass
            await journal.forget(before=500.0)
            await journal.append([*batches[1995:], Entry(WATCHES, "w", b"", 0.0)])
            head = State(2001, b"")
            await journal.replace_states(WATCHES, Change(head=head), await journal.states(WATCHES))

    asyncio.run(work())
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "mirrorwise.db"
    fill(file)
    return file


def pages_of(path: Path, table: str, leaf: int) -> list[int]:
    """Return the leaf pages of a table that hold its rows, in their order on disk."""
    data = path.read_bytes()
    size = int.from_bytes(data[16:18], "big")
    with closing(sqlite3.connect(path)) as database:
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
        ).fetchone()
    found, waiting = [], [root]
    while waiting:
        number = waiting.pop()
        page = data[(number - 1) * size : number * size]
        if page[0] == leaf:
            found.append(number)
            continue
        # An interior page: its cells begin with the number of the page to the left of them.
        cells = int.from_bytes(page[3:5], "big")
        places = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n], "big") for n in range(cells)]
        children = [int.from_bytes(page[at : at + 4], "big") for at in places]
        waiting += [int.from_bytes(page[8:12], "big"), *reversed(children)]
    return found


LEAVES = {"entry": 13, "tally": 10}


def corrupt(path: Path, *pages: int) -> None:
    """Overwrite pages, as a failing disk does."""
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    for number in pages:
        data[(number - 1) * size : number * size] = b"\xa5" * size
    path.write_bytes(data)


def stored(path: Path) -> tuple[set[str], Counter[str]]:
    """Return the ids of batches and the counts, folded to the end and proved by a recount."""

    async def read() -> tuple[set[str], Counter[str]]:
        async with open_journal(f"sqlite:{path}") as journal:
            while await journal.fold(REPORTS):
                pass
            assert (await journal.rebuild(REPORTS)).intact
            entries = await journal.read(limit=5000)
            counts = (await journal.aggregate(REPORTS)).counts
            return {one.entry.id for one in entries}, Counter(counts)

    return asyncio.run(read())


EXPECTED = REPORTS.count(b"\n".join(entry("all", [told(n)], 0.0).payload for n in range(2000)))


async def noticed(path: Path) -> str:
    async with open_journal(f"sqlite:{path}") as journal:
        with pytest.raises(Damaged) as found:
            await journal.look_for_damage(600.0)
        with pytest.raises(Damaged):
            await journal.health()
    return str(found.value)


@pytest.mark.parametrize("table", LEAVES)
def test_a_corrupt_page_is_noticed_with_the_way_out(path: Path, table: str):
    corrupt(path, pages_of(path, table, LEAVES[table])[3])
    assert "run `mirrorwise repair`" in asyncio.run(noticed(path))


async def test_health_and_doctor_tell_of_it_and_name_no_path_to_strangers(path: Path, start: Start):
    corrupt(path, pages_of(path, "tally", LEAVES["tally"])[3])
    running = await start(state_dir=path.parent)
    with pytest.raises(Damaged):
        await running.service.journal.look_for_damage(600.0)
    answer = await running.ask("GET", "/health")
    assert (answer.status, answer.json["parts"]) == (
        503,
        {"database": "is damaged: `mirrorwise repair` leads out"},
    )
    settings = Settings(state_dir=path.parent)
    said = {each.part: each async for each in findings(settings, AT_NOW)}
    assert not said["database"].well
    assert "mirrorwise repair" in said["database"].said


@pytest.mark.parametrize("places", [[0], [3], [-1], [2, 5, 6]])
def test_batches_that_can_be_read_stay_and_no_count_is_lost_with_the_others(
    path: Path, run: Run, places: list[int]
):
    before = {f"{n:04}" for n in range(500, 2000)} | {"w"}
    pages = pages_of(path, "entry", LEAVES["entry"])
    corrupt(path, *(pages[place] for place in places))
    status, said, _ = run("repair")
    assert status == 0
    assert "LOST  entry: " in said
    ids, counts = stored(path)
    assert ids < before
    assert len(before - ids) < 100 * len(places)
    # Those that were not folded yet are lost with the page that held them.
    unfolded = {f"{n:04}" for n in range(1995, 2000)}
    missing = EXPECTED - counts
    assert sum(missing.values()) == len(unfolded - ids)
    assert not counts - EXPECTED


@pytest.mark.parametrize("places", [[0], [3], [-1], [2, 5]])
def test_counts_that_cannot_be_read_are_made_anew_and_their_days_named(
    path: Path, run: Run, places: list[int]
):
    pages = pages_of(path, "tally", LEAVES["tally"])
    corrupt(path, *(pages[place] for place in places))
    status, said, _ = run("repair")
    assert status == 0
    days = [day for day in DAYS if f"counts of {day}" in said]
    assert 0 < len(days) < 8
    _, counts = stored(path)
    assert not counts - EXPECTED
    missing = EXPECTED - counts
    # Only what retention had deleted before, of days that are named.
    assert 0 < sum(missing.values()) < 200
    assert {json.loads(key)["day"] for key in missing} <= set(days)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        # A record's header: the count becomes NULL, or a text.
        (b"\x01\x08reports{", b"\x00\x08reports{"),
        (b"\x01\x08reports{", b"\x0d\x08reports{"),
        # A key that is no report any more, though it is still JSON.
        (b'"zone":4', b'"zonf":4'),
        (b'"ttfb":3', b'"ttfb":9'),
    ],
)
def test_rows_with_a_flipped_bit_are_left_out_and_break_no_report(
    path: Path, run: Run, was: bytes, becomes: bytes
):
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    for number in pages_of(path, "tally", LEAVES["tally"]):
        at = data.find(was, (number - 1) * size, number * size)
        if at > 0:
            data[at : at + len(was)] = becomes
            break
    else:
        pytest.skip("SQLite lays its records out otherwise here")
    path.write_bytes(data)
    assert run("repair", "--anyway")[0] == 0
    asked = ("--since", "2026-05-01", "--until", "2026-05-31", "--format", "json")
    assert json.loads(run("report", *asked)[1])["hosts"]
    _, counts = stored(path)
    assert not counts - EXPECTED


def test_what_root_restores_or_repairs_belongs_to_the_service(path: Path, run: Run):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    backup = path.parent / "copy.db"
    assert run("backup", str(backup))[0] == 0
    nobody = 65534
    os.chown(path.parent, nobody, nobody)
    for words in (["repair", "--anyway"], ["restore", str(backup)]):
        os.chown(path, 0, 0)
        assert run(*words)[0] == 0
        assert path.stat().st_uid == nobody


def test_the_damaged_file_is_kept_and_the_new_one_is_the_owner_s_alone(path: Path, run: Run):
    corrupt(path, pages_of(path, "entry", LEAVES["entry"])[3])
    damaged = path.read_bytes()
    assert run("repair")[0] == 0
    (aside,) = path.parent.glob(f"mirrorwise.db.before-{NOW:%Y%m%dT%H%M%S}")
    # All but the first page, where SQLite notes its mode.
    assert aside.read_bytes()[4096:] == damaged[4096:]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "nothing was changed" in run("repair")[1]


def test_a_whole_database_is_not_changed_and_repaired_anyway_it_is_the_same(path: Path, run: Run):
    before = stored(path)
    assert "no damage was found, and nothing was changed" in run("repair")[1]
    status, said, _ = run("repair", "--anyway")
    assert (status, "LOST" in said) == (0, False)
    assert stored(path) == before


def test_what_cannot_be_read_at_all_stays_and_the_other_ways_are_named(path: Path, run: Run):
    path.write_bytes(b"\xa5" * 100_000)
    status, _, said = run("repair")
    assert status == 2
    assert "mirrorwise restore FILE" in said
    assert path.read_bytes() == b"\xa5" * 100_000
    assert [file.name for file in path.parent.glob("mirrorwise.db*")] == ["mirrorwise.db"]


def test_a_database_that_is_in_use_is_not_repaired(path: Path, run: Run):
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, _, said = run("repair")
    assert status == 2
    assert "stop the service first" in said


def test_new_batches_get_new_numbers_after_a_repair(path: Path, run: Run):
    corrupt(path, pages_of(path, "entry", LEAVES["entry"])[-1])
    assert run("repair")[0] == 0

    async def append() -> int:
        async with open_journal(f"sqlite:{path}") as journal:
            (position,) = await journal.append([entry("new", [told(1)], CLOCK.now_s())])
            return position

    assert asyncio.run(append()) > 2000
