"""Who is at the other end of a loopback connection, by the kernel's table of sockets.

That a connection comes from this machine proves little: a proxy on it looks local, whoever it
asks for. But the kernel knows which user owns each socket. Only a program of the service's own
user is surely its operator's; a proxy runs as another.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

TABLES = {socket.AF_INET: Path("/proc/net/tcp"), socket.AF_INET6: Path("/proc/net/tcp6")}
LOCAL, REMOTE, USER = 1, 2, 7


def is_own_user(request: web.Request) -> bool:
    """Say whether the client is a program of the service's own user; False where none can tell."""
    transport = request.transport
    if transport is None:
        return False
    opened: socket.socket = transport.get_extra_info("socket")
    peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    family = opened.family if opened else socket.AF_UNSPEC
    if family not in TABLES:
        return False
    wanted = _written(family, peer), _written(family, own)
    with suppress(OSError, IndexError):
        for line in TABLES[family].read_text().splitlines()[1:]:
            fields = line.split()
            if (fields[LOCAL], fields[REMOTE]) == wanted:
                return int(fields[USER]) == os.getuid()
    return False


def _written(family: int, address: tuple[Any, ...]) -> str:
    """Return an address as the table writes it: words of 32 bits in the machine's byte order.

    >>> _written(socket.AF_INET, ("127.0.0.1", 9850))
    '0100007F:267A'
    """
    packed = socket.inet_pton(family, address[0])
    words = [packed[at : at + 4][::-1].hex() for at in range(0, len(packed), 4)]
    return f"{''.join(words)}:{address[1]:04x}".upper()
