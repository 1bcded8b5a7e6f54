"""Measure the service under load and write RESULTS.md: `python -m benchmarks.service`."""

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from benchmarks.machine import machine
from benchmarks.service.client import CONNECTIONS, REPORTS_PER_BATCH, SECRET, Client
from tests.journal.servers import Postgres, Redis, Server

SECONDS = 6.0
# The target of 5,000 reports/s, as single batches at random moments.
STEADY_BATCHES_PER_S = 100.0
PATIENCE_S = 60.0
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
)
PAGE = """# What the service takes in over HTTP

{machine}, load average {busy:.1f} before; {seconds:.0f} s of load per figure, batches of
{batch} reports on {wires} connections that are kept open. **The client runs on the same machine**
and takes its share of it.

{table}

- **reports/s**: acknowledged, hence durable, by the time from the first batch to the last answer.
  Folding goes on besides.
- **per core**: the same reports by the CPU seconds that the service's own processes used for them
  (not PostgreSQL, Redis or the client).
- **ack**: from sending a batch to its acknowledgement. Under full load this is mostly the queue of
  connections. **Steady** is {steady:.0f} reports/s, whose batches come at random moments.
- **worker, MB**: the largest web worker at its peak. Imported libraries alone are 146 MB.
- Where other work shared the machine, figures vary by a factor of two from run to run.
- After each run what is counted is compared with what was acknowledged.

Target: 5,000 durable reports/s per core with SQLite. Made by `python -m benchmarks.service`.
"""


@dataclass(frozen=True)
class Load:
    """What the client saw, and what the service used."""

    latencies_s: list[float]
    elapsed_s: float
    cpu_s: float
    memory_kb: int

    @property
    def reports(self) -> int:
        """How many reports were acknowledged."""
        return REPORTS_PER_BATCH * len(self.latencies_s)

    def latency_ms(self, percent: int) -> float:
        """Return a percentile of the latency."""
        return 1e3 * statistics.quantiles(self.latencies_s, n=100)[percent - 1]


@contextmanager
def service(servers: Sequence[Server], workers: int) -> Iterator[tuple[str, int]]:
    """Run `mirrorwise serve` on an empty store; yield its URL and process."""
    addresses = dict(zip(("DATABASE", "STREAM"), (each.empty() for each in servers), strict=False))
    with tempfile.TemporaryDirectory(prefix="mirrorwise-") as state_dir:
        said = addresses | {
            "STATE_DIR": state_dir,
            "PORT": "0",
            "SECRET": SECRET,
            "ADMIN_TOKEN": SECRET[::-1],
        }
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "instance", "serve", "--workers", str(workers)],
            env=os.environ | {f"MIRRORWISE_{name}": value for name, value in said.items()},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            url = _url(cast(IO[str], process.stdout).readline())
            _ask(url, "/health")
            yield url, process.pid
        finally:
            process.terminate()
            process.wait()


def _url(greeting: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", greeting)
    if not found:
        raise RuntimeError("the service did not start; it says why above")
    return found[0]


def _ask(url: str, path: str) -> bytes:
    asked = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {SECRET[::-1]}"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:  # noqa: S310
        return bytes(answer.read())


def load(servers: Sequence[Server], workers: int, batches_per_s: float) -> Load:
    """Put a service on an empty store under load."""
    with service(servers, workers) as (url, process):
        client = Client(url)
        before_s, began_s = _cpu_s(process), time.perf_counter()
        asyncio.run(client.run(SECONDS, batches_per_s))
        elapsed_s = time.perf_counter() - began_s
        used_s = _cpu_s(process) - before_s
        measured = Load(client.latencies_s, elapsed_s, used_s, _memory_kb(process))
        _check(url, measured.reports)
    return measured


def _check(url: str, reports: int) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    counted = 0
    while time.monotonic() < deadline_s and counted != reports:
        time.sleep(1)
        counted = json.loads(_ask(url, "/report.json"))["reports"]
    if counted != reports:
        raise AssertionError(f"{reports} reports were acknowledged, {counted} counted")


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [process, *map(int, children.split())]


def _cpu_s(process: int) -> float:
    ticks = 0
    for each in _family(process):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_S


def _memory_kb(process: int) -> int:
    """Return the largest peak of any of the processes."""
    peaks = (Path(f"/proc/{each}/status").read_text() for each in _family(process))
    return max(int(peak.split("VmHWM:")[1].split()[0]) for peak in peaks)


def row(name: str, servers: Sequence[Server], workers: int) -> str:
    """Measure one configuration and return its row."""
    full = load(servers, workers, 0.0)
    steady = load(servers, workers, STEADY_BATCHES_PER_S)
    return _line(
        name,
        str(workers),
        f"{full.reports / full.elapsed_s:,.0f}",
        f"{full.reports / full.cpu_s:,.0f}",
        *(f"{some.latency_ms(percent):.1f}" for some in (full, steady) for percent in (50, 99)),
        f"{full.memory_kb / 1e3:.0f}",
    )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure all and write the table."""
    busy = os.getloadavg()[0]
    rows = [_line(*COLUMNS), _line("---", *["--:"] * (len(COLUMNS) - 1))]
    with Postgres() as postgres, Redis() as redis:
        running: dict[type[Server], Server] = {Postgres: postgres, Redis: redis}
        for name, kinds, workers in CONFIGURATIONS:
            rows.append(row(name, [running[kind] for kind in kinds], workers))
            print(rows[-1], flush=True)
    page = PAGE.format(
        machine=machine(),
        busy=busy,
        seconds=SECONDS,
        batch=REPORTS_PER_BATCH,
        wires=CONNECTIONS,
        steady=STEADY_BATCHES_PER_S * REPORTS_PER_BATCH,
        table="\n".join(rows),
    )
    (Path(__file__).parent / "RESULTS.md").write_text(page)


if __name__ == "__main__":
    main()
