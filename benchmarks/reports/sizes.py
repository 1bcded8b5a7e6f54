"""Measure the service by the number of reports it holds: `python -m benchmarks.reports.sizes`.

Every report is equally likely, so that nearly all that can differ do: the most work for a number.
"""

import argparse
import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson

from benchmarks import processes
from benchmarks.machine import machine
from benchmarks.service.client import Client
from benchmarks.service.process import Process, ask, peak_kb, started
from benchmarks.tables import table
from instance.journal import REPORTS, open_journal
from selector.telemetry import ANSWERS, QUESTIONS

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
HOSTS = [f"https://mirror{number}.example" for number in range(6)]
DAYS = 31
# Day, host, connection, zone, hours, control, question, answer.
SHAPE = (DAYS, len(HOSTS), 4, 8, 4, 20, len(QUESTIONS), 8)
# Acknowledgements are measured for so long, at so many batches of fifty reports a second, while
# the report is asked for again and again.
SECONDS, BATCHES_PER_S = 20.0, 20.0
ASK_EVERY_S = 2.0
FIRST_VIEW = "/report.json?since={since}"
COLUMNS = (
    "reports",
    "distinct",
    "ready, s",
    "CPU to first report, s",
    "other view, s",
    "its CPU, s",
    "again, s",
    "metrics, s",
    "ack p50, ms",
    "ack p99, ms",
    "SIGTERM, s",
    "MB",
)
PAGE = """# The service by the number of reports

{machine}, load average {load:.1f} before. SQLite, one worker, {days} days, {hosts} hosts; context
and answer of every report are drawn at random, so that nearly all that can differ do. Other
programs shared the machine, and with them waiting grows: CPU is what can be compared.

{table}

- **distinct**: counts that are stored; a report is computed from these.
- **ready**: from the start of the process to its first answer at `/health`.
- **CPU to first report**: of the process from its start until `/report.json` is answered for the
  first time, which has then read all counts and learned the priors.
- **other view**, **its CPU**: a view that nobody has asked for before, of thirty of the days;
  **again**: the same view a second time.
- **ack**: acknowledgements of {batches:.0f} batches a second of fifty reports, while reports are
  asked for every {every:.0f} s, of views that nobody has asked for before. The client runs on the
  same machine.
- **SIGTERM**: until the process has ended, sent while a report is being computed.
- **MB**: the process at its peak.

Targets at 5,000,000: first report below 2 s of CPU, p99 of acknowledgements below 100 ms, SIGTERM
below 5 s, memory below 400 MB. Made by `python -m benchmarks.reports.sizes`.
"""


async def fill(path: Path, size: int, today: date) -> int:
    """Fill a journal with the counts of so many reports; return how many are distinct.

    It is then as if retention had deleted their batches, which takes far less time than to append
    and fold these.
    """
    async with open_journal(f"sqlite:{path}") as journal:
        await journal.health()
    numbers = np.random.default_rng(size).integers(0, np.prod(SHAPE), size)
    cells, counts = np.unique(numbers, return_counts=True)
    days = [(today - timedelta(days=back)).isoformat() for back in range(DAYS)]
    rows = np.array(np.unravel_index(cells, SHAPE)).T.tolist()
    tallies = Counter[str]()
    for row, count in zip(rows, counts.tolist(), strict=True):
        tallies[orjson.dumps(_report(days, row)).decode()] += count
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany(
            "INSERT INTO tally VALUES (?, ?, ?, ?)",
            ((REPORTS.name, key, count, count) for key, count in sorted(tallies.items())),
        )
    return len(tallies)


def _report(days: Sequence[str], row: Sequence[int]) -> dict[str, object]:
    day, host, connection, zone, hours, control, question, answer = row
    asked = QUESTIONS[question]
    return {
        "day": days[day],
        "host": HOSTS[host],
        "epsilon": 2.0,
        "connection": connection,
        "zone": zone,
        "hours": hours,
        # One in twenty.
        "control": int(control == 0),
        asked: answer % ANSWERS[asked],
    }


def measure(size: int) -> Iterator[str]:
    """Yield one row of the table."""
    with tempfile.TemporaryDirectory(prefix="mirrorwise-") as state_dir:
        today = datetime.now(UTC).date()
        distinct = asyncio.run(fill(Path(state_dir) / "mirrorwise.db", size, today))
        yield f"{size:,}"
        yield f"{distinct:,}"
        began_s = time.perf_counter()
        with started({"STATE_DIR": state_dir}, 1) as (url, process):
            yield f"{time.perf_counter() - began_s:.1f}"
            ask(url, "/report.json")
            yield f"{_cpu_s(process.pid):.1f}"
            before_s = _cpu_s(process.pid)
            yield f"{_took_s(url, FIRST_VIEW.format(since=today - timedelta(DAYS - 2))):.2f}"
            yield f"{_cpu_s(process.pid) - before_s:.2f}"
            yield f"{_took_s(url, FIRST_VIEW.format(since=today - timedelta(DAYS - 2))):.2f}"
            yield f"{_took_s(url, '/metrics'):.2f}"
            latencies_s = asyncio.run(_acknowledgements_s(url))
            cuts = statistics.quantiles(latencies_s, n=100)
            yield f"{1e3 * cuts[49]:.1f}"
            yield f"{1e3 * cuts[98]:.1f}"
            memory_kb = peak_kb(process.pid)
            yield f"{asyncio.run(_sigterm_s(url, process)):.2f}"
            yield f"{memory_kb / 1e3:.0f}"


def _cpu_s(process: int) -> float:
    return processes.usage([process])[0]


def _took_s(url: str, path: str) -> float:
    began_s = time.perf_counter()
    ask(url, path)
    return time.perf_counter() - began_s


def _view(number: int) -> str:
    """Return the address of a view of the report, another one for every number."""
    since = datetime.now(UTC).date() - timedelta(days=DAYS - 1 - number % 10)
    return f"/report.json?since={since}&zone={number % 8}"


async def _acknowledgements_s(url: str) -> list[float]:
    """Return how long acknowledgements take while one report after the other is computed."""
    client = Client(url)

    async def ask_again() -> None:
        for number in range(round(SECONDS / ASK_EVERY_S)):
            await asyncio.to_thread(ask, url, _view(number))
            await asyncio.sleep(ASK_EVERY_S)

    asking = asyncio.create_task(ask_again())
    await client.run(SECONDS, BATCHES_PER_S)
    await asking
    return client.latencies_s


async def _sigterm_s(url: str, process: Process) -> float:
    """Return how long the service takes to end, told to while it computes a report."""
    asking = asyncio.create_task(asyncio.to_thread(ask, url, _view(99)))
    await asyncio.sleep(0.1)
    began_s = time.perf_counter()
    process.terminate()
    await asyncio.to_thread(process.wait)
    took_s = time.perf_counter() - began_s
    await asyncio.gather(asking, return_exceptions=True)
    return took_s


def main() -> None:
    """Measure the chosen sizes and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports.sizes")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    before, _, _ = os.getloadavg()
    rows = []
    for size in parser.parse_args().sizes:
        rows.append([*measure(size)])
        print(*rows[-1], sep=" | ", flush=True)
    (Path(__file__).parent / "SIZES.md").write_text(
        PAGE.format(
            machine=machine(),
            load=before,
            days=DAYS,
            hosts=len(HOSTS),
            batches=BATCHES_PER_S,
            every=ASK_EVERY_S,
            table=table(COLUMNS, rows),
        )
    )


if __name__ == "__main__":
    main()
