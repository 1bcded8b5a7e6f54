"""Client of an origin: its API and its files, from the named hosts alone, at a polite pace.

Only addresses that the operator has typed are asked: nothing that an API says, and no redirect,
leads anywhere else. So no address in a private network is reached by what a stranger has written.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import NamedTuple

import aiohttp

from .errors import Changed, Gone, Refused, Unanswered

# PeerTube's rate limit is 50 requests in 10 s for an address, which we may share with others.
PAUSE_S = 0.3
# Between two pieces of a body; a file may take hours.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
MOST_JSON_BYTES = 8 << 20
PIECE_BYTES = 1 << 18
# An origin that asks for more patience than this is left alone until the next round.
LONGEST_WAIT_S = 60.0
LONGEST_RETRY_AFTER_S = 3600.0
MOST_WAITS = 3
NOT_PUBLIC = (401, 403, 404, 410)
WAITS = (429, 503)
CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")


class Answer(NamedTuple):
    """A JSON document and its version; None as document when the version known is still that."""

    etag: str
    said: object


class Body(NamedTuple):
    """The pieces of a file from byte `start` on."""

    start: int
    pieces: AsyncIterator[bytes]


class Client:
    """Asks an origin, and the hosts that keep its files; one request begins at a time."""

    def __init__(
        self, origin: str, storage: tuple[str, ...] = (), bytes_per_s: int | None = None
    ) -> None:
        self.origin = origin
        self._hosts = {origin, *storage}
        self._bytes_per_s = bytes_per_s
        self._lock = asyncio.Lock()
        self._next_s = 0.0
        self._next_byte_s = 0.0
        self._session: aiohttp.ClientSession | None = None
        self.received_bytes = 0

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()

    def require_known(self, url: str) -> None:
        """Refuse an address that is at another host than those that the operator named."""
        host = "/".join(url.split("/", 3)[:3])
        if host not in self._hosts:
            raise Refused(
                f"names files at {host[:100]}; if these are the instance's own (object storage), "
                f"add --storage {host[:100]}"
            )

    async def json(self, path: str, query: Mapping[str, str], etag: str = "") -> Answer:
        """Ask the API; raise `Gone` when it says that there is no such thing for the public."""
        url = self.origin + path
        headers = {"If-None-Match": etag} if etag else {}
        async with self._get(url, headers, query) as answer:
            if answer.status == 304 and etag:
                return Answer(etag, None)
            # A proxy's page of that status says nothing of the video: PeerTube answers in JSON.
            if answer.status in NOT_PUBLIC and "json" in answer.content_type:
                raise Gone(f"{url} answers {answer.status}")
            if answer.status != 200:
                raise Unanswered(f"{url} answers {answer.status}")
            body = await _whole(answer, MOST_JSON_BYTES)
            if body is None:
                raise Unanswered(f"{url} sends more than {MOST_JSON_BYTES} bytes")
            try:
                return Answer(answer.headers.get("ETag", ""), json.loads(body))
            except (ValueError, RecursionError):
                raise Unanswered(f"{url} does not answer with JSON") from None

    async def text(self, url: str, most_bytes: int) -> str:
        """Return a small file; raise `Changed` when it is there no longer."""
        self.require_known(url)
        async with self._get(url, {}) as answer:
            if answer.status in NOT_PUBLIC:
                raise Changed(f"{url} answers {answer.status}")
            if answer.status != 200:
                raise Unanswered(f"{url} answers {answer.status}")
            body = await _whole(answer, most_bytes)
            if body is None:
                raise Refused(f"{_name(url)} has more than {most_bytes} bytes")
            try:
                return body.decode()
            except UnicodeDecodeError:
                raise Refused(f"{_name(url)} is not text") from None

    @asynccontextmanager
    async def body(self, url: str, start: int, end: int) -> AsyncIterator[Body]:
        """Yield the bytes of a file from `start`, or from 0 if the host knows no ranges."""
        self.require_known(url)
        headers = {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
        async with self._get(url, headers) as answer:
            if answer.status in (*NOT_PUBLIC, 416):
                raise Changed(f"{_name(url)}: the origin answers {answer.status}")
            if answer.status not in (200, 206):
                raise Unanswered(f"{url} answers {answer.status}")
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise Refused(f"{_name(url)} is sent compressed, which was not asked for")
            if answer.status == 206:
                found = CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
                if not found or int(found[1]) != start or int(found[2]) >= end:
                    raise Refused(f"{_name(url)}: another range is sent than was asked for")
            yield Body(start if answer.status == 206 else 0, self._pieces(answer))

    async def _pieces(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        try:
            async for piece in answer.content.iter_chunked(PIECE_BYTES):
                self.received_bytes += len(piece)
                yield piece
                await self._pace(len(piece))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unanswered(f"{answer.url}: {error or type(error).__name__}") from error

    async def _pace(self, size: int) -> None:
        """Wait until `size` bytes are within the rate."""
        if self._bytes_per_s:
            self._next_byte_s = max(self._next_byte_s, monotonic()) + size / self._bytes_per_s
            await asyncio.sleep(self._next_byte_s - monotonic())

    @asynccontextmanager
    async def _get(
        self, url: str, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask, and ask again when the origin says how long to wait and that is not long."""
        self._session = self._session or aiohttp.ClientSession(timeout=TIMEOUT)
        for waits in range(MOST_WAITS + 1):
            await self._turn(url)
            try:
                answer = await self._session.get(
                    url, headers=headers, params=query or {}, allow_redirects=False
                )
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                raise Unanswered(f"{url}: {error or type(error).__name__}") from error
            async with answer:
                wait_s = _retry_after_s(answer)
                if wait_s is not None:
                    self._next_s = monotonic() + wait_s
                    if wait_s <= LONGEST_WAIT_S and waits < MOST_WAITS:
                        continue
                    raise Unanswered(f"{url} asks to wait for {wait_s:.0f} s")
                if 300 <= answer.status < 400 and answer.status != 304:
                    raise Unanswered(f"{url} redirects elsewhere, which is not followed")
                try:
                    yield answer
                except (aiohttp.ClientError, TimeoutError) as error:
                    raise Unanswered(f"{url}: {error or type(error).__name__}") from error
                return

    async def _turn(self, url: str) -> None:
        """Wait for the pause between requests to be over."""
        async with self._lock:
            wait_s = self._next_s - monotonic()
            if wait_s > LONGEST_WAIT_S:
                raise Unanswered(f"{url}: the origin asks to wait for {wait_s:.0f} s more")
            await asyncio.sleep(wait_s)
            self._next_s = monotonic() + PAUSE_S


def _retry_after_s(answer: aiohttp.ClientResponse) -> float | None:
    """Return how long the origin asks to wait; None when it does not."""
    if answer.status not in WAITS or "Retry-After" not in answer.headers:
        return None
    said = answer.headers["Retry-After"].strip()
    # The other form, a date, is as good as "later".
    seconds = float(said) if said.isascii() and said.isdigit() else LONGEST_WAIT_S
    return min(seconds, LONGEST_RETRY_AFTER_S)


async def _whole(answer: aiohttp.ClientResponse, most_bytes: int) -> bytes | None:
    """Return a whole body; None when it has more bytes than are taken."""
    body = bytearray()
    async for piece in answer.content.iter_chunked(PIECE_BYTES):
        body += piece
        if len(body) > most_bytes:
            return None
    return bytes(body)


def _name(url: str) -> str:
    return url.rpartition("/")[2]
