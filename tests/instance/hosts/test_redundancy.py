"""With whom a mirror is shared is what the mirror says itself, or is not said."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from time import time

import pytest
from aiohttp import web

from instance.commands.storage import journal
from instance.hosts import redundancy
from instance.hosts.redundancy import Shared, Sharing
from instance.hosts.report_store import entry
from instance.journal import REPORTS
from instance.settings import Settings

from ..conftest import Start, report

OWN = "https://video.example"


def followed(host: str, copied: object = True) -> dict[str, object]:
    """Return an entry of PeerTube's list of those whom an instance follows."""
    return {
        "following": {"name": "peertube", "host": host, "hostRedundancyAllowed": copied},
        "state": "accepted",
    }


LISTED = {"total": 4, "data": [followed("video.example"), followed("b.example")]}
LISTED["data"] += [followed("a.example"), followed("read.example", copied=False)]


class Mirror:
    """A server that answers as `says` says, and counts how often it is asked."""

    def __init__(self) -> None:
        self.url = ""
        self.says: web.Response | float = web.json_response(LISTED)
        self.asked: Counter[str] = Counter()

    async def answer(self, request: web.Request) -> web.Response:
        """Say what is to be said, or nothing for some seconds."""
        self.asked[request.path_qs] += 1
        if isinstance(self.says, float):
            await asyncio.sleep(self.says)
            return web.json_response(LISTED)
        return self.says


@pytest.fixture
async def mirror() -> AsyncIterator[Mirror]:
    """Return a mirror on loopback."""
    mirror = Mirror()
    app = web.Application()
    app.router.add_get("/{path:.*}", mirror.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    mirror.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield mirror
    await runner.cleanup()


async def test_a_mirror_tells_whom_else_it_copies(mirror: Mirror):
    assert await Sharing(OWN).of([mirror.url]) == [Shared(mirror.url, ("a.example", "b.example"))]
    ((asked, _),) = mirror.asked.items()
    assert asked == "/api/v1/server/following?start=0&count=100&state=accepted"


@pytest.mark.parametrize(
    "says",
    [
        web.json_response({"error": "not found"}, status=404),
        web.Response(status=302, headers={"Location": "/elsewhere"}),
        web.Response(text="<h1>A file server</h1>"),
        web.json_response([]),
        web.json_response({"data": [{"following": {"host": "a.example"}}]}),
        web.Response(body=b" " * (redundancy.MOST_BYTES + 1)),
        web.Response(body=b"[" * 100_000),
        0.5,
    ],
)
async def test_what_is_not_said_as_a_peertube_says_it_is_not_known(
    mirror: Mirror, says: web.Response | float, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(redundancy, "PATIENCE", redundancy.aiohttp.ClientTimeout(total=0.2))
    mirror.says = says
    assert await Sharing(OWN).of([mirror.url]) == [Shared(mirror.url, None)]
    assert mirror.asked.total() == 1


async def test_a_mirror_is_not_asked_again_the_same_day(mirror: Mirror):
    shared = Sharing(None)
    first = await shared.of([mirror.url])
    assert await shared.of([mirror.url]) == first
    assert first[0].others == ("a.example", "b.example", "video.example")
    assert mirror.asked.total() == 1


async def test_the_mirrors_that_were_reported_are_asked_and_the_origin_is_not(
    start: Start, mirror: Mirror, tmp_path: Path
):
    silent = "http://127.0.0.1:9"
    async with journal(Settings(state_dir=tmp_path)) as opened:
        await opened.append(
            [entry("batch-01", [report(host=host) for host in (silent, mirror.url, OWN)], time())]
        )
        await opened.fold(REPORTS)
    running = await start(peertube_url=mirror.url)
    said = (await running.ask("GET", "/api/v1/operator/mirrors")).json
    assert said == {"mirrors": [{"host": silent, "others": None}, {"host": OWN, "others": None}]}
    assert not [path for path in mirror.asked if "following" in path]
