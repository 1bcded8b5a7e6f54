"""Every refusal is JSON that names the field and says what is allowed."""

import logging
from collections.abc import Mapping

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from selector.bandit.checks import FieldError

log = logging.getLogger("mirrorwise")

RETRY_AFTER_S = 5
# Nothing here is for other sites to frame, to guess the type of, or to learn where from.
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
}


class Refused(Exception):
    """A request that is not answered as wished."""

    def __init__(
        self, status: int, field: str, reason: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{field} {reason}")
        self.status, self.field, self.reason = status, field, reason
        self.headers = headers or {}


class Unavailable(Refused):
    """The store cannot be reached; nothing was acknowledged."""

    def __init__(self, what: str) -> None:
        later = {hdrs.RETRY_AFTER: str(RETRY_AFTER_S)}
        super().__init__(503, what, "is not available; nothing was stored, send it again", later)


def json_response(
    said: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with JSON."""
    body = orjson.dumps(said, option=orjson.OPT_NON_STR_KEYS)
    return web.Response(
        body=body, status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


def refusal(refused: Refused) -> web.Response:
    """Answer `{"error": {"field", "reason"}}`."""
    error = {"field": refused.field, "reason": refused.reason}
    return json_response({"error": error}, refused.status, refused.headers)


@web.middleware
async def as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever went wrong into a refusal, and our own mistakes into a plain 500."""
    try:
        response = await handler(request)
    except Refused as refused:
        response = refusal(refused)
    except FieldError as error:
        response = refusal(Refused(400, error.field, error.reason))
    except web.HTTPException as error:
        response = refusal(_plain(request, error))
    except Exception:
        log.exception("%s %s failed", request.method, request.rel_url.path)
        response = refusal(Refused(500, "service", "made a mistake; its log says which"))
    response.headers.update(SAFE_HEADERS)
    return response


def _plain(request: web.Request, error: web.HTTPException) -> Refused:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Refused(405, "method", f"must be {allowed}", {hdrs.ALLOW: allowed})
    if error.status == 404:
        return Refused(404, "path", "is not known; /openapi.json lists those that are")
    return Refused(error.status, "request", error.reason.lower())
