"""What an ordinary viewer notices of floods: `python -m benchmarks.reports.floods`.

The flood comes from one address of loopback, the viewer from another; both, and the service, share
this machine.
"""

import asyncio
import os
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import aiohttp

from benchmarks.machine import machine
from benchmarks.service.client import SECRET
from benchmarks.service.process import peak_kb, started
from benchmarks.tables import table
from tests.instance.recommendations.peertube import serving, video

SECONDS = 10.0
ASKS_PER_S = 10.0
FLOODING, VIEWING = "127.0.0.3", "127.0.0.2"
PRIORS = "/api/v1/priors?hosts=https://mirror.example&connection=1&zone=4&hours=2"
CONNECTIONS = 600
AT_ONCE = 32
TIMEOUT = aiohttp.ClientTimeout(total=60)
COLUMNS = ("flood", "its requests/s", "answers", "viewer p50, ms", "p99, ms", "refused", "MB")
PAGE = """# What an ordinary viewer notices of floods

{machine}, load average {load:.1f} before. SQLite, one worker, {seconds:.0f} s each. An ordinary
viewer asks {asks:.0f} times a second for priors, from another address than the flood. Flood, viewer
and service run on the same machine, and take processor time from each other; what "none" shows is
other work on the machine.

{table}

- **one address**: asks for priors as fast as it is answered, {at_once} at once, without a secret.
- **{connections} connections** from one address: opened, nothing sent; again when they are shut.
- **malformed lines**: no HTTP, {at_once} connections at once, opened anew for each.
- **forget**: through the plugin, for tokens that nobody has.
- **answers**: how many of each status the flood got; 0 is a connection that was shut without one.
- **refused**: the viewer's requests that were not answered 200.

Made by `python -m benchmarks.reports.floods`.
"""

Flood = Callable[[str, Counter[int]], Awaitable[None]]


class Seen(NamedTuple):
    """What the viewer saw: seconds for each answer, and how many were not 200."""

    latencies_s: list[float]
    refused: int


async def nothing(_: str, __: Counter[int]) -> None:
    """Leave the viewer alone."""
    await asyncio.sleep(SECONDS)


async def one_address(url: str, answers: Counter[int]) -> None:
    """Ask without a pause."""
    await _ask_at_once(url, answers, "GET", PRIORS)


async def forget(url: str, answers: Counter[int]) -> None:
    """Ask to forget tokens that nobody has, with the plugin's secret."""
    await _ask_at_once(
        url,
        answers,
        "POST",
        "/api/v1/forget",
        headers={"Authorization": f"Bearer {SECRET}"},
        json={"viewer": "nobody-" + "n" * 22},
    )


async def _ask_at_once(
    url: str, answers: Counter[int], method: str, path: str, **more: object
) -> None:
    end_s = time.monotonic() + SECONDS
    connector = aiohttp.TCPConnector(limit=AT_ONCE, local_addr=(FLOODING, 0))
    async with aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as client:

        async def go_on() -> None:
            while time.monotonic() < end_s:
                try:
                    async with client.request(method, url + path, **more) as answer:  # type: ignore[arg-type]
                        answers[answer.status] += 1
                except (aiohttp.ClientError, TimeoutError):
                    answers[0] += 1

        await asyncio.gather(*(go_on() for _ in range(AT_ONCE)))


async def connections(url: str, answers: Counter[int]) -> None:
    """Hold as many connections as one can."""
    await _connect_at_once(url, answers, b"", CONNECTIONS)


async def malformed(url: str, answers: Counter[int]) -> None:
    """Send lines that are no HTTP."""
    await _connect_at_once(url, answers, b"GET \x00\xff what is this\r\n\r\n", AT_ONCE)


async def _connect_at_once(url: str, answers: Counter[int], said: bytes, most: int) -> None:
    host, port = url.removeprefix("http://").split(":")
    end_s = time.monotonic() + SECONDS

    async def go_on() -> None:
        while (left_s := end_s - time.monotonic()) > 0:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(left_s):
                    answers[await _status(host, int(port), said)] += 1

    await asyncio.gather(*(go_on() for _ in range(most)))


async def _status(host: str, port: int, said: bytes) -> int:
    """Return the status that comes back, and 0 when the connection is shut without one."""
    reader, writer = await asyncio.open_connection(host, port, local_addr=(FLOODING, 0))
    try:
        writer.write(said)
        line = await reader.readline()
        return int(line.split()[1]) if line.startswith(b"HTTP/") else 0
    except ConnectionError:
        return 0
    finally:
        writer.close()


async def watch(url: str) -> Seen:
    """Ask as an ordinary viewer does, at even times, until cancelled."""
    seen, refused = [], 0
    connector = aiohttp.TCPConnector(local_addr=(VIEWING, 0))
    async with aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as client:
        began_s = time.monotonic()
        for number in range(round(SECONDS * ASKS_PER_S)):
            await asyncio.sleep(max(0.0, began_s + number / ASKS_PER_S - time.monotonic()))
            asked_s = time.monotonic()
            try:
                async with client.get(url + PRIORS) as answer:
                    await answer.read()
                    refused += answer.status != 200
            except (aiohttp.ClientError, TimeoutError):
                refused += 1
            seen.append(time.monotonic() - asked_s)
    return Seen(seen, refused)


FLOODS: dict[str, Flood] = {
    "none": nothing,
    "one address": one_address,
    f"{CONNECTIONS} connections": connections,
    "malformed lines": malformed,
    "forget": forget,
}


async def measure() -> list[list[str]]:
    """Return one row for each flood, each on a service of its own."""
    rows = []
    async with serving() as peertube:
        peertube.publish(*map(video, range(20)))
        for name, flood in FLOODS.items():
            with started({"PEERTUBE_URL": peertube.url, "REQUESTS_PER_MINUTE": "700"}) as (
                url,
                own,
            ):
                answers = Counter[int]()
                seen, _ = await asyncio.gather(watch(url), flood(url, answers))
                cuts = statistics.quantiles(seen.latencies_s, n=100)
                told = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
                rows.append(
                    [
                        name,
                        f"{answers.total() / SECONDS:,.0f}",
                        told or "–",
                        f"{1e3 * cuts[49]:.1f}",
                        f"{1e3 * cuts[98]:.1f}",
                        f"{seen.refused} of {len(seen.latencies_s)}",
                        f"{peak_kb(own.pid) / 1e3:.0f}",
                    ]
                )
                print(*rows[-1], sep=" | ", flush=True)
    return rows


def main() -> None:
    """Measure, and write the page."""
    before, _, _ = os.getloadavg()
    rows = asyncio.run(measure())
    (Path(__file__).parent / "FLOODS.md").write_text(
        PAGE.format(
            machine=machine(),
            load=before,
            seconds=SECONDS,
            asks=ASKS_PER_S,
            at_once=AT_ONCE,
            connections=CONNECTIONS,
            table=table(COLUMNS, rows),
        )
    )


if __name__ == "__main__":
    main()
