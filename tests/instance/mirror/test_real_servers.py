"""nginx and Caddy, as docs/mirrors.md sets them up, give browsers what they need of a mirror."""

import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from instance.mirror.serving import app, limits
from instance.web.server import serving as served_by_itself
from tests.instance.mirror.conftest import Mirrored
from tests.instance.mirror.hls import FOLDER, Hls
from tests.instance.mirror.origin import Origin
from tests.instance.mirror.servers import serving
from tests.instance.recommendations.peertube import uuid

PLACE = f"http://mirror.example/{FOLDER}/{uuid(1)}"


@pytest.fixture
async def filled(mirrored: Mirrored, origin: Origin, film: Hls) -> AsyncIterator[Mirrored]:
    """Return a mirror that holds a real video."""
    origin.add(1, film)
    yield await mirrored.run()


async def ask(client: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, Any, bytes]:
    """Ask as a page of the instance does."""
    said = {"Origin": "https://video.example", "Accept-Encoding": "gzip, br", **headers}
    async with client.get(url, headers=said, allow_redirects=False) as answer:
        return answer.status, answer.headers, await answer.read()


async def assert_plays(client: aiohttp.ClientSession, film: Hls) -> None:
    """Fetch everything as a player does."""
    for file, ranges in json.loads(film.files[film.digests]).items():
        for span in ranges:
            start, end = map(int, span.split("-"))
            status, headers, body = await ask(client, f"{PLACE}/{file}", Range=f"bytes={span}")
            assert status == 206
            assert body == film.files[file][start : end + 1]
            assert headers["Content-Range"] == f"bytes {span}/{len(film.files[file])}"
            assert headers.getall("Access-Control-Allow-Origin") == ["*"]
            assert "Content-Range" in headers["Access-Control-Expose-Headers"]
    for file in (film.master, film.digests):
        status, headers, body = await ask(client, f"{PLACE}/{file}")
        assert (status, body) == (200, film.files[file])
        assert headers.getall("Access-Control-Allow-Origin") == ["*"]


@pytest.mark.parametrize("name", ["nginx_static", "caddy_static"])
async def test_a_folder_served_by_another_server(
    name: str, filled: Mirrored, film: Hls, tmp_path: Path
):
    async with serving(name, tmp_path / "server", filled.folder) as client:
        await assert_plays(client, film)
        said = json.loads((await ask(client, "http://mirror.example/mirrorwise-mirror.json"))[2])
        assert said["videos"] == {uuid(1): sorted(film.files)}
        for hidden in (f"{PLACE}/.mirrorwise.json", f"{PLACE}/", "http://mirror.example/"):
            status, _, body = await ask(client, hidden)
            assert status in (403, 404), hidden
            assert uuid(1).encode() not in body


async def test_caddy_before_a_mirror_that_serves_by_itself(
    filled: Mirrored, film: Hls, tmp_path: Path
):
    async with filled.begun() as (_, store):
        settings = limits("127.0.0.1", 0)
        sock = socket.create_server(("127.0.0.1", 0))
        where = f"127.0.0.1:{sock.getsockname()[1]}"
        async with (
            served_by_itself(app(store, settings, {}), settings, sock),
            serving("caddy_proxy", tmp_path / "server", filled.folder, where) as client,
        ):
            await assert_plays(client, film)


async def test_a_cache_that_fills_itself(origin: Origin, film: Hls, tmp_path: Path):
    origin.add(1, film)
    told: list[set[str]] = []
    origin.fault = lambda request: told.append({*request.headers})
    async with serving("nginx_cache", tmp_path / "server", tmp_path, origin.url) as client:
        await assert_plays(client, film)
        asked = [path for path, _ in origin.asked_ranges]
        assert {*asked} == {path for path in origin.files if path.endswith((".mp4", ".json"))} | {
            f"/{FOLDER}/{uuid(1)}/{film.master}"
        }
        # One megabyte at a time: each of these files is fetched once, however it is asked for.
        assert len(asked) == len({*asked})
        secret = {"Cookie": "a=b", "Authorization": "Bearer x", "Referer": "https://a.example/"}
        status, _, _ = await ask(client, f"{PLACE}/{uuid(1)}-90.m3u8", **secret)
        assert status == 200
        assert not {"Cookie", "Authorization", "Referer"} & set.union(*told)
        # What it has it gives, also when the instance is away; it passes nothing else on.
        told.clear()
        await assert_plays(client, film)
        for path in ("/api/v1/videos", f"/{FOLDER}/private/{uuid(1)}/a.mp4", "/", "/static/x"):
            assert (await ask(client, f"http://mirror.example{path}"))[0] == 404
        assert told == []
