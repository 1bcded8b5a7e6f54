"""Serves what a mirror holds: byte ranges, for pages of any site, and nothing else."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from ..settings import Settings
from ..web.addresses import client_address
from ..web.rate_limit import RateLimiter
from .store import LIST, Store

# A video's segment is some seconds long; a seek asks for a few at once.
REQUESTS_PER_MINUTE = 600
CONNECTIONS = 1024
CONNECTIONS_PER_ADDRESS = 32
READ_TIMEOUT_S = 30.0
PROXIES = ("127.0.0.1", "::1")
METHODS = "GET, HEAD, OPTIONS"
TYPES = {".mp4": "video/mp4", ".m3u8": "application/vnd.apple.mpegurl", ".json": "application/json"}
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
    "X-Content-Type-Options": "nosniff",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
# The list changes with every video that comes or goes.
LIST_LIFE = "public, max-age=60"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def limits(host: str, port: int) -> Settings:
    """Return where the mirror listens, and how many connections it has."""
    said = {
        "host": host,
        "port": port,
        "max_connections": CONNECTIONS,
        "connections_per_address": CONNECTIONS_PER_ADDRESS,
        "requests_per_minute": REQUESTS_PER_MINUTE,
        "read_timeout_s": READ_TIMEOUT_S,
        "trusted_proxies": PROXIES,
    }
    return Settings.model_validate(said)


def app(store: Store, settings: Settings, served: dict[str, int]) -> web.Application:
    """Return the application; it counts in `served` what it does."""
    limiter = RateLimiter(settings.requests_per_minute)
    served |= {"requests": 0, "bytes": 0, "missing": 0, "turned_away": 0}

    async def answer(request: web.Request) -> web.StreamResponse:
        served["requests"] += 1
        wait_s = limiter.wait_s(client_address(request, settings.trusted_proxies))
        if wait_s:
            served["turned_away"] += 1
            return _refusal(429, "too many requests", {"Retry-After": f"{int(wait_s) + 1}"})
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=HEADERS | PREFLIGHT)
        if request.method not in ("GET", "HEAD"):
            return _refusal(405, "only files are served here", {"Allow": METHODS})
        file = store.find(request.path)
        if file is None:
            served["missing"] += 1
            return _refusal(404, "this mirror does not hold that file", {})
        headers = HEADERS | {"Content-Type": TYPES[file.suffix]}
        if file.name == LIST:
            headers["Cache-Control"] = LIST_LIFE
        return web.FileResponse(file, headers=headers)

    async def count(_: web.Request, response: web.StreamResponse) -> None:
        if isinstance(response, web.FileResponse):
            served["bytes"] += response.content_length or 0

    made = web.Application()
    made.router.add_route("*", "/{path:.*}", answer)
    made.on_response_prepare.append(count)
    return made


def _refusal(status: int, reason: str, headers: Mapping[str, str]) -> web.Response:
    return web.Response(status=status, text=f"{reason}\n", headers={**HEADERS, **headers})
