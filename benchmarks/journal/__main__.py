"""Measure every backend under load and write RESULTS.md: `python -m benchmarks.journal`."""

import asyncio
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.journal.worker import REPORTS_PER_BATCH, Measure, work
from benchmarks.machine import machine
from instance.journal import REPORTS, open_journal
from tests.journal.servers import Postgres, Redis, Server

SECONDS = 5.0
# The target of 5,000 reports/s per core, as single batches at random moments.
STEADY_BATCHES_PER_S = 100.0
SPAWN = multiprocessing.get_context("spawn")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
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
PAGE = """# What a journal accepts and counts

{machine}; {seconds:.0f} s of load per figure, batches of {batch} reports.
Other programs ran meanwhile: the load average was {others:.1f} before.

{table}

- **reports/s**: durable, acknowledged and counted in the aggregate, by the time from the first
  batch until nothing waits to be folded. Each worker is one process with 64 senders, who send as
  fast as they are answered, and it folds besides.
- **per core**: the same reports by the CPU seconds that workers and servers used for them.
- **ack**: from the reports as objects, encoding included, until the acknowledgement. Under full
  load this is mostly the queue of senders. **Steady** is a load of {steady:.0f} reports/s, whose
  batches come at random moments; the time counts from the moment at which one was due.
- **MB**: the largest worker at its peak; the servers at the end, under full load.
- After each run the aggregate is compared with what was acknowledged.
- Senders, workers and servers share the machine and its disk, and whatever else runs on it:
  more workers than cores cannot bring more here. HTTP is not in these figures.

Target: 5,000 durable reports/s per core with SQLite. Made by `python -m benchmarks.journal`.
"""


@dataclass(frozen=True)
class Load:
    """What all workers saw together, and what their servers used."""

    workers: Sequence[Measure]
    servers_cpu_s: float
    servers_kb: int
    elapsed_s: float

    @property
    def reports(self) -> int:
        """How many reports were accepted."""
        return REPORTS_PER_BATCH * sum(len(worker.latencies_s) for worker in self.workers)

    def latency_ms(self, percent: int) -> float:
        """Return a percentile of the acknowledgements' latency."""
        latencies = [latency for worker in self.workers for latency in worker.latencies_s]
        return 1e3 * statistics.quantiles(latencies, n=100)[percent - 1]

    @property
    def per_core(self) -> float:
        """Reports by the CPU seconds used for them."""
        return self.reports / (self.servers_cpu_s + sum(worker.cpu_s for worker in self.workers))


def load(servers: Sequence[Server], workers: int, batches_per_s: float) -> Load:
    """Put `workers` workers on an empty store; 0 batches/s means as fast as they can."""
    with (
        tempfile.TemporaryDirectory(prefix="mirrorwise-") as directory,
        SPAWN.Manager() as manager,
        SPAWN.Pool(workers) as pool,
    ):
        addresses = [server.empty() for server in servers] or [f"sqlite:{directory}/journal.db"]
        ready = manager.Barrier(workers + 1, timeout=60.0)
        told = (ready, SECONDS, batches_per_s / workers, addresses)
        working = pool.starmap_async(work, [told] * workers, chunksize=1)
        ready.wait()
        start, (before_s, _) = time.perf_counter(), _usage(servers)
        measures = working.get()
        elapsed_s, (after_s, servers_kb) = time.perf_counter() - start, _usage(servers)
        load = Load(measures, after_s - before_s, servers_kb, elapsed_s)
        asyncio.run(_check(addresses, load.reports))
    return load


def _usage(servers: Sequence[Server]) -> tuple[float, int]:
    """Return the CPU seconds of the servers and their children, and their memory in kB."""
    cpu_s, memory_kb = 0.0, 0
    for process in [process for server in servers for process in server.processes()]:
        # A connection's process may be gone by now; its CPU time is then its parent's.
        with suppress(FileNotFoundError, ProcessLookupError):
            memory_kb += _memory_kb(process)
            cpu_s += _cpu_s(process)
    return cpu_s, memory_kb


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS_PER_S


def _memory_kb(process: int) -> int:
    """Return the proportional share: PostgreSQL's processes have most of their memory in common."""
    return int(Path(f"/proc/{process}/smaps_rollup").read_text().split("Pss:")[1].split()[0])


async def _check(addresses: Sequence[str], reports: int) -> None:
    async with open_journal(*addresses) as journal:
        counted = sum((await journal.aggregate(REPORTS)).counts.values())
    if counted != reports:
        raise AssertionError(f"{reports} reports were accepted, {counted} counted")


def row(name: str, servers: Sequence[Server], workers: int) -> str:
    """Measure one configuration and return its row."""
    full = load(servers, workers, 0.0)
    steady = load(servers, workers, STEADY_BATCHES_PER_S)
    memory_mb = max(worker.memory_kb for worker in full.workers) / 1e3
    cells = (
        f"{full.reports / full.elapsed_s:,.0f}",
        f"{full.per_core:,.0f}",
        *(f"{some.latency_ms(percent):.1f}" for some in (full, steady) for percent in (50, 99)),
        f"{memory_mb:.0f}",
        f"{full.servers_kb / 1e3:.0f}" if servers else "–",
    )
    return _line(name, str(workers), *cells)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure all and write the table."""
    others, _, _ = os.getloadavg()
    rows = [_line(*COLUMNS), _line("---", *["--:"] * (len(COLUMNS) - 1))]
    with Postgres() as postgres, Redis() as redis:
        running: dict[type[Server], Server] = {Postgres: postgres, Redis: redis}
        for name, kinds, workers in CONFIGURATIONS:
            rows.append(row(name, [running[kind] for kind in kinds], workers))
            print(rows[-1], flush=True)
    page = PAGE.format(
        machine=machine(),
        others=others,
        seconds=SECONDS,
        batch=REPORTS_PER_BATCH,
        steady=STEADY_BATCHES_PER_S * REPORTS_PER_BATCH,
        table="\n".join(rows),
    )
    (Path(__file__).parent / "RESULTS.md").write_text(page)


if __name__ == "__main__":
    main()
