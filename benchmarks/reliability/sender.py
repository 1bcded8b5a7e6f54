"""A sender of reports that knows of the service only its HTTP API, and what it must have counted.

Every batch states an ε of its own, so that the counts tell the batches apart. A batch is sent
again, in the same words, until it is acknowledged; every fifth is sent once more than needed.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date

import aiohttp

from benchmarks.service.client import SECRET

REPORTS = 3
SENDERS = 4
PAUSE_S = 0.02
TIMEOUT = aiohttp.ClientTimeout(total=10)

Urls = Callable[[], Sequence[str]]


class Sender:
    """Sends to whichever worker answers, and notes when each batch was acknowledged."""

    def __init__(self, urls: Urls, day: date) -> None:
        self._urls = urls
        self._day = day.isoformat()
        self._numbers = itertools.count(1)
        self.acknowledged_s: dict[int, float] = {}
        self.sent = 0

    async def run(self) -> None:
        """Send until cancelled."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as client:
            await asyncio.gather(*(self._send_on(client) for _ in range(SENDERS)))

    async def _send_on(self, client: aiohttp.ClientSession) -> None:
        for number in self._numbers:
            self.sent = max(self.sent, number)
            for _ in range(2 if number % 5 == 0 else 1):
                while not await self._is_taken(client, number):
                    await asyncio.sleep(PAUSE_S)
            self.acknowledged_s[number] = time.monotonic()

    async def _is_taken(self, client: aiohttp.ClientSession, number: int) -> bool:
        urls = self._urls()
        if not urls:
            return False
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with client.post(
                f"{urls[number % len(urls)]}/api/v1/reports",
                data=self._body(number),
                headers={"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"},
            ) as answer:
                await answer.read()
                return answer.status == 200
        return False

    def _body(self, number: int) -> bytes:
        epsilon = epsilon_of(number)
        report = {
            "day": self._day,
            "host": "https://mirror.example",
            "epsilon": epsilon,
            "connection": 1,
            "zone": 4,
            "hours": 2,
            "control": 0,
            "ttfb": 3,
        }
        terms = {"epsilon": epsilon, "hosts": 1, "control": 0.05}
        said = {"batch": f"batch-{number:08}", "terms": terms, "reports": [report] * REPORTS}
        return json.dumps(said).encode()


def epsilon_of(number: int) -> float:
    """Return the ε by which a batch is known."""
    return round(1.0 + number / 1e6, 6)
