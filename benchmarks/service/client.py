"""The load test's client: sends batches as the plugin does, at full speed or at a rate."""

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import aiohttp
import orjson

from benchmarks.load import REPORTS_PER_BATCH

CONNECTIONS = 32
# How many different batches are generated before the clock starts.
BATCHES = 400
SECRET = "benchmark-" + "s" * 32


class Client:
    """Connections to one service, and the latency of each acknowledgement in s."""

    def __init__(self, url: str) -> None:
        self.latencies_s: list[float] = []
        self._url = f"{url}/api/v1/reports"
        self._rng = random.Random(1)  # noqa: S311
        self._bodies = [self._random_batch() for _ in range(BATCHES)]

    def _random_batch(self) -> bytes:
        return orjson.dumps([self._random_report() for _ in range(REPORTS_PER_BATCH)])

    def _random_report(self) -> Mapping[str, object]:
        question, answers = self._rng.choice([("ttfb", 8), ("rate", 8), ("error", 2)])
        return {
            "day": datetime.now(UTC).date().isoformat(),
            "host": f"https://mirror{self._rng.randrange(6)}.example",
            "epsilon": 2.0,
            "connection": self._rng.randrange(4),
            "zone": self._rng.randrange(8),
            "hours": self._rng.randrange(4),
            "control": int(self._rng.random() < 0.05),
            question: self._rng.randrange(answers),
        }

    async def send(self, session: aiohttp.ClientSession) -> None:
        """Send the next batch and record the latency of its acknowledgement."""
        number = len(self.latencies_s) + self._rng.getrandbits(64)
        reports = self._bodies[number % BATCHES]
        body = b'{"batch":"%x-batch","reports":%b}' % (number, reports)
        began_s = time.perf_counter()
        async with session.post(self._url, data=body) as answer:
            await answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the service answered {answer.status}")
        self.latencies_s.append(time.perf_counter() - began_s)

    async def run(self, seconds: float, batches_per_s: float) -> None:
        """Send for `seconds`; 0 batches/s means as fast as all connections are answered."""
        headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
        wires = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(connector=wires, headers=headers) as session:
            if batches_per_s:
                await self._steadily(session, seconds, batches_per_s)
            else:
                await asyncio.gather(
                    *(self._greedily(session, seconds) for _ in range(CONNECTIONS))
                )

    async def _greedily(self, session: aiohttp.ClientSession, seconds: float) -> None:
        end_s = time.perf_counter() + seconds
        while time.perf_counter() < end_s:
            await self.send(session)

    async def _steadily(self, session: aiohttp.ClientSession, seconds: float, per_s: float) -> None:
        """Send in an open loop: at Poisson times, whether or not earlier ones are acknowledged."""
        async with asyncio.TaskGroup() as sending:
            due_s = start_s = time.perf_counter()
            while due_s < start_s + seconds:
                await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
                sending.create_task(self.send(session))
                due_s += self._rng.expovariate(per_s)
