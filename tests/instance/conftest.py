"""Fixtures: services, their clock and timeouts, and a journal on every backend."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from instance.clock import Clock
from instance.commands.storage import journal as journal_of
from instance.journal import Journal
from instance.keys import Keys
from instance.settings import Settings
from instance.web.app import PATHS, Service
from instance.web.counters import Counters
from instance.web.errors import bounded
from instance.web.server import listen, serving
from tests.instance.clock import CLOCK
from tests.instance.journal.backends import Backend, Served, Sqlite
from tests.instance.journal.servers import Postgres, Redis
from tests.instance.service import ADMIN_TOKEN, SECRET, Process, Running, Start, environment

# Timeouts of production code that no test reaches unless it sets them: long on any machine.
LONG_S = 600.0
TIMEOUTS_S = (
    "instance.journal.postgres.TIMEOUT_S",
    "instance.journal.sqlite.BUSY_TIMEOUT_S",
    "instance.journal.stream.TIMEOUT_S",
    "instance.web.endpoints.health.TIMEOUT_S",
)
CLIENT_TIMEOUTS = (
    "instance.commands.doctor.TIMEOUT",
    "instance.federation.fetching.TIMEOUT",
    "instance.hosts.redundancy.TIMEOUT",
    "instance.recommendations.peertube.TIMEOUT",
    "instance.web.auth.TIMEOUT",
)


@pytest.fixture(autouse=True)
def long_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the timeouts of production code so long that no slow machine reaches them."""
    for name in TIMEOUTS_S:
        monkeypatch.setattr(name, LONG_S)
    for name in CLIENT_TIMEOUTS:
        monkeypatch.setattr(name, aiohttp.ClientTimeout(total=LONG_S))


@pytest.fixture(autouse=True)
def log_of_its_own() -> None:
    """Begin each test with a log that has left nothing out yet."""
    vars(bounded)["_windows"].clear()


@pytest.fixture
def clock() -> Clock:
    """Return the clock of services in this process; `at_now` replaces it by a stopped one."""
    return CLOCK


@pytest.fixture
async def start(tmp_path: Path, clock: Clock) -> AsyncIterator[Start]:
    """Return what starts a service in this process, with `Settings` as given."""
    async with AsyncExitStack() as stack:

        async def begin(**said: object) -> Running:
            given = {"port": 0, "state_dir": tmp_path, "read_timeout_s": LONG_S} | said
            settings = Settings(**given)
            service = Service(
                settings,
                Keys(SECRET, ADMIN_TOKEN, {}),
                journal_of(settings),
                Counters(PATHS, 1),
                clock,
            )
            sock = listen(settings)
            await stack.enter_async_context(serving(service, sock))
            client = await stack.enter_async_context(aiohttp.ClientSession())
            return Running(f"http://127.0.0.1:{sock.getsockname()[1]}", settings, service, client)

        yield begin


@pytest.fixture
async def running(start: Start) -> Running:
    """Return a service with the default settings."""
    return await start()


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Process]]:
    """Return what runs `mirrorwise serve` in a process of its own."""
    started: list[Process] = []

    def begin(*arguments: str, **said: str) -> Process:
        state_dir = tmp_path_factory.mktemp("state")
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "tests.instance.at", "serve", *arguments],
            env=environment(state_dir, **said),
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return a PostgreSQL for the session."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """Return a Redis for the session."""
    with Redis() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres", "stream"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    """Return an empty store, of each kind in turn."""
    async with AsyncExitStack() as workers:
        if request.param == "sqlite":
            yield Sqlite(workers, tmp_path)
            return
        names = ["postgres", "redis"] if request.param == "stream" else ["postgres"]
        served = Served(workers, *(request.getfixturevalue(name) for name in names))
        await served.tamper("DROP SCHEMA IF EXISTS mirrorwise CASCADE")
        yield served


@pytest.fixture
async def journal(backend: Backend) -> Journal:
    """Return one worker's journal on an empty store."""
    return await backend.open()
