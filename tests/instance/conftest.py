"""A real service on a port of loopback, in this process or in one of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from instance.commands.storage import journal
from instance.keys import Keys
from instance.settings import Settings
from instance.web.app import PATHS, Service
from instance.web.counters import Counters
from instance.web.server import listen, serving

SECRET = "plugin-" + "s" * 22
ADMIN_TOKEN = "admin-" + "a" * 22
HOST = "https://mirror.example"


def day(offset: int = 0) -> str:
    """Return today in UTC, or a day before or after."""
    return (datetime.now(UTC).date() + timedelta(days=offset)).isoformat()


def report(**changes: object) -> dict[str, Any]:
    """Return a report that is as it must be, but for `changes`."""
    said = {
        "day": day(),
        "host": HOST,
        "epsilon": 2.0,
        "connection": 1,
        "zone": 4,
        "hours": 2,
        "control": 0,
        "ttfb": 3,
    }
    return said | changes


@dataclass
class Running:
    """A service that answers, and a client that knows its secrets."""

    url: str
    settings: Settings
    service: Service
    client: aiohttp.ClientSession

    async def ask(self, method: str, path: str, token: str = "", **more: Any) -> "Answer":  # noqa: ANN401
        """Send one request."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        async with self.client.request(
            method, self.url + path, headers=headers, allow_redirects=False, **more
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def send(self, batch: str, *reports: dict[str, Any]) -> "Answer":
        """Send a batch of reports as the plugin does."""
        body = {"batch": batch, "reports": reports or [report()]}
        return await self.ask("POST", "/api/v1/reports", SECRET, json=body)

    async def stored(self) -> int:
        """Return how many reports are in the journal, folded or not."""
        entries = await self.service.journal.read(limit=10_000)
        return sum(len(one.entry.payload.splitlines()) for one in entries)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str, str]:
        """Return status, field and reason of a refusal."""
        return self.status, self.json["error"]["field"], self.json["error"]["reason"]


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Return what starts a service in this process, with `Settings` as given."""
    async with AsyncExitStack() as stack:

        async def begin(**said: object) -> Running:
            settings = Settings(**{"port": 0, "state_dir": tmp_path} | said)
            service = Service(
                settings, Keys(SECRET, ADMIN_TOKEN, {}), journal(settings), Counters(PATHS, 1)
            )
            sock = listen(settings)
            await stack.enter_async_context(serving(service, sock))
            client = await stack.enter_async_context(aiohttp.ClientSession())
            return Running(f"http://127.0.0.1:{sock.getsockname()[1]}", settings, service, client)

        yield begin


@pytest.fixture
async def running(start: Start) -> Running:
    """Return a service with the settings that an operator gets for nothing."""
    return await start()


@dataclass
class Process:
    """`mirrorwise serve` as an operator runs it."""

    url: str
    state_dir: Path
    process: subprocess.Popen[str]

    def stop(self) -> None:
        """Stop it, if that has not been done, as systemd does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=10) == 0
        assert self.process.stdout
        self.process.stdout.close()


Environment = dict[str, str]


def environment(state_dir: Path, **said: str) -> Environment:
    """Return what a command finds around it."""
    return {
        **{name: value for name, value in os.environ.items() if "MIRRORWISE" not in name},
        "MIRRORWISE_STATE_DIR": str(state_dir),
        "MIRRORWISE_PORT": "0",
        **said,
    }


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Process]]:
    """Return what runs `mirrorwise serve` in a process of its own."""
    started: list[Process] = []

    def begin(*arguments: str, **said: str) -> Process:
        state_dir = tmp_path_factory.mktemp("state")
        around = environment(state_dir, **said)
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "instance", "serve", *arguments],
            env=around,
            text=True,
            stdout=subprocess.PIPE,
        )
        assert process.stdout
        first = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found, first
        started.append(Process(found[0], state_dir, process))
        return started[-1]

    yield begin
    for process in started:
        process.stop()
