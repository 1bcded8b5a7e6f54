"""The HTTP server of one worker: connections, timeouts and buffers are bounded."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import web

from ..settings import Settings
from .connection import Connection, ConnectionLimit

SHUTDOWN_S = 5.0
BACKLOG = 256


def listen(settings: Settings) -> socket.socket:
    """Return the listening socket that all workers share.

    A client that does not read its answer would hold a connection for ever: TCP_USER_TIMEOUT
    makes Linux close it.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        timeout_ms = round(1000 * settings.read_timeout_s)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout_ms)
    return sock


def address(host: str, port: int) -> str:
    """Return the URL of a service that listens on `host` and `port`."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def serving(
    app: web.Application, settings: Settings, sock: socket.socket
) -> AsyncIterator[None]:
    """Answer requests while the context is open, then finish those under way."""
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_S, handler_cancellation=True)
    await runner.setup()
    server = cast("web.Server", runner.server)
    limit = ConnectionLimit(settings)

    def protocol() -> asyncio.Protocol:
        return Connection(server, limit, settings.read_timeout_s)

    listening = await asyncio.get_running_loop().create_server(protocol, sock=sock)
    try:
        yield
    finally:
        listening.close()
        await runner.cleanup()
