"""Several web workers behind one port, on PostgreSQL and Redis."""

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.instance.journal.servers import Postgres, Redis
from tests.instance.service import ADMIN_TOKEN, SECRET, Process, report
from tests.instance.waiting import PATIENCE_S, until_now

BATCHES = 40


@pytest.fixture(scope="module")
def process(serve: Callable[..., Process]) -> Iterator[Process]:
    """Return a service with two workers."""
    with Postgres() as postgres, Redis() as redis:
        started = serve(
            *("--workers", "2"),
            MIRRORWISE_DATABASE=postgres.address,
            MIRRORWISE_STREAM=redis.address,
            MIRRORWISE_SECRET=SECRET,
            MIRRORWISE_ADMIN_TOKEN=ADMIN_TOKEN,
        )
        yield started
        started.stop()


def ask(process: Process, path: str, body: Any = None, token: str = ADMIN_TOKEN) -> str:  # noqa: ANN401
    """Send one request on a connection of its own, so that any worker may take it."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = urllib.request.Request(process.url + path, data, headers)  # noqa: S310
    with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:  # noqa: S310
        return str(answer.read().decode())


def send(process: Process, number: int) -> None:
    """Send one batch of one report, again when a worker dies over it."""
    body = {"batch": f"batch-{number:04}", "reports": [report()]}

    def sent() -> bool:
        try:
            ask(process, "/api/v1/reports", body, SECRET)
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    until_now(sent)


def workers(process: Process) -> list[int]:
    """Return the processes that the service has forked."""
    own = process.process.pid
    return [*map(int, Path(f"/proc/{own}/task/{own}/children").read_text().split())]


def two_workers(process: Process, dead: int | None = None) -> list[int]:
    """Return the service's two workers, once both are there and the dead one is not."""

    def found() -> bool:
        now = workers(process)
        return len(now) == 2 and dead not in now

    until_now(found)
    return workers(process)


def counted(process: Process) -> int:
    """Return how many reports the operator is told of, once all have been counted."""
    told: list[int] = []

    def enough() -> bool:
        told.append(json.loads(ask(process, "/report.json"))["reports"])
        return told[-1] >= BATCHES

    until_now(enough)
    return told[-1]


def test_no_report_is_lost_or_counted_twice_when_a_worker_is_killed(process: Process):
    ask(process, "/health")
    before = two_workers(process)
    for number in range(BATCHES):
        if number == BATCHES // 2:
            os.kill(before[0], signal.SIGKILL)
        send(process, number)
    assert counted(process) == BATCHES
    assert before[1] in two_workers(process, dead=before[0])


def test_any_worker_tells_the_sum_of_all(process: Process):
    said = [ask(process, "/metrics") for _ in range(4)]
    sums = {line for one in said for line in one.splitlines() if "batch_seconds_count" in line}
    assert sums == {f"mirrorwise_batch_seconds_count {BATCHES}"}
