"""Measure the service under load and write RESULTS.md: `python -m benchmarks.service`."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import processes
from benchmarks.load import SECONDS, Load, write
from benchmarks.service.client import Client
from benchmarks.service.process import PATIENCE_S, ask, peak_kb, started
from tests.instance.journal.servers import Server

PAGE = """# What the service takes in over HTTP

{machine}, load average {load:.1f} before; {seconds:.0f} s of load per figure, batches of
{batch} reports on 32 connections that are kept open. **The client runs on the same machine**
and takes its share of it.

{table}

- **reports/s**: acknowledged, hence durable, by the time from the first batch to the last answer.
  Folding goes on besides.
- **per core**: the same reports by the CPU seconds that the service, PostgreSQL and Redis used for
  them (not the client).
- **ack**: from sending a batch to its acknowledgement. Under full load this is mostly the queue of
  connections. **Steady** is {steady:.0f} reports/s, whose batches come at random moments.
- **MB**: the largest web worker at its peak, of which imported libraries are most; PostgreSQL and
  Redis at the end.
- Where other work shared the machine, figures vary by a factor of two from run to run.
- After each run what is counted is compared with what was acknowledged.

Target: 5,000 durable reports/s per core with SQLite. Made by `python -m benchmarks.service`.
"""


def load(servers: Sequence[Server], workers: int, batches_per_s: float) -> Load:
    """Put a service on an empty store under load; 0 batches/s means as fast as it answers."""
    addresses = dict(zip(("DATABASE", "STREAM"), (each.empty() for each in servers), strict=False))
    with started(addresses, workers) as (url, process):
        client = Client(url)
        own = _family(process.pid)
        before_s, began_s = _cpu_s(own, servers), time.perf_counter()
        asyncio.run(client.run(SECONDS, batches_per_s))
        measured = Load(
            latencies_s=client.latencies_s,
            elapsed_s=time.perf_counter() - began_s,
            cpu_s=_cpu_s(own, servers) - before_s,
            worker_kb=max(map(peak_kb, own)),
            servers_kb=processes.usage(processes.of(servers))[1],
        )
        _check(url, measured.reports)
    return measured


def _check(url: str, reports: int) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    counted = 0
    while time.monotonic() < deadline_s and counted != reports:
        time.sleep(1)
        counted = json.loads(ask(url, "/report.json"))["reports"]
    if counted != reports:
        raise AssertionError(f"{reports} reports were acknowledged, {counted} counted")


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [process, *map(int, children.split())]


def _cpu_s(own: Sequence[int], servers: Sequence[Server]) -> float:
    return processes.usage([*own, *processes.of(servers)])[0]


if __name__ == "__main__":
    write(Path(__file__).parent / "RESULTS.md", PAGE, load)
