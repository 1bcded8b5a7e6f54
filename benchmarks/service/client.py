"""A plugin that sends batches over HTTP, as fast as they are acknowledged or at a rate."""

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import aiohttp
import orjson

from benchmarks.load import REPORTS_PER_BATCH

CONNECTIONS = 32
# How many different batches are made up before the clock starts.
MADE_UP = 400
SECRET = "benchmark-" + "s" * 32


class Client:
    """Connections to one service, and how long each acknowledgement took, in s."""

    def __init__(self, url: str) -> None:
        self.latencies_s: list[float] = []
        self._url = f"{url}/api/v1/reports"
        self._dice = random.Random(1)  # noqa: S311
        self._bodies = [self._made_up_batch() for _ in range(MADE_UP)]

    def _made_up_batch(self) -> bytes:
        return orjson.dumps([self._made_up() for _ in range(REPORTS_PER_BATCH)])

    def _made_up(self) -> Mapping[str, object]:
        question, answers = self._dice.choice([("ttfb", 8), ("rate", 8), ("error", 2)])
        return {
            "day": datetime.now(UTC).date().isoformat(),
            "host": f"https://mirror{self._dice.randrange(6)}.example",
            "epsilon": 2.0,
            "connection": self._dice.randrange(4),
            "zone": self._dice.randrange(8),
            "hours": self._dice.randrange(4),
            "control": int(self._dice.random() < 0.05),
            question: self._dice.randrange(answers),
        }

    async def send(self, session: aiohttp.ClientSession) -> None:
        """Send the next batch and note how long its acknowledgement took."""
        number = len(self.latencies_s) + self._dice.getrandbits(64)
        reports = self._bodies[number % MADE_UP]
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
        """Send at random moments, whether or not earlier batches are acknowledged."""
        async with asyncio.TaskGroup() as sending:
            due_s = start_s = time.perf_counter()
            while due_s < start_s + seconds:
                await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
                sending.create_task(self.send(session))
                due_s += self._dice.expovariate(per_s)
