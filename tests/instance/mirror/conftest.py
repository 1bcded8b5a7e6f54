"""Fixtures: an instance to mirror, and what mirrors it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from instance.clock import Clock
from instance.mirror.client import Client
from instance.mirror.mirror import Mirror
from instance.mirror.options import Options
from instance.mirror.progress import Progress
from instance.mirror.store import Store
from tests.instance.clock import NOW
from tests.instance.mirror.hls import Hls, real
from tests.instance.mirror.origin import Origin, serving
from tests.instance.recommendations.peertube import uuid

ROOM = 10**8


class SetClock(Clock):
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at_s = NOW.timestamp()

    def now_s(self) -> float:
        """Return the time in seconds since 1970."""
        return self.at_s


class Mirrored:
    """A mirror at work in this process, begun anew as often as a test likes."""

    def __init__(self, folder: Path, origin: Origin, clock: SetClock) -> None:
        self.folder = folder
        self.origin = origin
        self.clock = clock
        self.said: list[str] = []

    async def run(self, room: int = ROOM, **said: object) -> "Mirrored":
        """Follow and copy once, as `--once` does."""
        async with self.begun(room, **said) as (mirror, _):
            await mirror.follow()
            await mirror.copy()
        return self

    def begun(self, room: int = ROOM, **said: object) -> "_Begun":
        """Return a context in which a mirror works on the folder."""
        options = Options(self.origin.url, self.folder, room, **said)  # type: ignore[arg-type]
        return _Begun(self, options)

    @property
    def public(self) -> dict[str, bytes]:
        """Return what is served, by its path; without records."""
        public = self.folder / "public"
        return {
            str(file.relative_to(public)): file.read_bytes()
            for file in public.rglob("*")
            if file.is_file() and not file.name.startswith(".")
            if file.name != "mirrorwise-mirror.json"
        }

    def refusals(self) -> str:
        """Return what was said of refused videos."""
        return "\n".join(line for line in self.said if line.startswith(("refused", "later")))


class _Begun(AsyncExitStack):
    def __init__(self, mirrored: Mirrored, options: Options) -> None:
        super().__init__()
        self._mirrored = mirrored
        self._options = options

    async def __aenter__(self) -> tuple[Mirror, Store]:  # type: ignore[override]
        await super().__aenter__()
        options, clock = self._options, self._mirrored.clock
        store = Store(options.folder, options.origin)
        client = Client(options.origin, options.storage, options.bytes_per_s)
        progress = Progress(options, store, client, clock)
        progress.says = self._mirrored.said.append  # type: ignore[method-assign]
        self.push_async_callback(client.close)
        self.enter_context(store.locked())
        self.callback(progress.store)
        return Mirror(options, store, client, clock, progress), store


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask without the pauses that an instance of others deserves."""
    monkeypatch.setattr("instance.mirror.client.PAUSE_S", 0.0)


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    """Return an instance without videos."""
    async with serving() as served:
        yield served


@pytest.fixture
def mirrored(tmp_path: Path, origin: Origin) -> Mirrored:
    """Return what mirrors it."""
    return Mirrored(tmp_path / "mirror", origin, SetClock())


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Hls:
    """Return a real video, of number 1."""
    return real(uuid(1), tmp_path_factory.mktemp("film"))


Wait = Callable[[], asyncio.Event]
