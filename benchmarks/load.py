"""Load tests of every backend: the shared part of the journal's and the service's benchmark."""

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.tables import table
from tests.instance.journal.servers import Postgres, Redis, Server

SECONDS = 5.0
REPORTS_PER_BATCH = 50
# The target of 5,000 reports/s per core, as single batches at random moments.
STEADY_BATCHES_PER_S = 100.0
CONFIGURATIONS: list[tuple[str, Sequence[type[Server]], int]] = [
    ("SQLite", (), 1),
    *(("PostgreSQL", (Postgres,), workers) for workers in (1, 2, 4)),
    *(("PostgreSQL + Redis", (Postgres, Redis), workers) for workers in (1, 2, 4)),
]
COLUMNS = (
    "backend",
    "workers",
    "reports/s",
    "per core",
    "ack p50, ms",
    "ack p99, ms",
    "steady: ack p50, ms",
    "ack p99, ms",
    "worker, MB",
    "servers, MB",
)


@dataclass(frozen=True)
class Load:
    """The result of one load test: latencies of the senders, and the resources that were used."""

    latencies_s: Sequence[float]
    elapsed_s: float
    cpu_s: float
    worker_kb: int
    servers_kb: int

    @property
    def reports(self) -> int:
        """How many reports were acknowledged."""
        return REPORTS_PER_BATCH * len(self.latencies_s)

    def latency_ms(self, percent: int) -> float:
        """Return a percentile of the acknowledgements' latency."""
        return 1e3 * statistics.quantiles(self.latencies_s, n=100)[percent - 1]


Put = Callable[[Sequence[Server], int, float], Load]
"""Load-tests an empty store with so many workers; 0 batches/s means full speed."""


def write(results: Path, page: str, put: Put) -> None:
    """Measure every configuration, and write the page."""
    before, _, _ = os.getloadavg()
    rows = list(_rows(put))
    results.write_text(
        page.format(
            machine=machine(),
            load=before,
            seconds=SECONDS,
            batch=REPORTS_PER_BATCH,
            steady=STEADY_BATCHES_PER_S * REPORTS_PER_BATCH,
            table=table(COLUMNS, rows),
        )
    )


def _rows(put: Put) -> Iterator[Sequence[str]]:
    with Postgres() as postgres, Redis() as redis:
        running: dict[type[Server], Server] = {Postgres: postgres, Redis: redis}
        for name, kinds, workers in CONFIGURATIONS:
            servers = [running[kind] for kind in kinds]
            full, steady = (put(servers, workers, rate) for rate in (0.0, STEADY_BATCHES_PER_S))
            row = (name, f"{workers}", *_cells(full, steady))
            print(*row, sep=" | ", flush=True)
            yield row


def _cells(full: Load, steady: Load) -> Iterator[str]:
    yield f"{full.reports / full.elapsed_s:,.0f}"
    yield f"{full.reports / full.cpu_s:,.0f}"
    yield from (
        f"{some.latency_ms(percent):.1f}" for some in (full, steady) for percent in (50, 99)
    )
    yield f"{full.worker_kb / 1e3:.0f}"
    yield f"{full.servers_kb / 1e3:.0f}" if full.servers_kb else "–"
