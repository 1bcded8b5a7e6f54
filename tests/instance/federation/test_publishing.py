"""What is said: a week once, never with other noise, also after a crash; replaced and withdrawn."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from instance.federation.publishing import (
    LATE_S,
    PublishError,
    index,
    last_whole_week,
    served,
)
from instance.federation.register import Register
from instance.journal import FEDERATION, Journal, open_journal
from instance.recommendations.forgetting import forget
from instance.recommendations.journal_records import Subject
from instance.recommendations.pseudonyms import Pseudonyms
from instance.recommendations.replica import Replica
from reco.data.ledger import WEEK_S
from tests.instance.clock import CLOCK, NOW, VARIABLE
from tests.instance.federation.releases import INSTANCE, LAST_WEEK, publisher, watch
from tests.instance.journal.backends import Backend

ROOT = Path(__file__).parents[3]
NOW_S = NOW.timestamp()


def chain_holds(register: Register) -> bool:
    """Say whether each document that is still there holds the hash of the one before."""
    hashes = ["", *(own.sha256 for own in register.own)]
    there = [served(register, own.number) for own in register.own]
    return all(each is None or each.previous == hashes[each.number - 1] for each in there)


async def test_a_week_is_said_once_whoever_asks(backend: Backend, tmp_path: Path):
    one, first = publisher(await backend.open(), tmp_path)
    other, register = publisher(await backend.open(), tmp_path)
    # Two that make one SQLite file at the same moment find it locked, and would try again.
    for each in (first, register):
        await each.follow()
    weeks = [LAST_WEEK - 1, LAST_WEEK]
    said = await asyncio.gather(
        *(each.document(week, NOW_S) for each in (one, other) for week in weeks * 3)
    )
    assert len(set(said)) == 2
    known = await register.follow()
    assert [own.number for own in known.own] == [1, 2]
    assert {week: known.spent(week) for week in weeks} == dict.fromkeys(weeks, 1000)
    assert chain_holds(known)


async def test_a_week_that_may_still_change_is_not_said(journal: Journal, tmp_path: Path):
    made, register = publisher(journal, tmp_path)
    end_s = (LAST_WEEK + 1) * WEEK_S
    for now_s in (end_s - 1, end_s, end_s + LATE_S - 1):
        with pytest.raises(PublishError, match="is not over"):
            await made.document(LAST_WEEK, now_s)
    assert (await register.follow()).own == []
    assert (await made.document(LAST_WEEK, end_s + LATE_S)).week == LAST_WEEK


async def test_missed_weeks_are_made_up_for_but_not_for_ever(tmp_path: Path):
    async with open_journal(f"sqlite:{tmp_path / 'journal.db'}") as journal:
        made, register = publisher(journal, tmp_path)
        for now_s, weeks in (
            (NOW_S, [LAST_WEEK]),
            (NOW_S, []),
            (NOW_S + 2 * WEEK_S, [LAST_WEEK + 1, LAST_WEEK + 2]),
            (NOW_S + 9 * WEEK_S, [LAST_WEEK + at for at in (6, 7, 8, 9)]),
        ):
            before = len((await register.follow()).own)
            await made.make_due(now_s)
            assert [own.week for own in (await register.follow()).own[before:]] == weeks


async def test_a_forgotten_viewers_week_is_said_anew_as_long_as_epsilon_lasts(
    backend: Backend, tmp_path: Path
):
    journal = await backend.open()
    await watch(journal, viewers=6)
    await Replica(journal, 90, CLOCK).follow()
    made, register = publisher(journal, tmp_path)
    await made.document(LAST_WEEK, NOW_S)
    assert await made.replace_stale(NOW_S) == []
    for viewer, spent in enumerate((2000, 3000, 4000, 4000)):
        subject = Subject("viewer", f"viewer{viewer}")
        await forget(journal, subject, Pseudonyms("k" * 22), CLOCK)
        assert await made.replace_stale(NOW_S) == [LAST_WEEK]
        assert await made.replace_stale(NOW_S) == []
        known = await register.follow()
        assert known.spent(LAST_WEEK) == spent
        # Of what was replaced only the hash is left, here and in what others can fetch.
        assert [own.number for own in known.own if own.document] == [viewer + 2]
        assert [own.number for own in known.own if served(known, own.number)] == [viewer + 2]
        assert chain_holds(known)
    newest = served(known, 5)
    assert newest
    assert newest.withdrawn
    payloads = [each.entry.payload for each in await journal.read_kind(FEDERATION)]
    assert sum(b"noise" in payload for payload in payloads) == 0


async def test_a_week_is_withdrawn_and_stays_so(journal: Journal, tmp_path: Path):
    made, register = publisher(journal, tmp_path)
    with pytest.raises(PublishError, match="nothing was said"):
        await made.withdraw(LAST_WEEK)
    await made.document(LAST_WEEK, NOW_S)
    gone = await made.withdraw(LAST_WEEK)
    assert await made.withdraw(LAST_WEEK) == gone == await made.document(LAST_WEEK, NOW_S)
    known = await register.follow()
    assert [each["replaced"] for each in index(known, INSTANCE)["documents"]] == [True, False]
    assert served(known, 1) is None
    assert served(known, 3) is None
    assert served(known, 0) is None


async def test_an_older_copy_of_the_database_says_nothing_again(tmp_path: Path):
    async with open_journal(f"sqlite:{tmp_path / 'one.db'}") as journal:
        await publisher(journal, tmp_path)[0].document(LAST_WEEK, NOW_S)
    async with open_journal(f"sqlite:{tmp_path / 'older.db'}") as journal:
        made, register = publisher(journal, tmp_path)
        with pytest.raises(PublishError, match=r"document 1 .* an older copy"):
            await made.document(LAST_WEEK, NOW_S)
        assert (await register.follow()).own == []


async def test_retention_of_reports_leaves_the_register_alone(journal: Journal, tmp_path: Path):
    made, register = publisher(journal, tmp_path)
    await made.document(LAST_WEEK, NOW_S)
    await journal.forget(NOW_S + 1000 * WEEK_S)
    assert len((await register.follow()).own) == 1


def run_and_kill(address: str, folder: Path, after: int) -> dict[int, str]:
    """Return the weeks that a worker has told of before it was killed, with their hashes."""
    told: dict[int, str] = {}
    script = str(Path(__file__).with_name("victim.py"))
    with subprocess.Popen(  # noqa: S603
        [sys.executable, script, address, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), VARIABLE: CLOCK.now().isoformat()},
    ) as victim:
        assert victim.stdout
        for line in victim.stdout:
            week, sha256 = line.split()
            told[int(week)] = sha256
            if len(told) >= after:
                victim.kill()
    return told


async def test_a_worker_killed_at_any_moment_spends_nothing_twice(tmp_path: Path):
    address = f"sqlite:{tmp_path / 'journal.db'}"
    told: dict[int, str] = {}
    for after in (1, 7, 23):
        again = await asyncio.to_thread(run_and_kill, address, tmp_path, after)
        assert told.items() <= again.items() or set(again) <= set(told)
        assert all(told.get(week, sha256) == sha256 for week, sha256 in again.items())
        told |= again
    async with open_journal(address) as journal:
        known = await publisher(journal, tmp_path)[1].follow()
        assert all(known.spent(week) == 1000 for week in told)
        assert {own.week: own.sha256 for own in known.own}.items() >= told.items()
        assert [own.number for own in known.own] == [*range(1, len(known.own) + 1)]
        assert chain_holds(known)


def test_the_last_whole_week_ends_two_days_ago():
    assert last_whole_week(NOW_S) in {int(NOW_S // WEEK_S) - 1, int(NOW_S // WEEK_S) - 2}
