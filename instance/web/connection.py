"""One connection: how many an address may have, and what is answered to that which is not HTTP."""

import asyncio
from collections import Counter
from typing import Any, cast

from aiohttp import web

from ..settings import Settings
from .addresses import is_among, subscriber
from .errors import RequestError, bounded, refusal, with_safe_headers

# A refused body is read and thrown away for this long, so that the refusal is received.
LINGER_S = 1.0
NOT_HTTP = "is not HTTP as this service reads it"
BODY = b'{"error":{"field":"connections","reason":"are all taken; try again"}}'
TURNED_AWAY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)


class ConnectionLimit:
    """Counts the open connections of each address; those of trusted proxies are not limited."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.max_connections
        self._most_each = settings.connections_per_address
        self._proxies = settings.trusted_proxies
        self._open: Counter[bytes] = Counter()

    def admit(self, address: str) -> bool:
        """Count a new connection, or say that there are too many."""
        name = subscriber(address)
        too_many = self._open[name] >= self._most_each and not is_among(address, self._proxies)
        if too_many or self._open.total() >= self._most:
            return False
        self._open[name] += 1
        return True

    def closed(self, address: str) -> None:
        """Count an admitted connection no more."""
        name = subscriber(address)
        self._open[name] -= 1
        if not self._open[name]:
            del self._open[name]


class Connection(web.RequestHandler):
    """aiohttp's protocol, which refuses and logs malformed requests in this service's way.

    aiohttp closes a connection on which no request head has arrived within
    `keepalive_timeout` since it was opened or last answered, which bounds a slow-loris attack.
    Bodies have their own deadline (`Bodies`).
    """

    __slots__ = ("_admitted", "_limit")

    def __init__(self, server: "web.Server", limit: ConnectionLimit, timeout_s: float) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # Addresses are not kept.
            keepalive_timeout=timeout_s,
            lingering_time=LINGER_S,
            read_bufsize=65_536,
            auto_decompress=False,
        )
        self._limit = limit
        self._admitted: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve the connection, or answer 503 and close it when there are too many."""
        address = (transport.get_extra_info("peername") or [""])[0]
        if self._limit.admit(address):
            self._admitted = address
            super().connection_made(transport)
            return
        opened = cast(asyncio.Transport, transport)
        opened.write(TURNED_AWAY)
        opened.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count the connection no more."""
        if self._admitted is not None:
            self._limit.closed(self._admitted)
            super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it may quote what was sent
    ) -> web.StreamResponse:
        """Answer a request that could not be read, or whose handler failed, and close."""
        kind = type(exc).__name__ if exc else "error"
        bounded.warning(kind, f"a request was refused with {status}: {kind}")
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun, so no error can be sent")
        answer = with_safe_headers(refusal(RequestError(status, "request", NOT_HTTP)))
        answer.force_close()
        return answer

    def log_exception(self, *_: object, **kw: Any) -> None:  # noqa: ANN401
        """Log an error of the connection without what was sent on it."""
        error = kw.get("exc_info")
        found = error if isinstance(error, BaseException) else None
        bounded.warning("connection", "a connection failed", found)
