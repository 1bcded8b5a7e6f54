"""Errors as JSON: every refusal names the field and says what is allowed."""

from collections.abc import Mapping
from typing import TypeVar

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from selector.bandit.checks import FieldError

from ..journal import Unavailable
from .bounded_log import BoundedLog

bounded = BoundedLog()
R = TypeVar("R", bound=web.StreamResponse)

RETRY_AFTER_S = 5
# Other sites may not frame a page, guess a type, or learn the page that a link was on.
SAFE_HEADERS = {
    "Server": "mirrorwise",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
}


class RequestError(Exception):
    """A request that is refused: status, field, reason, and headers of the answer."""

    def __init__(
        self, status: int, field: str, reason: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{field} {reason}")
        self.status, self.field, self.reason = status, field, reason
        self.headers = headers or {}


def unavailable(what: str) -> RequestError:
    """Say that a part is down and nothing was acknowledged."""
    later = {"Retry-After": str(RETRY_AFTER_S)}
    return RequestError(
        503, what, "is not available; nothing was acknowledged, send it again", later
    )


def json_response(
    said: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with JSON."""
    body = orjson.dumps(said, option=orjson.OPT_NON_STR_KEYS)
    return web.Response(
        body=body, status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


def refusal(refused: RequestError) -> web.Response:
    """Answer `{"error": {"field", "reason"}}`."""
    error = {"field": refused.field, "reason": refused.reason}
    return json_response({"error": error}, refused.status, refused.headers)


@web.middleware
async def as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception into a refusal, and add the headers that all answers have."""
    try:
        response = await handler(request)
    except RequestError as refused:
        response = refusal(refused)
    except Unavailable as error:
        bounded.warning(error.part, f"{error}")
        response = refusal(unavailable(error.part))
    except FieldError as error:
        response = refusal(RequestError(400, error.field, error.reason))
    except web.HTTPException as error:
        response = refusal(_http_error(error))
    except Exception as error:
        route = request.match_info.route.resource
        path = route.canonical if route else "an unknown path"
        bounded.warning(path, f"{request.method} {path} failed", error)
        response = refusal(RequestError(500, "service", "made a mistake; its log says which"))
    return with_safe_headers(response)


def with_safe_headers(response: R) -> R:
    """Add the headers that all answers have."""
    response.headers.update(SAFE_HEADERS)
    fresh = "no-cache" if isinstance(response, web.FileResponse) else "no-store"
    response.headers.setdefault("Cache-Control", fresh)
    return response


def _http_error(error: web.HTTPException) -> RequestError:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return RequestError(405, "method", f"must be {allowed}", {"Allow": allowed})
    if error.status == 404:
        return RequestError(404, "path", "is not known; /openapi.json lists those that are")
    return RequestError(error.status, "request", error.reason.lower())
