"""Redundancy: the other instances that a mirror copies are those that it says, or unknown."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from instance.commands.storage import journal
from instance.hosts import redundancy
from instance.hosts.redundancy import Redundancy, Shared
from instance.hosts.report_store import entry
from instance.journal import REPORTS
from instance.settings import Settings
from tests.instance.clock import CLOCK
from tests.instance.service import Start, report

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
    """A server that answers with `says`, and counts requests."""

    def __init__(self) -> None:
        self.url = ""
        self.says: web.Response | None = web.json_response(LISTED)
        self.asked: Counter[str] = Counter()

    async def answer(self, request: web.Request) -> web.Response:
        """Answer with `says`; if that is None, never."""
        self.asked[request.path_qs] += 1
        if self.says is None:
            await asyncio.Event().wait()
        return self.says or web.Response()


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
    assert await Redundancy(OWN, [mirror.url]).of([mirror.url]) == [
        Shared(mirror.url, ("a.example", "b.example"))
    ]
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
        None,
    ],
)
async def test_what_is_not_said_as_a_peertube_says_it_is_not_known(
    mirror: Mirror, says: web.Response | None, monkeypatch: pytest.MonkeyPatch
):
    if says is None:  # the time runs from when the request has been sent
        short = redundancy.aiohttp.ClientTimeout(total=None, sock_read=0.2)
        monkeypatch.setattr(redundancy, "TIMEOUT", short)
    mirror.says = says
    assert await Redundancy(OWN, [mirror.url]).of([mirror.url]) == [Shared(mirror.url, None)]
    assert mirror.asked.total() == 1


async def test_machines_of_the_own_network_are_asked_only_when_the_operator_has_named_them(
    mirror: Mirror,
):
    by_name = mirror.url.replace("127.0.0.1", "localhost")
    for url in (mirror.url, by_name):
        assert await Redundancy(OWN).of([url]) == [Shared(url, None)]
    assert not mirror.asked


async def test_a_mirror_is_not_asked_again_the_same_day(mirror: Mirror):
    shared = Redundancy(None, [mirror.url])
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
            [
                entry(
                    "batch-01",
                    [report(host=host) for host in (silent, mirror.url, OWN)],
                    CLOCK.now_s(),
                )
            ]
        )
        await opened.fold(REPORTS)
    running = await start(peertube_url=mirror.url)
    said = (await running.ask("GET", "/api/v1/operator/mirrors")).json
    assert said == {"mirrors": [{"host": silent, "others": None}, {"host": OWN, "others": None}]}
    assert not [path for path in mirror.asked if "following" in path]
