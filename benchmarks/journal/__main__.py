"""Measure every backend under load and write RESULTS.md: `python -m benchmarks.journal`."""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import processes
from benchmarks.journal.worker import work
from benchmarks.load import SECONDS, Load, write
from instance.journal import REPORTS, open_journal
from tests.instance.journal.servers import Server

SPAWN = multiprocessing.get_context("spawn")
PAGE = """# What a journal accepts and counts

{machine}; {seconds:.0f} s of load per figure, batches of {batch} reports.
Other programs ran meanwhile: the load average was {load:.1f} before.

{table}

- **reports/s**: durable, acknowledged and counted in the aggregate, by the time from the first
  batch until nothing waits to be folded. Each worker is one process with 64 senders, who send as
  fast as they are answered, and it folds besides.
- **per core**: the same reports by the CPU seconds that workers and servers used for them.
- **ack**: from the reports as objects, encoding included, until the acknowledgement. Under full
  load this is mostly the queue of senders. **Steady** is a load of {steady:.0f} reports/s, whose
  batches come at random moments; the time counts from the moment at which one was due.
- **MB**: the largest worker at its peak; PostgreSQL and Redis at the end, under full load.
- After each run the aggregate is compared with what was acknowledged.
- Senders, workers and servers share the machine and its disk, and whatever else runs on it:
  more workers than cores cannot bring more here. HTTP is not in these figures.

Target: 5,000 durable reports/s per core with SQLite. Made by `python -m benchmarks.journal`.
"""


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
        start, (before_s, _) = time.perf_counter(), processes.usage(processes.of(servers))
        measures = working.get()
        elapsed_s, (after_s, servers_kb) = (
            time.perf_counter() - start,
            processes.usage(processes.of(servers)),
        )
        load = Load(
            latencies_s=[latency for worker in measures for latency in worker.latencies_s],
            elapsed_s=elapsed_s,
            cpu_s=after_s - before_s + sum(worker.cpu_s for worker in measures),
            worker_kb=max(worker.memory_kb for worker in measures),
            servers_kb=servers_kb,
        )
        asyncio.run(_check(addresses, load.reports))
    return load


async def _check(addresses: Sequence[str], reports: int) -> None:
    async with open_journal(*addresses) as journal:
        counted = sum((await journal.aggregate(REPORTS)).counts.values())
    if counted != reports:
        raise AssertionError(f"{reports} reports were accepted, {counted} counted")


if __name__ == "__main__":
    write(Path(__file__).parent / "RESULTS.md", PAGE, load)
