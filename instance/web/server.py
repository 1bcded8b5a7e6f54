"""One worker: an application behind a listening socket, with everything bounded."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import web

from ..settings import Settings
from .app import Service
from .rate_limit import TurnedAway

# A refused body is read and thrown away for this long, so that the refusal is received.
LINGER_S = 1.0
SHUTDOWN_S = 5.0
BACKLOG = 256


def listen(settings: Settings) -> socket.socket:
    """Return the listening socket that all workers share.

    Who asks and then does not read would hold a connection for ever: Linux closes it.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        patience_ms = round(1000 * settings.read_timeout_s)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience_ms)
    return sock


def address(host: str, port: int) -> str:
    """Return the URL of a service that listens there."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def serving(service: Service, sock: socket.socket) -> AsyncIterator[None]:
    """Answer requests while the context is open, then finish those under way.

    aiohttp closes a connection on which no request head has arrived within
    `keepalive_timeout` since it was opened or last answered: that is what a slow-loris
    meets. The bodies have their own deadline.
    """
    settings = service.settings
    runner = web.AppRunner(
        service.app(),
        access_log=None,  # Addresses are not kept.
        keepalive_timeout=settings.read_timeout_s,
        lingering_time=LINGER_S,
        read_bufsize=65_536,
        auto_decompress=False,
        shutdown_timeout=SHUTDOWN_S,
        handler_cancellation=True,
    )
    await runner.setup()
    server = cast("web.Server", runner.server)

    def door() -> asyncio.Protocol:
        return server() if len(server.connections) < settings.max_connections else TurnedAway()

    listening = await asyncio.get_running_loop().create_server(door, sock=sock)
    try:
        yield
    finally:
        listening.close()
        await runner.cleanup()
