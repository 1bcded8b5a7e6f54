"""Endpoints: a decorator declares each beside its handler.

Routes, `/openapi.json` and the paths that `/metrics` counts are derived from the declarations.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import TypeAdapter

from .errors import RequestError
from .messages import checked

T = TypeVar("T")
Who = Literal["anybody", "plugin", "admin"]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Method = TypeVar("Method", bound=Callable[[Any, web.Request], Awaitable[web.StreamResponse]])

DECLARED = "__endpoint__"


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: what may be asked, by whom, and what is answered.

    `answer` is the type of a JSON answer, or another media type; `down` says that the answer can
    be 503 because a database is needed, `optional` that it is 404 where its part is off.
    """

    path: str
    summary: str
    answer: TypeAdapter[Any] | str
    method: Literal["GET", "POST"] = "GET"
    who: Who = "anybody"
    query: TypeAdapter[Any] | None = None
    body: TypeAdapter[Any] | None = None
    down: bool = False
    optional: bool = False

    @property
    def refusals(self) -> tuple[int, ...]:
        """Return the statuses with which the request may be refused."""
        asked = (400,) if self.query or self.body else ()
        sent = (408, 413, 415) if self.body else ()
        known = {"anybody": (), "plugin": (401,), "admin": (401, 403)}[self.who]
        off = (404,) if self.optional else ()
        return *asked, *known, *off, *sent, 429, *((503,) if self.down else ())


def endpoint(
    path: str,
    summary: str,
    answer: TypeAdapter[Any] | str,
    *,
    method: Literal["GET", "POST"] = "GET",
    who: Who = "anybody",
    query: TypeAdapter[Any] | None = None,
    body: TypeAdapter[Any] | None = None,
    down: bool = False,
    optional: bool = False,
) -> Callable[[Method], Method]:
    """Declare that the decorated method answers at `path`; the rest is as in `Endpoint`."""
    declared = Endpoint(path, summary, answer, method, who, query, body, down, optional)

    def declare(handler: Method) -> Method:
        handler.__dict__[DECLARED] = declared
        return handler

    return declare


def endpoints(part: type) -> list[Endpoint]:
    """Return the endpoints that a class declares, in their order."""
    members = vars(part).values()
    return [vars(member)[DECLARED] for member in members if DECLARED in _attributes(member)]


def handlers(part: object) -> Iterator[tuple[Endpoint, Handler]]:
    """Yield the endpoints that the class of `part` declares, each with its bound method."""
    for name, member in vars(type(part)).items():
        if DECLARED in _attributes(member):
            yield vars(member)[DECLARED], getattr(part, name)


def query(request: web.Request, what: TypeAdapter[T]) -> T:
    """Return the query of the request as `what`, or refuse it by field."""
    names = [name for name, _ in request.query.items()]
    if len(names) != len(set(names)):
        raise RequestError(400, "query", "must not name a field twice")
    return checked(dict(request.query), what)


def _attributes(member: object) -> dict[str, Any]:
    return getattr(member, "__dict__", {})
