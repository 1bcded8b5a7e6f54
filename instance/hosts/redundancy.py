"""Redundancy: of which other instances a mirror keeps copies, as the mirror itself says.

Reports cannot tell, because viewers of other instances report there. But every PeerTube lists
the instances that it follows, and says of each whether it copies its videos
(`hostRedundancyAllowed`, set with "redundancy" in its administration). Videos that are copied
by hand, one by one, are not in that list. The request tells a mirror nothing about viewers.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from ipaddress import ip_address
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import orjson

# Reserved domains (RFC 2606): mirrors there are invented, such as those of `simulate`.
INVENTED = (".example", ".invalid", ".test")
# Administrators change this seldom; a mirror that does not answer may be back soon.
FRESH_S, RETRY_S = 86_400.0, 600.0
TIMEOUT = aiohttp.ClientTimeout(total=5)
AT_ONCE = 16
# PeerTube lists a hundred at most at once, of some 2 kB each.
FOLLOWED = {"start": "0", "count": "100", "state": "accepted"}
MOST_BYTES = 1 << 20


class Shared(NamedTuple):
    """One mirror, and the other instances that it copies; null when it does not say."""

    host: str
    others: tuple[str, ...] | None


class Redundancy:
    """Asks mirrors which instances they copy, and caches the answers for a day."""

    def __init__(self, own: str | None, trusted: Collection[str] = ()) -> None:
        self._own = urlsplit(own or "").netloc
        self._trusted = frozenset(trusted)
        self._lock = asyncio.Lock()
        self._known: Mapping[str, tuple[Shared, float]] = {}

    async def of(self, mirrors: Collection[str]) -> list[Shared]:
        """Return the answers of `mirrors`, in their order; answers of others are dropped."""
        async with self._lock:
            now_s = monotonic()
            fresh = {
                mirror: known
                for mirror, known in self._known.items()
                if mirror in mirrors and now_s < known[1]
            }
            asked = await self._ask([mirror for mirror in mirrors if mirror not in fresh])
            told = {
                each.host: (each, now_s + (RETRY_S if each.others is None else FRESH_S))
                for each in asked
            }
            self._known = fresh | told
            return [self._known[mirror][0] for mirror in mirrors]

    async def _ask(self, mirrors: Sequence[str]) -> list[Shared]:
        if not mirrors:
            return []
        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        async with aiohttp.ClientSession(timeout=TIMEOUT, connector=connector) as client:
            return await asyncio.gather(*(self._ask_one(client, mirror) for mirror in mirrors))

    async def _ask_one(self, client: aiohttp.ClientSession, mirror: str) -> Shared:
        name = urlsplit(mirror).hostname or ""
        if name.endswith(INVENTED) or not (mirror in self._trusted or await _is_public(name)):
            return Shared(mirror, None)
        url = f"{mirror}/api/v1/server/following"
        try:
            async with client.get(url, params=FOLLOWED, allow_redirects=False) as answer:
                body = await _body(answer)
            copied = _copied(orjson.loads(body))
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
            return Shared(mirror, None)
        return Shared(mirror, tuple(sorted(copied - {self._own})))


async def _is_public(name: str) -> bool:
    """Say whether all addresses of a host are public.

    A report may name any host. Nobody may make the service ask machines of its own network.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, None)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ip_address(address[0]).is_global for *_, address in found)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Return the body; empty for a failed answer, or one of more than `MOST_BYTES`."""
    body = b""
    if answer.status == 200:
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > MOST_BYTES:
                return b""
    return body


def _copied(said: object) -> set[str]:
    """Return the instances that are copied, from the JSON list of those followed.

    >>> actor = {"host": "a.example", "hostRedundancyAllowed": True}
    >>> _copied({"total": 1, "data": [{"following": actor}]})
    {'a.example'}
    """
    followed = [each["following"] for each in said["data"]]  # type: ignore[index]
    return {str(actor["host"]) for actor in followed if actor["hostRedundancyAllowed"] is True}
