"""One worker process of the load test: appends to its journal as a web worker does, and folds."""

import asyncio
import itertools
import os
import random
import resource
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from threading import Barrier

from benchmarks.load import REPORTS_PER_BATCH
from instance.journal import Journal, batch, open_journal

# Enough to keep a commit in progress all the time.
SENDERS = 64
# How many different batches are generated before the clock starts.
BATCHES = 400

Send = Callable[[float], Coroutine[None, None, None]]


@dataclass(frozen=True)
class Measure:
    """One worker's latencies in s, CPU time in s, and peak memory in kB."""

    latencies_s: list[float]
    cpu_s: float
    memory_kb: int


def random_report(rng: random.Random) -> Mapping[str, object]:
    """Return a random report with the fields, and about the variety, of real ones."""
    question, answers = rng.choice([("ttfb", 8), ("rate", 8), ("error", 2)])
    return {
        "day": f"2026-05-{rng.randrange(1, 31):02}",
        "host": f"https://mirror{rng.randrange(6)}.example",
        "epsilon": 2.0,
        "connection": rng.choice(["unknown", "wired", "wifi", "cellular"]),
        "zone": rng.randrange(8),
        "hours": rng.randrange(4),
        "control": int(rng.random() < 0.05),
        "ttfb": None,
        "rate": None,
        "error": None,
        question: rng.randrange(answers),
    }


def sender(journal: Journal, latencies_s: list[float]) -> Send:
    """Return a function that sends a batch due at a time, and records its latency until durable."""
    rng = random.Random(os.getpid())  # noqa: S311
    batches = [[random_report(rng) for _ in range(REPORTS_PER_BATCH)] for _ in range(BATCHES)]
    numbers = itertools.count()

    async def send(due_s: float) -> None:
        number = next(numbers)
        reports = batches[number % BATCHES]
        await journal.append([batch(f"{os.getpid()}-{number}", reports, time.time())])
        latencies_s.append(time.perf_counter() - due_s)

    return send


async def as_fast_as_it_can(send: Send, seconds: float) -> None:
    """Send in a closed loop: each sender's next batch follows the last acknowledgement."""
    end = time.perf_counter() + seconds

    async def keep_sending() -> None:
        while time.perf_counter() < end:
            await send(time.perf_counter())

    await asyncio.gather(*(keep_sending() for _ in range(SENDERS)))


async def at_a_rate(send: Send, seconds: float, per_s: float) -> None:
    """Send in an open loop: at Poisson times, whether or not earlier ones are acknowledged."""
    rng, sending = random.Random(1), set()  # noqa: S311
    now = start = time.perf_counter()
    while now < start + seconds:
        await asyncio.sleep(max(0.0, now - time.perf_counter()))
        sending.add(asyncio.create_task(send(now)))
        now += rng.expovariate(per_s)
    await asyncio.gather(*sending)


def work(ready: Barrier, seconds: float, batches_per_s: float, addresses: list[str]) -> Measure:
    """Send as soon as all workers are ready, at full speed if `batches_per_s` is 0, and fold."""
    return asyncio.run(_work(ready, seconds, batches_per_s, addresses))


async def _work(
    ready: Barrier, seconds: float, batches_per_s: float, addresses: list[str]
) -> Measure:
    latencies_s: list[float] = []
    async with open_journal(*addresses) as journal:
        send = sender(journal, latencies_s)
        await journal.health()
        following = asyncio.create_task(journal.follow())
        ready.wait()
        before_s = time.process_time()
        if batches_per_s:
            await at_a_rate(send, seconds, batches_per_s)
        else:
            await as_fast_as_it_can(send, seconds)
        while (await journal.health()).backlog:
            await asyncio.sleep(0.05)
        cpu_s = time.process_time() - before_s
        following.cancel()
        await asyncio.wait([following])
    return Measure(latencies_s, cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
