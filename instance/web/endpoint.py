"""One row for each endpoint: it registers the handler and writes the documentation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import TypeAdapter

from .errors import RequestError
from .messages import checked

T = TypeVar("T")
Who = Literal["anybody", "plugin", "admin"]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Endpoint:
    """What may be asked, by whom, and what is answered.

    `answer` is the type of a JSON answer, or another media type; `down` says that it can be
    503 because a database is needed.
    """

    path: str
    summary: str
    handler: Handler
    answer: Any
    method: Literal["GET", "POST"] = "GET"
    who: Who = "anybody"
    query: TypeAdapter[Any] | None = None
    body: TypeAdapter[Any] | None = None
    down: bool = False

    @property
    def refusals(self) -> tuple[int, ...]:
        """Return the statuses with which the request may be refused."""
        asked = (400,) if self.query or self.body else ()
        sent = (408, 413, 415) if self.body else ()
        known = {"anybody": (), "plugin": (401,), "admin": (401, 403)}[self.who]
        return *asked, *known, *sent, 429, *((503,) if self.down else ())


def query(request: web.Request, what: TypeAdapter[T]) -> T:
    """Return the query of the request as `what`, or refuse it by field."""
    names = [name for name, _ in request.query.items()]
    if len(names) != len(set(names)):
        raise RequestError(400, "query", "must not name a field twice")
    return checked(dict(request.query), what)
