"""What the mirror's own server answers: ranges and headers that browsers need, and nothing else."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from instance.mirror.serving import app, limits
from instance.mirror.store import Store
from instance.web.server import serving
from tests.instance.mirror.conftest import Mirrored
from tests.instance.mirror.hls import FOLDER, Hls, made_up
from tests.instance.mirror.origin import Origin
from tests.instance.recommendations.peertube import uuid

PLACE = f"/{FOLDER}/{uuid(1)}"


@dataclass
class Served:
    """A mirror that serves one real video."""

    url: str
    store: Store
    client: aiohttp.ClientSession
    counts: dict[str, int] = field(default_factory=dict)

    async def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
        """Ask as a page of another site does."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        said["Origin"] = "https://video.example"
        async with self.client.request(
            method, self.url + path, headers=said, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers, await answer.read()


@pytest.fixture
async def served(mirrored: Mirrored, origin: Origin, film: Hls) -> AsyncIterator[Served]:
    """Return a mirror that serves."""
    origin.add(1, film)
    async with AsyncExitStack() as stack:
        mirror, store = await stack.enter_async_context(mirrored.begun())
        await mirror.follow()
        await mirror.copy()
        sock = socket.create_server(("127.0.0.1", 0))
        counts: dict[str, int] = {}
        settings = limits("127.0.0.1", 0)
        await stack.enter_async_context(serving(app(store, settings, counts), settings, sock))
        client = await stack.enter_async_context(aiohttp.ClientSession())
        yield Served(f"http://127.0.0.1:{sock.getsockname()[1]}", store, client, counts)


async def test_every_segment_is_served_as_a_browser_asks_for_it(served: Served, film: Hls):
    for file, ranges in json.loads(film.files[film.digests]).items():
        for span in ranges:
            start, end = map(int, span.split("-"))
            status, headers, body = await served.ask(f"{PLACE}/{file}", Range=f"bytes={span}")
            assert status == 206
            assert body == film.files[file][start : end + 1]
            assert headers["Content-Range"] == f"bytes {span}/{len(film.files[file])}"
            assert headers["Access-Control-Allow-Origin"] == "*"
            assert "Content-Range" in headers["Access-Control-Expose-Headers"]
            assert headers["Content-Type"] == "video/mp4"
    assert served.counts["bytes"] >= sum(
        len(one) - 2000 for name, one in film.files.items() if name.endswith(".mp4")
    )


async def test_heads_validators_whole_files_and_preflights(served: Served, film: Hls):
    path = f"{PLACE}/{film.master}"
    status, headers, body = await served.ask(path, "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == len(film.files[film.master])
    assert headers["Accept-Ranges"] == "bytes"
    assert (await served.ask(path))[2] == film.files[film.master]
    assert (await served.ask(path, If_None_Match=headers["ETag"]))[0] == 304
    status, headers, _ = await served.ask(path, Range="bytes=999999-")
    assert status == 416
    assert headers["Access-Control-Allow-Origin"] == "*"
    status, headers, _ = await served.ask(path, "OPTIONS")
    assert status == 204
    assert "Range" in headers["Access-Control-Allow-Headers"]


async def test_the_list_says_what_is_held(served: Served, film: Hls):
    status, headers, body = await served.ask("/mirrorwise-mirror.json")
    assert status == 200
    assert json.loads(body)["videos"] == {uuid(1): sorted(film.files)}
    assert headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static",
        f"{PLACE}",
        f"{PLACE}/",
        f"{PLACE}/.mirrorwise.json",
        f"{PLACE}/../{uuid(1)}/x",
        f"{PLACE}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/lock",
        f"{PLACE}/..%2f..%2f..%2f..%2f..%2flock",
        "/%2e%2e/lock",
        "/..%2flock",
        "/.mirrorwise-mirror.json.new",
        "//etc/passwd",
        "/origin.json",
        "/%00",
    ],
)
async def test_nothing_else_is_served(served: Served, path: str):
    async with served.client.get(
        aiohttp.client.URL(served.url + path, encoded=True), allow_redirects=False
    ) as answer:
        assert answer.status == 404
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_nothing_is_taken_in(served: Served, film: Hls):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        status, headers, _ = await served.ask(f"{PLACE}/{film.master}", method)
        assert status == 405
        assert headers["Allow"] == "GET, HEAD, OPTIONS"


async def test_what_was_taken_out_is_served_no_longer(served: Served, film: Hls):
    served.store.drop(uuid(1))
    assert (await served.ask(f"{PLACE}/{film.master}"))[0] == 404
    assert json.loads((await served.ask("/mirrorwise-mirror.json"))[2])["videos"] == {}


async def test_one_address_does_not_take_everybodys_turn(mirrored: Mirrored, origin: Origin):
    origin.add(1, made_up(uuid(1)))
    async with AsyncExitStack() as stack:
        _, store = await stack.enter_async_context(mirrored.begun())
        settings = limits("127.0.0.1", 0).model_copy(update={"requests_per_minute": 3})
        sock = socket.create_server(("127.0.0.1", 0))
        await stack.enter_async_context(serving(app(store, settings, {}), settings, sock))
        client = await stack.enter_async_context(aiohttp.ClientSession())
        served = Served(f"http://127.0.0.1:{sock.getsockname()[1]}", store, client)
        asked = [await served.ask("/x", X_Forwarded_For="192.0.2.1") for _ in range(4)]
        assert [status for status, _, _ in asked] == [404, 404, 404, 429]
        assert int(asked[3][1]["Retry-After"]) >= 1
        # Who stands behind a proxy on this machine is known by what it says.
        assert (await served.ask("/x", X_Forwarded_For="192.0.2.2"))[0] == 404
