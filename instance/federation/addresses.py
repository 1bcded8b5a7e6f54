"""Addresses that may be asked: https on the public internet, unless the settings name them too.

Whoever names an address, a directory above all, must not make the service ask machines of its own
network. An administrator who wants that adds the address *and* names its origin in
`federation_private`: one slip is not enough.
"""

import socket
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from .register import origin_of

PATH = "/plugins/mirrorwise/router/federation"
LONGEST = 300


class AddressError(ValueError):
    """An address is refused; the message says why."""


def normalised(address: str) -> str:
    """Return an address as it is kept: lower-case origin, no slash at the end.

    >>> normalised("https://A.example/")
    'https://a.example'
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        raise AddressError("is no address such as https://video.example") from None
    named = parts.scheme in ("http", "https") and parts.hostname and len(address) <= LONGEST
    if not named or parts.query or parts.fragment or parts.username is not None:
        raise AddressError("must be an address such as https://video.example")
    if not address.isascii() or any(letter <= " " for letter in address.strip()):
        raise AddressError("must be ASCII without spaces")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    netloc = host if port is None else f"{host}:{port}"
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


def documents_at(address: str) -> str:
    """Return where the documents of an instance are: of an origin, where its plugin serves them.

    >>> documents_at("https://a.example")
    'https://a.example/plugins/mirrorwise/router/federation/documents'
    >>> documents_at("https://static.example/a")
    'https://static.example/a/documents'
    """
    return f"{address}{'' if urlsplit(address).path else PATH}/documents"


def refuse_private(address: str, allowed: Collection[str]) -> None:
    """Raise AddressError for http, and for an address that is written as a private number."""
    if origin_of(address) in allowed:
        return
    parts = urlsplit(address)
    if parts.scheme != "https":
        raise AddressError("does not begin with https")
    try:
        public = ip_address(parts.hostname or "").is_global
    except ValueError:  # a name, which `PublicResolver` looks up
        return
    if not public:
        raise AddressError("is an address of a private network")


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only, but for hosts that are allowed.

    The connection goes to what is checked here: no second look-up can lead elsewhere.
    """

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = {urlsplit(origin).hostname for origin in allowed}
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raise OSError if one of them is private."""
        found = await self._resolver.resolve(host, port, family)
        private = [each for each in found if not ip_address(each["host"]).is_global]
        if private and host not in self._allowed:
            raise OSError(f"{host} is on a private network")
        return found

    async def close(self) -> None:
        """Close the resolver."""
        await self._resolver.close()
