"""How reports are written to the journal, and how the rest of the service reads them."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple

import orjson

from selector.telemetry import Report

from ..journal import ABOVE_ALL, REPORTS, Aggregate, Entry, Journal, Unwanted, batch
from .quality.answers import Counted

# Reports come once a day from each viewer: an answer may be as old as this, or older where
# reading all counts again would keep a processor busier than this share of the time.
FRESH_S = 10.0
BUSY_SHARE = 0.05
# Beside the days kept at hand, those of years ago that an operator looks at now.
MOST_PERIODS = 4


class Reading(NamedTuple):
    """Distinct reports, how many of each came, and a number that no other reading has."""

    counted: Sequence[Counted] = ()
    version: int = 0


class _Period(NamedTuple):
    reading: Reading = Reading()
    aggregate: Aggregate = Aggregate(0, {})
    stale_s: float = 0.0


class Ledger:
    """Counted reports by days, read again after some seconds; the last `days` days at hand."""

    def __init__(self, journal: Journal, days: int) -> None:
        self._journal = journal
        self._days = days
        self._reading = asyncio.Lock()
        self._periods: OrderedDict[tuple[str, str], _Period] = OrderedDict()
        self._version = 0

    async def recent(self) -> Reading:
        """Return the reports of the last days; may raise `Unavailable`."""
        return await self._read(_key(self._first()), ABOVE_ALL)

    async def between(self, since: str, until: str) -> Reading:
        """Return the reports of these days, and perhaps of others that were at hand."""
        if since >= self._first():
            return await self.recent()
        return await self._read(_key(since), _key(until) + "~")

    def _first(self) -> str:
        return (datetime.now(UTC).date() - timedelta(days=self._days - 1)).isoformat()

    async def _read(self, first: str, above: str) -> Reading:
        async with self._reading:
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
        aggregate = await self._journal.aggregate(REPORTS, first, above)
        # An erasure or a correction changes counts, but no position.
        if known.reading.version and aggregate.counts == known.aggregate.counts:
            return known
        self._version += 1
        counted = await asyncio.to_thread(_counted, aggregate)
        return _Period(Reading(counted, self._version), aggregate)


def entry(batch_id: str, reports: Iterable[Mapping[str, object]], accepted_at: float) -> Entry:
    """Return validated reports as an entry; equal reports become equal, asked or null.

    The day comes first, so that counts can be read by days.
    """
    said = [
        {name: each[name] for name in Report._fields if each.get(name) is not None}
        for each in reports
    ]
    return batch(batch_id, said, accepted_at)


def naming(host: str | None, day: str | None) -> Unwanted:
    """Return what says of a count's key whether its report names this host and this day.

    >>> wanted = naming("https://a.example", None)
    >>> wanted('{"day":"2026-05-14","host":"https://a.example"}')
    True
    """

    def names(key: str) -> bool:
        report = orjson.loads(key)
        return host in (None, report["host"]) and day in (None, report["day"])

    return names


def _key(day: str) -> str:
    """Return how the keys of a day's reports begin."""
    return f'{{"day":"{day}'


def _counted(aggregate: Aggregate) -> Sequence[Counted]:
    """Read the keys back; what was stored had been validated."""
    return [(Report(**orjson.loads(key)), count) for key, count in aggregate.counts.items()]
