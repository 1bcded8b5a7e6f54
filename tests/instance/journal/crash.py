"""Kill workers and servers at random moments under load, and count what was acknowledged.

    python -m tests.instance.journal.crash            kills 50 times per backend
    python -m tests.instance.journal.crash --kills 5

A web worker sends batches, again when there was no answer, and now and then once more than
needed; it writes the id of each acknowledged batch to a pipe. A fold worker folds, and deletes
every batch that no web worker will send again. The parent kills one of them, or a server, at
random, and starts it again. In the end every acknowledged batch must have been counted exactly
once, a batch without an answer once or not at all, and a rebuild must find nothing to correct.

What SIGKILL cannot show is a loss of power: the operating system still writes what it was given.
That a commit also waits for the disk is what `synchronous=FULL` and `synchronous_commit=on` are
tested for.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from instance.journal import REPORTS, Journal, Unavailable, batch, open_journal
from tests.instance.journal.servers import MORTAL, PATIENCE_S, Postgres, Redis, Server

REPORTS_PER_BATCH = 5
SENDERS = 8
LONGEST_WAIT_S = 0.5
KILLS_PER_SERVER_KILL = 10


@dataclass(frozen=True)
class Verdict:
    """How often something was killed, and how the batches fared."""

    kills: int
    of_servers: int
    acknowledged: int
    counted: int
    wrong: int
    intact: bool

    @property
    def passed(self) -> bool:
        """Whether every promise was kept, and there was something to keep."""
        return self.intact and not self.wrong and self.acknowledged > 0


class LowWaterMarks:
    """Until when every batch of all web workers is acknowledged: a file for each process.

    An id may be deleted only when its sender is done with it. Times are of the monotonic clock,
    which all processes share; so no outage is too long, however slow the machine.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sending: dict[str, float] = {}
        self._own = folder / str(os.getpid())

    def begin(self, name: str) -> float:
        """Note that a batch will be sent, and return its time."""
        self._sending[name] = time.monotonic()
        self.write()
        return self._sending[name]

    def end(self, name: str) -> None:
        """Note that a batch will not be sent again."""
        del self._sending[name]
        self.write()

    def write(self) -> None:
        """Write this process's mark; it must be there before its first batch."""
        new = self._own.with_suffix(".new")
        new.write_text(str(min(self._sending.values(), default=time.monotonic())))
        new.rename(self._own)

    def lowest(self) -> float:
        """Return the lowest mark of a process that lives; the dead send nothing again."""
        files = [each for each in self._folder.iterdir() if Path("/proc", each.name).exists()]
        return min((float(each.read_text()) for each in files), default=0.0)


async def web(journal: Journal, marks: LowWaterMarks) -> None:
    """Send for ever, and print what was acknowledged."""
    numbers = itertools.count()
    marks.write()

    async def sender() -> None:
        for number in numbers:
            name = f"{os.getpid()}-{time.monotonic_ns()}-{number}"
            at_s = marks.begin(name)
            for _ in range(2 if number % 5 == 0 else 1):
                await _acknowledged(journal, name, at_s)
            marks.end(name)
            os.write(sys.stdout.fileno(), f"{name}\n".encode())

    await asyncio.gather(*(sender() for _ in range(SENDERS)))


async def _acknowledged(journal: Journal, name: str, at_s: float) -> None:
    while True:
        try:
            await journal.append([batch(name, [{"batch": name}] * REPORTS_PER_BATCH, at_s)])
            return
        except Unavailable:
            await asyncio.sleep(0.02)


async def fold(journal: Journal, marks: LowWaterMarks) -> None:
    """Fold for ever, and delete batches that will not be sent again."""
    following = asyncio.create_task(journal.follow())
    while not following.done():
        with suppress(Unavailable):
            await journal.forget(marks.lowest())
        await asyncio.sleep(0.5)
    await following


async def both(journal: Journal, marks: LowWaterMarks) -> None:
    """Do what the one process of an embedded journal does."""
    await asyncio.gather(web(journal, marks), fold(journal, marks))


ROLES = {"web": web, "fold": fold, "both": both}


