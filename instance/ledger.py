"""How reports are written to the journal, and how the rest of the service reads them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

import orjson

from selector.telemetry import Report

from .journal import REPORTS, Aggregate, Entry, Journal, Unwanted, batch
from .quality.answers import Counted

# Reports come once a day from each viewer: an answer may be as old as this, or older where
# reading all counts again would keep a processor busier than this share of the time.
FRESH_S = 10.0
BUSY_SHARE = 0.05


class Ledger:
    """Distinct reports and how many of each came, read again after some seconds.

    `version` grows with every change.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reading = asyncio.Lock()
        self._stale_s = 0.0
        self._aggregate = Aggregate(0, {})
        self._counted: Sequence[Counted] = ()
        self.version = 0

    async def counted(self) -> Sequence[Counted]:
        """Return every distinct report with its count; may raise `Unavailable`."""
        async with self._reading:
            began_s = monotonic()
            if began_s >= self._stale_s:
                await self._read()
                self._stale_s = began_s + max(FRESH_S, (monotonic() - began_s) / BUSY_SHARE)
        return self._counted

    async def _read(self) -> None:
        aggregate = await self._journal.aggregate(REPORTS)
        # An erasure or a correction changes counts, but no position.
        if aggregate.counts != self._aggregate.counts:
            self._counted = await asyncio.to_thread(_counted, aggregate)
            self._aggregate = aggregate
            self.version += 1


def entry(batch_id: str, reports: Iterable[Mapping[str, object]], accepted_at: float) -> Entry:
    """Return validated reports as an entry; equal reports become equal, asked or null."""
    said = [{name: value for name, value in each.items() if value is not None} for each in reports]
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


def _counted(aggregate: Aggregate) -> Sequence[Counted]:
    """Read the keys back; what was stored had been validated."""
    return [(Report(**orjson.loads(key)), count) for key, count in aggregate.counts.items()]


def recent(counted: Sequence[Counted], days: int) -> Sequence[Counted]:
    """Return the reports of the last `days` days."""
    first = (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
    return [(report, count) for report, count in counted if report.day > first]
