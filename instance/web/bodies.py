"""Reading of request bodies, bounded in number, size and time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import hdrs, web

from ..settings import Settings
from .errors import RequestError

# In memory at once: 32 of 256 kB, and some ten times that while they are parsed.
MOST_BODIES = 32
CLOSE = {"Connection": "close"}


class Bodies:
    """Reads all bodies, so that the bounds hold for all endpoints together."""

    def __init__(self, settings: Settings) -> None:
        self._most_bytes = settings.max_body_bytes
        self._timeout_s = settings.read_timeout_s
        self._in_memory = asyncio.Semaphore(MOST_BODIES)

    @asynccontextmanager
    async def read(self, request: web.Request) -> AsyncIterator[bytes]:
        """Give the body of a request; wait while too many are in memory."""
        async with self._in_memory:
            yield await self._body(request)

    async def _body(self, request: web.Request) -> bytes:
        if request.content_type != "application/json" or hdrs.CONTENT_ENCODING in request.headers:
            raise RequestError(415, "content-type", "must be application/json, without compression")
        if (request.content_length or 0) > self._most_bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await request.read()
        except TimeoutError:
            raise RequestError(408, "body", "did not arrive in time", CLOSE) from None
        except web.HTTPRequestEntityTooLarge:
            raise self._too_large() from None

    def _too_large(self) -> RequestError:
        return RequestError(413, "body", f"must be at most {self._most_bytes} bytes", CLOSE)
