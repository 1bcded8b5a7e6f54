"""Report store: how reports are written to the journal, and read back as counts."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from time import monotonic
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import orjson

from selector.telemetry import QUESTIONS, Report

from ..clock import Clock
from ..journal import ABOVE_ALL, REPORTS, Aggregate, Entry, Journal, Unwanted, batch
from .quality.counts import Counts

# Each viewer reports once a day, so counts may be cached for this long; longer where reading all
# of them again would keep a processor busy for more than this share of the time.
FRESH_S = 10.0
BUSY_SHARE = 0.05
# Cached beside the last days: earlier days that an operator is looking at.
MOST_PERIODS = 4


class Reading(NamedTuple):
    """Distinct reports with their counts, and a version: equal versions have equal counts."""

    counted: Counts = Counts.of(())
    version: int = 0


class _Day(NamedTuple):
    """What was read of one day, and in which revision."""

    revision: int
    counts: Counts


class _Period(NamedTuple):
    reading: Reading = Reading()
    days: Mapping[str, _Day] = MappingProxyType({})
    stale_s: float = 0.0


class ReportStore:
    """Counted reports by day, cached for some seconds; the last `days` days are always at hand.

    After the first time only days whose counts have changed are read again.
    """

    def __init__(self, journal: Journal, days: int, clock: Clock) -> None:
        self._journal = journal
        self._days = days
        self._clock = clock
        self._lock = asyncio.Lock()
        self._periods: OrderedDict[tuple[str, str], _Period] = OrderedDict()
        self._version = 0

    async def recent(self) -> Reading:
        """Return the reports of the last days; may raise `Unavailable`."""
        return await self._read(_key(self._first()), ABOVE_ALL)

    async def between(self, since: str, until: str) -> Reading:
        """Return the reports of these days; they may come with those of other days."""
        if since >= self._first():
            return await self.recent()
        return await self._read(_key(since), _key(until) + "~")

    def _first(self) -> str:
        return (self._clock.today() - timedelta(days=self._days - 1)).isoformat()

    async def _read(self, first: str, above: str) -> Reading:
        async with self._lock:
            began_s = monotonic()
            known = self._periods.pop((first, above), _Period())
            if began_s >= known.stale_s:
                known = await self._read_again(known, first, above)
                rest_s = max(FRESH_S, (monotonic() - began_s) / BUSY_SHARE)
                known = known._replace(stale_s=began_s + rest_s)
            self._periods[first, above] = known
            if len(self._periods) > MOST_PERIODS:
                self._periods.popitem(last=False)
        return known.reading

    async def _read_again(self, known: _Period, first: str, above: str) -> _Period:
        revisions = await self._journal.revisions(REPORTS, first, above)
        days = {
            day: known.days[day]
            if day in known.days and known.days[day].revision == revision
            else _Day(revision, await self._read_day(day))
            for day, revision in revisions.items()
        }
        if known.reading.version and days == known.days:
            return known
        self._version += 1
        counted = Counts.joined([days[day].counts for day in sorted(days)])
        return _Period(Reading(counted, self._version), days)

    async def _read_day(self, day: str) -> Counts:
        aggregate = await self._journal.aggregate(REPORTS, day, day + ABOVE_ALL)
        return await asyncio.to_thread(_counted, aggregate)


def entry(batch_id: str, reports: Iterable[Mapping[str, object]], accepted_at: float) -> Entry:
    """Return validated reports as a journal entry; equal reports become equal lines.

    A field that is null is left out, and fields have one order.

    The day comes first, so that counts can be read by day.
    """
    said = [
        {name: each[name] for name in Report._fields if each.get(name) is not None}
        for each in reports
    ]
    return batch(batch_id, said, accepted_at)


def report_matcher(host: str | None, day: str | None) -> Unwanted:
    """Return a predicate on the keys of counts: the report names this host and this day.

    >>> wanted = report_matcher("https://a.example", None)
    >>> wanted('{"day":"2026-05-14","host":"https://a.example"}')
    True
    """

    def matches(key: str) -> bool:
        report = orjson.loads(key)
        return host in (None, report["host"]) and day in (None, report["day"])

    return matches


def _key(day: str) -> str:
    """Return the common prefix of the keys of a day's reports."""
    return f'{{"day":"{day}'


def _counted(aggregate: Aggregate) -> Counts:
    """Parse the keys back into reports; they were validated before they were stored.

    The answer comes last. What stands before it is the same in up to twenty keys, and there are
    twenty answers: each is parsed once.
    """
    contexts: dict[str, int] = {}
    answers: dict[str, int] = {}
    places = []
    for key in aggregate.counts:
        context, _, answer = key.rpartition(',"')
        places.append(
            (contexts.setdefault(context, len(contexts)), answers.setdefault(answer, len(answers)))
        )
    blank = Counts.of((Report(**orjson.loads(each + "}"), ttfb=0), 0) for each in contexts)
    said = [orjson.loads(f'{{"{each}').popitem() for each in answers]
    numbers = np.array([(QUESTIONS.index(name), answer) for name, answer in said], np.int32)
    context_of, answer_of = np.array(places, np.int32).reshape(-1, 2).T
    columns = blank.columns[:, context_of]
    columns[-2:] = numbers.reshape(-1, 2).T[:, answer_of]
    return Counts(blank.words, columns, np.array([*aggregate.counts.values()], np.int64))
