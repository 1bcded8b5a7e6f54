"""A service on a port of loopback: in this process (`Running`) or in its own (`Process`)."""

import json
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from instance.settings import Settings
from instance.web.app import Service
from tests.instance.clock import CLOCK, VARIABLE, day
from tests.instance.waiting import PATIENCE_S

SECRET = "plugin-" + "s" * 22
ADMIN_TOKEN = "admin-" + "a" * 22
HOST = "https://mirror.example"


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
        assert self.process.wait(PATIENCE_S) == 0
        assert self.process.stdout
        self.process.stdout.close()


def environment(state_dir: Path, **said: str) -> dict[str, str]:
    """Return the environment of a command, whose clock goes on where ours is."""
    return {
        **{name: value for name, value in os.environ.items() if "MIRRORWISE" not in name},
        VARIABLE: CLOCK.now().isoformat(),
        "MIRRORWISE_STATE_DIR": str(state_dir),
        "MIRRORWISE_PORT": "0",
        # A request that is slow because the machine is slow must not be cut off.
        "MIRRORWISE_READ_TIMEOUT_S": "600",
        **said,
    }
