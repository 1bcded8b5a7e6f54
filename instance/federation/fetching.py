"""HTTP client for other instances: bounded in size, time, rate and redirects, and conditional."""

import asyncio
from collections.abc import Collection
from time import monotonic
from typing import NamedTuple, Self

import aiohttp

from .addresses import AddressError, PublicResolver, refuse_private

TIMEOUT = aiohttp.ClientTimeout(total=20)
# One request at a time to all of them together: what is said changes once a week.
PAUSE_S = 0.3
CHUNK = 65_536
# Uncompressed, so that nothing small becomes large.
PLAIN = {"Accept-Encoding": "identity", "User-Agent": "mirrorwise"}


class FetchError(Exception):
    """There is no answer, or none that may be read; the message says why."""


class Answer(NamedTuple):
    """The body and its ETag; without a body nothing has changed since that ETag."""

    body: bytes | None
    etag: str


class Fetcher:
    """Asks addresses, one at a time; `allowed` are the origins that may be private."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = allowed
        self._lock = asyncio.Lock()
        self._next_s = 0.0
        self._client: aiohttp.ClientSession | None = None

    async def get(self, url: str, most_bytes: int, etag: str = "") -> Answer:
        """Return what is at an address, or raise FetchError."""
        try:
            refuse_private(url, self._allowed)
        except AddressError as error:
            raise FetchError(f"{url} {error}") from None
        async with self._lock:
            await asyncio.sleep(self._next_s - monotonic())
            self._next_s = monotonic() + PAUSE_S
            try:
                return await self._get(url, most_bytes, etag)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                reason = getattr(error, "os_error", None) or error
                raise FetchError(f"{url}: {reason or 'did not answer in time'}") from None

    async def _get(self, url: str, most_bytes: int, etag: str) -> Answer:
        headers = PLAIN | ({"If-None-Match": etag} if etag else {})
        async with self._session().get(url, headers=headers, allow_redirects=False) as answer:
            found = answer.headers.get("ETag", "")[:200]
            if answer.status == 304 and etag:
                return Answer(None, etag)
            if 300 <= answer.status < 400:
                raise FetchError(f"{url} redirects elsewhere; add the address that it leads to")
            if answer.status != 200:
                raise FetchError(f"{url} answers {answer.status}")
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise FetchError(f"{url} answers compressed, which was not asked for")
            body = b""
            async for chunk in answer.content.iter_chunked(CHUNK):
                body += chunk
                if len(body) > most_bytes:
                    answer.close()
                    raise FetchError(f"{url} is larger than {most_bytes} bytes")
            return Answer(body, found)

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            connector = aiohttp.TCPConnector(
                resolver=PublicResolver(self._allowed), use_dns_cache=False, force_close=True
            )
            self._client = aiohttp.ClientSession(
                timeout=TIMEOUT,
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._client

    async def close(self) -> None:
        """Close all connections."""
        if self._client:
            await self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