class Worker:
    """A process in one role; what it says is collected."""

    def __init__(
        self, role: str, marks: Path, addresses: Sequence[str], say: Callable[[str], None]
    ) -> None:
        program = [*MORTAL, sys.executable, "-m", "tests.instance.journal.crash"]
        self._start = [*program, "--role", role, "--marks", str(marks), *addresses]
        self._say = say
        self.start()

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(self._start, stdout=subprocess.PIPE, text=True)  # noqa: S603
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def kill(self) -> None:
        """Kill it, after which everything it said has been heard."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._listener.join()

    def _listen(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                if line.endswith("\n"):  # the last may be cut off
                    self._say(line.strip())


def crash(servers: Sequence[Server], kills: int, rng: random.Random) -> Verdict:
    """Kill `kills` times at random, and judge; without servers the journal is a file."""
    acknowledged: list[str] = []
    with tempfile.TemporaryDirectory(prefix="mirrorwise-") as directory:
        addresses = [server.empty() for server in servers] or [f"sqlite:{directory}/journal.db"]
        roles = ["web", "web", "fold", "fold"] if servers else ["both"]
        marks = Path(directory, "marks")
        marks.mkdir()
        workers = [Worker(role, marks, addresses, acknowledged.append) for role in roles]
        try:
            server_kills = 0
            for number in range(kills):
                _wait_for_load(acknowledged)
                server_kills += _kill_one(number, workers, servers, rng)
            _wait_for_load(acknowledged)
        finally:
            for worker in workers:
                worker.kill()
        counts, intact = asyncio.run(_count(addresses))
    wrong = sum(count != REPORTS_PER_BATCH for count in counts.values())
    missing = set(acknowledged) - counts.keys()
    return Verdict(
        kills, server_kills, len(acknowledged), len(counts), wrong + len(missing), intact
    )


def _kill_one(
    number: int, workers: Sequence[Worker], servers: Sequence[Server], rng: random.Random
) -> bool:
    """Kill something and start it again; return whether it was a server."""
    time.sleep(rng.uniform(0.0, LONGEST_WAIT_S))
    server = bool(servers) and number % KILLS_PER_SERVER_KILL == KILLS_PER_SERVER_KILL // 2 - 1
    victims: Sequence[Server | Worker] = servers if server else workers
    victim = rng.choice(victims)
    victim.kill()
    victim.start()
    return server


def _wait_for_load(acknowledged: list[str]) -> None:
    """Return when batches are acknowledged again."""
    enough, deadline = len(acknowledged) + SENDERS, time.monotonic() + PATIENCE_S
    while len(acknowledged) < enough:
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing was acknowledged for {PATIENCE_S} s")
        time.sleep(0.01)


async def _count(addresses: Sequence[str]) -> tuple[Counter[str], bool]:
    async with open_journal(*addresses) as journal:
        while (await journal.health()).backlog:
            await journal.fold(REPORTS)
        recount = await journal.rebuild(REPORTS)
    counts = recount.recounted.counts.items()
    return Counter({json.loads(key)["batch"]: count for key, count in counts}), recount.intact


async def _work(role: str, marks: Path, addresses: Sequence[str]) -> None:
    async with open_journal(*addresses) as journal:
        await ROLES[role](journal, LowWaterMarks(marks))


def main() -> None:
    """Run as the command, or as one of its workers."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=50, help="how often, per backend")
    options.add_argument("--seed", type=int, default=1, help="which random moments")
    options.add_argument("--role", choices=ROLES, help=argparse.SUPPRESS)
    options.add_argument("--marks", type=Path, help=argparse.SUPPRESS)
    options.add_argument("addresses", nargs="*", help=argparse.SUPPRESS)
    told = options.parse_args()
    if told.role:
        asyncio.run(_work(told.role, told.marks, told.addresses))
        return
    with Postgres() as postgres, Redis() as redis:
        passed = [
            _judge(servers, told.kills, random.Random(told.seed))  # noqa: S311
            for servers in ([], [postgres], [postgres, redis])
        ]
    sys.exit(not all(passed))


def _judge(servers: Sequence[Server], kills: int, rng: random.Random) -> bool:
    verdict = crash(servers, kills, rng)
    names = [type(server).__name__ for server in servers] or ["SQLite"]
    print(" + ".join(names), verdict, flush=True)
    return verdict.passed


if __name__ == "__main__":
    main()
