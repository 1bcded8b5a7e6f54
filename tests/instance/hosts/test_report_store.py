"""The report store's cache: always what the journal counts, on every backend."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from instance.hosts.quality.counts import Counted
from instance.hosts.report_store import ReportStore, entry, report_matcher
from instance.journal import REPORTS, Journal
from tests.instance.clock import CLOCK
from tests.instance.hosts.fleets import HOSTS
from tests.instance.journal.backends import Backend
from tests.instance.service import report

RETENTION_DAYS = 30


@pytest.fixture(autouse=True)
def always_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for changes at every reading."""
    monkeypatch.setattr("instance.hosts.report_store.FRESH_S", 0.0)
    monkeypatch.setattr("instance.hosts.report_store.BUSY_SHARE", float("inf"))


def day(back: int) -> str:
    return (CLOCK.today() - timedelta(days=back)).isoformat()


async def add(journal: Journal, name: str, host: str, back: int, zone: int = 4) -> None:
    """Append and fold one report of a host on a day so far back."""
    told = report(host=host, day=day(back), zone=zone)
    await journal.append([entry(name, [told], CLOCK.now_s())])
    while await journal.fold(REPORTS):
        pass


async def recent(store: ReportStore) -> list[Counted]:
    return sorted((await store.recent()).counted)


def told(counted: list[Counted]) -> list[tuple[str, str, int]]:
    return [(one.day, one.host, count) for one, count in counted]


async def test_what_is_kept_is_what_is_read_afresh_after_every_kind_of_change(backend: Backend):
    journal = await backend.open()
    other = await backend.open()
    kept = ReportStore(journal, RETENTION_DAYS, CLOCK)

    async def is_right() -> list[Counted]:
        found = await recent(kept)
        assert found == await recent(ReportStore(other, RETENTION_DAYS, CLOCK))
        return found

    assert await is_right() == []
    for back in (0, 1, 9):
        for number, host in enumerate(HOSTS):
            await add(other, f"{back}-{number}", host, back)
    assert len(await is_right()) == 6
    await add(other, "again", HOSTS[0], 9)
    assert (day(9), HOSTS[0], 2) in told(await is_right())
    await other.forget(CLOCK.now_s() + 1.0)
    assert sum(count for _, count in await is_right()) == 7
    await other.erase(REPORTS, report_matcher(HOSTS[1], None))
    assert {one.host for one, _ in await is_right()} == {HOSTS[0]}
    await other.erase(REPORTS, report_matcher(None, day(9)))
    assert told(await is_right()) == [(day(1), HOSTS[0], 1), (day(0), HOSTS[0], 1)]
    # A day that was erased and comes back is another day.
    await add(other, "back", HOSTS[1], 9)
    assert (day(9), HOSTS[1], 1) in told(await is_right())
    await backend.tamper("UPDATE tally SET count = count + 5")
    await other.rebuild(REPORTS)
    assert {count for _, count in await is_right()} == {1}


async def test_only_days_that_have_changed_are_read_again(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
):
    journal = await backend.open()
    store = ReportStore(journal, RETENTION_DAYS, CLOCK)
    read: list[str] = []
    aggregate: Callable[..., object] = journal.aggregate

    def noted(fold: object, first: str, above: str) -> object:
        read.append(first)
        return aggregate(fold, first, above)

    monkeypatch.setattr(journal, "aggregate", noted)
    for back in (0, 3, 5):
        await add(journal, f"{back}", HOSTS[0], back)
    first = await store.recent()
    assert len(read) == 3
    assert (await store.recent()).version == first.version
    await add(journal, "more", HOSTS[0], 3, zone=2)
    assert (await store.recent()).version > first.version
    assert read[3:] == [f'{{"day":"{day(3)}']


async def test_days_outside_the_choice_are_not_read(backend: Backend):
    journal = await backend.open()
    store = ReportStore(journal, 2, CLOCK)
    for back in (0, 1, 2, 40):
        await add(journal, f"{back}", HOSTS[0], back)
    assert (await store.recent()).counted.days == [day(1), day(0)]
    assert (await store.between(day(40), day(2))).counted.days == [day(40), day(2)]
