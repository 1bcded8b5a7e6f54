"""Client of PeerTube's public API: one request at a time, with pauses, and ETags where possible."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import aiohttp
import orjson

from .public_video import parse

# PeerTube's rate limit is 50 requests in 10 s for an address, which we may share with others.
PAUSE_S = 0.3
PAGE = 100
TIMEOUT = aiohttp.ClientTimeout(total=10)
# A page of a hundred videos has some 400 kB.
MOST_BYTES = 8 << 20
MOST_PAGES_KNOWN = 256
NOT_PUBLIC = (401, 403, 404, 410)


class Unanswered(Exception):  # noqa: N818 - it says a state, as HTTP 503 does
    """PeerTube did not answer, or not as expected: try again later."""


@dataclass(frozen=True)
class Page:
    """Some public videos as they are listed, which is without their tags."""

    videos: list[dict[str, Any]]
    total: int


class PeerTube:
    """A client of the PeerTube at `url`, without any credentials."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/v1/videos"
        self._lock = asyncio.Lock()
        self._next_s = 0.0
        self._client: aiohttp.ClientSession | None = None
        self._pages: OrderedDict[int, tuple[str, Page]] = OrderedDict()

    async def page(self, start: int) -> Page:
        """Return the public videos from the `start`-th newest on."""
        query = {"start": f"{start}", "count": f"{PAGE}", "sort": "-publishedAt", "nsfw": "both"}
        etag, known = self._pages.get(start, ("", None))
        headers = {"If-None-Match": etag} if known else {}
        status, etag, said = await self._get(self._url, headers, query)
        if status == 304 and known:
            return known
        if status != 200:
            raise Unanswered(f"{self._url} answers {status}")
        page = _page(said)
        self._pages[start] = etag, page
        if not etag or len(self._pages) > MOST_PAGES_KNOWN:
            self._pages.popitem()
        return page

    async def video(self, uuid: str) -> dict[str, Any] | None:
        """Return a public video with its tags; None when no public video has that UUID."""
        status, _, said = await self._get(f"{self._url}/{uuid}", {}, {})
        if status in NOT_PUBLIC:
            return None
        if status != 200:
            raise Unanswered(f"{self._url}/{uuid} answers {status}")
        return parse(said)

    async def close(self) -> None:
        """Close the connection."""
        if self._client:
            await self._client.close()

    async def _get(
        self, url: str, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> tuple[int, str, object]:
        self._client = self._client or aiohttp.ClientSession(timeout=TIMEOUT)
        async with self._lock:
            await asyncio.sleep(self._next_s - monotonic())
            self._next_s = monotonic() + PAUSE_S
            try:
                async with self._client.get(
                    url, headers=headers, params=query, allow_redirects=False
                ) as answer:
                    return answer.status, answer.headers.get("ETag", ""), await _json(answer)
            except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
                raise Unanswered(f"{url}: {error or type(error).__name__}") from error


async def _json(answer: aiohttp.ClientResponse) -> object:
    """Return the body's JSON; None for a failed answer, or one of more than `MOST_BYTES`."""
    if answer.status != 200:
        return None
    body = await answer.content.read(MOST_BYTES)
    while not answer.content.at_eof():
        body += await answer.content.read(MOST_BYTES)
        if len(body) > MOST_BYTES:
            answer.close()
            return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # Text with half a surrogate pair, which Node writes and orjson refuses: a text that was
        # cut in the middle of an emoji. `parse` leaves out that video alone.
        return json.loads(body)


def _page(said: object) -> Page:
    if not isinstance(said, dict) or not isinstance(said.get("data"), list):
        raise Unanswered("the list of videos is not of PeerTube's form")
    total = said.get("total")
    videos = [video for each in said["data"] if (video := parse(each)) is not None]
    return Page(videos, total if isinstance(total, int) else len(videos))
