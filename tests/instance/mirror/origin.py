"""An instance to mirror: PeerTube's API and its static files, over HTTP on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from aiohttp import web

from tests.instance.mirror.hls import FOLDER, Hls
from tests.instance.recommendations.peertube import PeerTube, uuid, video

PIECE_BYTES = 8192

Fault = Callable[[web.Request], Awaitable[web.StreamResponse | None] | None]


@dataclass
class Origin(PeerTube):
    """What is published, what is asked for, and what goes wrong."""

    files: dict[str, bytes] = field(default_factory=dict)
    # Answers a request in place of the instance, or lets it pass.
    fault: Fault = lambda _: None
    # Called when a piece of a file has been sent.
    sent: Callable[[int], Awaitable[None] | None] = lambda _: None
    asked_ranges: list[tuple[str, str]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    playlists: dict[str, list[str]] = field(default_factory=dict)
    # Where files are, when not here (object storage), and below which path.
    storage: str = ""
    folder: str = FOLDER

    def add(self, number: int, hls: Hls, **changes: Any) -> str:  # noqa: ANN401
        """Publish a video with its files, or in place of what it was."""
        name = uuid(number)
        folder = f"/{self.folder}/{name}"
        if name in self.videos:
            others = {path: one for path, one in self.files.items() if name not in path}
            self.files = others
        self.files |= {f"{folder}/{file}": bytes_ for file, bytes_ in hls.files.items()}
        host = self.storage or self.url
        addresses = {
            "id": 1,
            "type": 1,
            "playlistUrl": f"{host}{folder}/{hls.master}",
            "segmentsSha256Url": f"{host}{folder}/{hls.digests}",
            "redundancies": [],
            "files": [],
        }
        self.publish(video(number, streamingPlaylists=[addresses], **changes))
        return name

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, or let it go wrong."""
        said = self.fault(request)
        wrong = await said if isinstance(said, Awaitable) else said
        if wrong is not None:
            return wrong
        parts = request.path.strip("/").split("/")
        match parts:
            case ["api", "v1", "videos"]:
                return await self.listed(request)
            case ["api", "v1", "videos", name]:
                request.match_info["uuid"] = name
                return await self.detailed(request)
            case ["api", "v1", "video-channels", name, "videos"]:
                return self.of_channel(name)
            case ["api", "v1", "video-playlists", name, "videos"]:
                return self.of_playlist(name)
        return await self.file(request)

    def of_channel(self, name: str) -> web.Response:
        """Answer with a channel's videos."""
        if name in self.gone:
            return web.json_response({"status": 404}, status=404)
        found = [one for one in self.videos.values() if one["channel"]["name"] == name]
        return web.json_response({"total": len(found), "data": found})

    def of_playlist(self, name: str) -> web.Response:
        """Answer with a playlist's elements, of which one was deleted."""
        data: list[dict[str, Any]] = [{"id": 0, "position": 1, "video": None}]
        data += [{"video": self.videos[each]} for each in self.playlists[name]]
        return web.json_response({"total": len(data), "data": data})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Answer as nginx does: ranges, ETag, no Cache-Control."""
        found = self.files.get(request.path)
        self.asked_ranges.append((request.path, request.headers.get("Range", "")))
        if found is None:
            return web.Response(status=404)
        asked = request.http_range
        start, stop = asked.start or 0, min(asked.stop or len(found), len(found))
        status = 206 if "Range" in request.headers else 200
        if start >= stop:
            return web.Response(status=416)
        headers = {"ETag": f'"{sha1(found).hexdigest()}"', "Accept-Ranges": "bytes"}  # noqa: S324
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(found)}"
        response = web.StreamResponse(status=status, headers=headers)
        response.content_length = stop - start
        await response.prepare(request)
        for at in range(start, stop, PIECE_BYTES):
            piece = found[at : min(at + PIECE_BYTES, stop)]
            await response.write(piece)
            if pause := self.sent(len(piece)):
                await pause
        return response

    def media_sent(self) -> list[str]:
        """Return the names of the video files that were asked for."""
        return [path.rpartition("/")[2] for path, _ in self.asked_ranges if path.endswith(".mp4")]


@asynccontextmanager
async def serving(**said: Any) -> AsyncIterator[Origin]:  # noqa: ANN401
    """Serve an instance without videos."""
    origin = Origin(**said)
    app = web.Application()
    app.router.add_get("/{path:.*}", origin.answer)
    # One that was killed must not be waited for.
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    origin.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield origin
    finally:
        await runner.cleanup()


async def hang(_: web.Request) -> None:
    """Never answer."""
    await asyncio.Event().wait()
