"""Authorisation: the plugin, an administrator, a program on this machine, or anybody."""

import hmac
import secrets
from collections import OrderedDict
from math import ceil
from time import monotonic
from urllib.parse import urlsplit

import aiohttp
import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from ..keys import Keys, constant_time_equal
from ..settings import Settings, is_loopback
from .addresses import client_address
from .errors import RETRY_AFTER_S, RequestError
from .local_peer import is_own_user
from .rate_limit import RateLimiter

LOGIN = {"WWW-Authenticate": "Bearer"}
# PeerTube's UserRole.ADMINISTRATOR.
PEERTUBE_ADMINISTRATOR = 0
SESSION_LIFE_S = 60.0
TIMEOUT = aiohttp.ClientTimeout(total=5)
MOST_SESSIONS = 1000
# Pages and health checks have a bucket of their own: they must not use up that of the API.
PAGES = ("/report/", "/recommendations/", "/health")
# Headers that a proxy adds: the client behind it is not on this machine.
PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


def bearer(request: web.Request) -> str:
    """Return the token of the Authorization header, or nothing when there is none."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token if scheme.lower() == "bearer" and token.isascii() else ""


class Guard:
    """Limits the rate of requests, and refuses those without the right token."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._settings = settings
        self._keys = keys
        self._limiter = RateLimiter(settings.requests_per_minute)
        self._pages = RateLimiter(settings.requests_per_minute)
        self._sessions = Sessions(settings.peertube_url)

    @web.middleware
    async def limit_rate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Limit how often one address may ask without a secret."""
        token = bearer(request)
        known = constant_time_equal(token, self._keys.secret) | constant_time_equal(
            token, self._keys.admin_token
        )
        limiter = self._pages if request.path.startswith(PAGES) else self._limiter
        address = client_address(request, self._settings.trusted_proxies)
        wait_s = 0.0 if known else limiter.wait_s(address)
        if wait_s:
            later = {"Retry-After": str(ceil(wait_s))}
            raise RequestError(429, "address", "has asked too often; wait before the next", later)
        return await handler(request)

    def plugin(self, request: web.Request) -> None:
        """Refuse a request without the plugin's secret."""
        if not constant_time_equal(bearer(request), self._keys.secret):
            reason = "must be `Bearer` and the secret that the service generated or was given"
            raise RequestError(401, "authorization", reason, LOGIN)

    async def admin(self, request: web.Request) -> None:
        """Refuse a request that is neither an administrator's nor, on loopback, this machine's."""
        token = bearer(request)
        if token and constant_time_equal(token, self._keys.admin_token):
            return
        if token and self._settings.peertube_url:
            if not await self._sessions.is_admin(token):
                raise RequestError(
                    403, "authorization", "is not that of an administrator of PeerTube"
                )
            return
        if token or not (self._settings.on_loopback and _is_local(request)):
            reason = "must be `Bearer` and the admin token, or a PeerTube administrator's session"
            raise RequestError(401, "authorization", reason, LOGIN)


def _is_local(request: web.Request) -> bool:
    """Say whether a program of this user asks, under a loopback name and not through a proxy.

    The name matters (DNS rebinding): a page on another site can resolve its own name to
    127.0.0.1, and a browser would then let it read the answer.
    """
    named = _name(request.headers.get("Host", ""))
    proxied = any(header in request.headers for header in PROXY_HEADERS)
    near = is_loopback(request.remote or "") and is_loopback(named) and not proxied
    return near and is_own_user(request)


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # such as [::1 without its end
        return ""


class Sessions:
    """Cache of the tokens that are sessions of PeerTube administrators, for a minute."""

    def __init__(self, peertube_url: str | None) -> None:
        self._url = f"{peertube_url}/api/v1/users/me"
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, tuple[bool, float]] = OrderedDict()

    async def is_admin(self, token: str) -> bool:
        """Say whether the token is an administrator's; PeerTube is asked at most once a minute."""
        name = hmac.digest(self._key, token.encode(), "sha256")
        said, until_s = self._known.get(name, (False, 0.0))
        if monotonic() < until_s:
            return said
        said = await self._ask(token)
        self._known[name] = (said, monotonic() + SESSION_LIFE_S)
        self._known.move_to_end(name)
        if len(self._known) > MOST_SESSIONS:
            self._known.popitem(last=False)
        return said

    async def _ask(self, token: str) -> bool:
        headers = {hdrs.AUTHORIZATION: f"Bearer {token}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as client,
                client.get(self._url, headers=headers, allow_redirects=False) as answer,
            ):
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            raise _unreachable() from None
        if answer.status >= 500 or answer.status == 429:
            raise _unreachable()
        return answer.status == 200 and _role(body) == PEERTUBE_ADMINISTRATOR


def _unreachable() -> RequestError:
    later = {"Retry-After": str(RETRY_AFTER_S)}
    return RequestError(
        503, "peertube_url", "does not answer, so a session cannot be checked", later
    )


def _role(body: bytes) -> object:
    try:
        return orjson.loads(body)["role"]["id"]
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        return None
