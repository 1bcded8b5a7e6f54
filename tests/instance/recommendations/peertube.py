"""A small PeerTube: an HTTP server on loopback that answers as PeerTube's API does."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha1
from typing import Any
from uuid import UUID

from aiohttp import web

from tests.instance.clock import CLOCK, NOW

PUBLIC, UNLISTED, PRIVATE = 1, 2, 3
BORN = NOW - timedelta(days=10)


def uuid(number: int) -> str:
    """Return the UUID of a video."""
    return str(UUID(int=number + (4 << 76) + (8 << 60)))


def video(number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a video with all of PeerTube's details, as it is but for `changes`."""
    actor = {
        "id": 1,
        "displayName": f"Channel {number % 5}",
        "host": "video.example",
        "url": "https://video.example/",
        "avatars": [],
    }
    when = (BORN + timedelta(minutes=number)).isoformat(timespec="milliseconds")
    return {
        "id": number,
        "uuid": uuid(number),
        "shortUUID": f"short{number}",
        "url": f"https://video.example/videos/watch/{uuid(number)}",
        "name": f"Video {number}",
        "category": {"id": number % 3 or None, "label": f"Category {number % 3}"},
        "licence": {"id": None, "label": "Unknown"},
        "language": {"id": "en", "label": "English"},
        "privacy": {"id": PUBLIC, "label": "Public"},
        "nsfw": False,
        "nsfwFlags": 0,
        "isLocal": True,
        "isLive": False,
        "duration": 300,
        "views": 100,
        "likes": 1,
        "dislikes": 0,
        "createdAt": when.replace("+00:00", "Z"),
        "publishedAt": when.replace("+00:00", "Z"),
        "updatedAt": when.replace("+00:00", "Z"),
        "account": actor | {"name": f"account{number % 5}"},
        "channel": actor | {"name": f"channel{number % 5}"},
        "thumbnails": [{"height": 9, "width": 16, "aspectRatio": "16:9", "fileUrl": "/t.jpg"}],
        "embedPath": "/videos/embed/x",
        "tags": [f"tag{number % 4}"],
        "description": "x" * 1000,
    } | changes


@dataclass
class PeerTube:
    """What is published, what lists hide although it can be had by name, and what was asked for."""

    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    hidden: set[str] = field(default_factory=set)
    down: bool = False
    url: str = ""

    def publish(self, *videos: dict[str, Any]) -> None:
        """Add videos, or replace them."""
        self.videos |= {each["uuid"]: each for each in videos}

    def change(self, number: int, **changes: Any) -> None:  # noqa: ANN401
        """Change a video as its owner, or a viewer, does."""
        self.videos[uuid(number)] |= {"updatedAt": CLOCK.now().isoformat()} | changes

    async def listed(self, request: web.Request) -> web.Response:
        """Answer as `GET /api/v1/videos` does to somebody who is not logged in."""
        self.asked["list"] += 1
        count = int(request.query["count"])
        if self.down or count > 100:
            return web.Response(status=503 if self.down else 400)
        shown = [each for uuid, each in self.videos.items() if uuid not in self.hidden]
        public = [each for each in shown if each["privacy"]["id"] == PUBLIC]
        public.sort(key=lambda each: str(each["publishedAt"]), reverse=True)
        start = int(request.query["start"])
        page = [
            {name: value for name, value in each.items() if name != "tags"}
            for each in public[start : start + count]
        ]
        body = json.dumps({"total": len(public), "data": page}).encode()
        etag = f'W/"{sha1(body).hexdigest()}"'  # noqa: S324 - as Express does
        if request.headers.get("If-None-Match") == etag:
            self.asked["unchanged"] += 1
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, content_type="application/json", headers={"ETag": etag})

    async def detailed(self, request: web.Request) -> web.Response:
        """Answer as `GET /api/v1/videos/{uuid}` does."""
        self.asked["details"] += 1
        found = self.videos.get(request.match_info["uuid"])
        if self.down:
            return web.Response(status=503)
        if found is None:
            return web.json_response({"status": 404}, status=404)
        if found["privacy"]["id"] == PRIVATE:
            return web.json_response({"status": 401}, status=401)
        return web.Response(body=json.dumps(found).encode(), content_type="application/json")


@asynccontextmanager
async def serving() -> AsyncIterator[PeerTube]:
    """Serve a PeerTube without videos."""
    peertube = PeerTube()
    app = web.Application()
    app.router.add_get("/api/v1/videos", peertube.listed)
    app.router.add_get("/api/v1/videos/{uuid}", peertube.detailed)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    peertube.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield peertube
    finally:
        await runner.cleanup()
