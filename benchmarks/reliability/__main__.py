"""Kill and restart every part under load, and count: `python -m benchmarks.reliability`.

It knows of the service what a sender and a database administrator know: HTTP and SQL.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg  # type: ignore[import-untyped]

from benchmarks.machine import machine
from benchmarks.reliability.sender import REPORTS, Sender, epsilon_of
from benchmarks.reliability.workers import Worker
from benchmarks.tables import table
from tests.instance.journal.servers import Postgres, Redis, Server

BACKENDS: dict[str, tuple[Sequence[type[Server]], int]] = {
    "SQLite": ((), 1),
    "PostgreSQL": ((Postgres,), 2),
    "PostgreSQL + Redis": ((Postgres, Redis), 2),
}
# A report may be of yesterday, today or tomorrow; with the last clock nothing is taken in at all.
CLOCKS = (timedelta(hours=20), timedelta(hours=-20), timedelta(days=100))
LONGEST_LIFE_S = 2.0
PATIENCE_S = 600.0
COUNTS = "SELECT key, sum(count) FROM {}tally WHERE fold = 'reports' GROUP BY key"
KILLED = ("backend", "workers", "kills", "with another clock", "acknowledged", "lost", "double")
RESTARTED = ("backend", "part", "down, s", "acknowledged again after, s", "lost", "double")
PAGE = """# What is kept when parts are killed

{machine}. Made by `python -m benchmarks.reliability --kills {kills}`, which knows of the service
only its HTTP API and its tables. Senders send batches of {reports} reports, again in the same
words until they are acknowledged, and every fifth once more than needed. Every batch states an ε
of its own, by which the counts tell it apart. Workers are processes with folders and ports of
their own, as on several hosts.

## Workers killed under load (SIGKILL)

In half of the starts the clock is 20 hours ahead or behind, or 100 days ahead. **lost**: reports
that were acknowledged and are not counted; **double**: counted more often than sent.

{killed}

## One part after the other restarted

**Acknowledged again**: from the return of the part (it listens again) to the next acknowledgement.

{restarted}
"""


class Count(NamedTuple):
    """How many batches were acknowledged; how many reports are lost, or counted twice."""

    acknowledged: int
    lost: int
    double: int


class Trial:
    """One backend with its workers, and senders that go on all the time."""

    def __init__(self, servers: Sequence[Server], workers: int) -> None:
        self.servers = servers
        addresses = [server.empty() for server in servers]
        self._database = addresses[0] if addresses else ""
        settings = dict(zip(("DATABASE", "STREAM"), addresses, strict=False))
        self.workers = [Worker(settings) for _ in range(workers)]
        self.sender = Sender(
            lambda: [worker.url for worker in self.workers if worker.url], datetime.now(UTC).date()
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run workers and senders meanwhile."""
        sending = asyncio.create_task(self.sender.run())
        try:
            for worker in self.workers:
                await asyncio.to_thread(worker.start)
            yield
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            for worker in self.workers:
                worker.remove()

    async def acknowledged_after(self, since_s: float) -> float:
        """Return how long after this moment the next batch was acknowledged."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                later = [at for at in self.sender.acknowledged_s.values() if at > since_s]
                if later:
                    return min(later) - since_s
                await asyncio.sleep(0.01)

    async def counted(self) -> Count:
        """Compare what is counted with what was acknowledged, once all of it is folded."""
        acknowledged, end_s = set(self.sender.acknowledged_s), time.monotonic() + PATIENCE_S
        while True:
            counts = await self._counts()
            lost = sum(max(0, REPORTS - counts[epsilon_of(each)]) for each in acknowledged)
            if not lost or time.monotonic() > end_s:
                break
            await asyncio.sleep(1.0)
        double = sum(max(0, count - REPORTS) for count in counts.values())
        return Count(len(acknowledged), lost, double)

    async def _counts(self) -> Counter[float]:
        if self._database:
            with suppress(OSError, asyncpg.PostgresError):
                database = await asyncpg.connect(self._database)
                rows = await database.fetch(COUNTS.format("mirrorwise."))
                await database.close()
                return _by_epsilon((key, int(count)) for key, count in rows)
            return Counter()
        path = self.workers[0].state_dir / "mirrorwise.db"
        with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as database:
            return _by_epsilon(database.execute(COUNTS.format("")))


def _by_epsilon(rows: object) -> Counter[float]:
    found = Counter[float]()
    for key, count in rows:  # type: ignore[attr-defined]
        found[json.loads(key)["epsilon"]] += count
    return found


async def kill(trial: Trial, kills: int) -> tuple[int, Count]:
    """Kill workers at random moments; return how many started with another clock, and the count."""
    rng, off = random.Random(1), 0  # noqa: S311
    async with trial.running():
        for _ in range(kills):
            await asyncio.sleep(rng.uniform(0.0, LONGEST_LIFE_S))
            worker = rng.choice(trial.workers)
            worker.kill()
            clock = rng.choice(CLOCKS) if rng.random() < 0.5 else timedelta()
            off += clock != timedelta()
            await asyncio.to_thread(worker.start, clock)
        # The last lives are with the right clock: nothing that was sent is left waiting.
        for worker in trial.workers:
            worker.kill()
            await asyncio.to_thread(worker.start)
        await trial.acknowledged_after(time.monotonic())
        return off, await trial.counted()


async def restart(
    trial: Trial, part: str, down: Callable[[], None], up: Callable[[], None]
) -> list[str]:
    """Restart one part under load; return a row of the table without the backend."""
    await trial.acknowledged_after(time.monotonic())
    began_s = time.monotonic()
    await asyncio.to_thread(down)
    await asyncio.to_thread(up)
    back_s = time.monotonic()
    again_s = await trial.acknowledged_after(back_s)
    return [part, f"{back_s - began_s:.1f}", f"{again_s:.2f}"]


async def restart_all(trial: Trial) -> AsyncIterator[list[str]]:
    """Restart one worker, the other, and every server; yield rows."""
    async with trial.running():
        rows = []
        for number, worker in enumerate(trial.workers, start=1):
            rows.append(await restart(trial, f"worker {number}", lambda: None, worker.restart))
        for server in trial.servers:
            name = type(server).__name__
            rows.append(await restart(trial, name, server.kill, server.start))
        _, lost, double = await trial.counted()
        for row in rows:
            yield [*row, f"{lost}", f"{double}"]


async def measure(kills: int) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows of both tables."""
    killed, restarted = [], []
    with Postgres() as postgres, Redis() as redis:
        running: dict[type[Server], Server] = {Postgres: postgres, Redis: redis}
        for name, (kinds, workers) in BACKENDS.items():
            servers = [running[kind] for kind in kinds]
            off, count = await kill(Trial(servers, workers), kills)
            killed.append([name, f"{workers}", f"{kills}", f"{off}", *map(str, count)])
            print(*killed[-1], sep=" | ", flush=True)
            async for row in restart_all(Trial(servers, workers)):
                restarted.append([name, *row])
                print(*restarted[-1], sep=" | ", flush=True)
    return killed, restarted


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability")
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="per backend")
    kills = parser.parse_args().kills
    killed, restarted = asyncio.run(measure(kills))
    (Path(__file__).parent / "RELIABILITY.md").write_text(
        PAGE.format(
            machine=machine(),
            kills=kills,
            reports=REPORTS,
            killed=table(KILLED, killed),
            restarted=table(RESTARTED, restarted),
        )
    )


if __name__ == "__main__":
    main()
