"""A source: an HTTP server on loopback with documents, honest or not."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from aiohttp import web

from instance.federation.canonical import encode
from instance.federation.document import Document, sign
from instance.federation.signing import SigningKey
from reco.federation.leanings import BOUND, TOLD

Served = Callable[[web.Request], web.Response]


def weights(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return parts that are as they must be, but for `changes` of the weights."""
    said = {
        "format": "leanings 1",
        "mechanism": "discrete Laplace",
        "epsilon_thousandths": 1000,
        "bound": BOUND,
        "scale": 3750,
        "sums": {name: 4000 + at for at, name in enumerate(TOLD)},
        "viewers": 70,
        "viewers_scale": 5,
    }
    return {"weights": said | changes, "left out": {}}


@dataclass
class Source:
    """What one instance says; `answers` are given instead of what it says, by path."""

    instance: str = "https://b.example"
    key: SigningKey = field(default_factory=lambda: SigningKey("b" * 22))
    said: list[Document] = field(default_factory=list)
    answers: dict[str, Served] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    down: bool = False
    address: str = ""

    def say(self, week: int, parts: dict[str, Any] | None = None, **changes: Any) -> Document:  # noqa: ANN401
        """Say something about a week."""
        made = self.document(week, weights() if parts is None else parts, **changes)
        self.said.append(made)
        return made

    def withdraw(self, week: int) -> Document:
        """Say of a week that nothing is said any more."""
        self.said.append(self.document(week, None, epsilon_thousandths=0))
        return self.said[-1]

    def document(self, week: int, parts: dict[str, Any] | None, **changes: Any) -> Document:  # noqa: ANN401
        """Return the document that would be the next."""
        fields = {
            "key": self.key,
            "instance": self.instance,
            "week": week,
            "number": len(self.said) + 1,
            "previous": self.said[-1].sha256 if self.said else "",
            "parts": parts,
            "epsilon_thousandths": 1000,
        }
        return sign(**fields | changes)  # type: ignore[arg-type]

    @property
    def index(self) -> dict[str, Any]:
        """Return the list of documents."""
        newest = {each.week: each.number for each in self.said}
        rows = [
            {
                "number": number,
                "week": each.week,
                "sha256": each.sha256,
                "replaced": newest[each.week] != each.number,
            }
            for number, each in enumerate(self.said, 1)
        ]
        return {"format": 1, "instance": self.instance, "documents": rows}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as a service does that is published."""
        path = request.path.removeprefix("/a/documents").lstrip("/")
        self.asked.append(path)
        if self.down:
            return web.Response(status=503)
        if path in self.answers:
            return self.answers[path](request)
        body = self.said[int(path) - 1].data if path else encode(self.index)
        etag = f'"{sha256(body).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"ETag": etag})


@asynccontextmanager
async def serving(**said: Any) -> AsyncIterator[Source]:  # noqa: ANN401
    """Serve a source that has not said anything yet."""
    source = Source(**said)
    app = web.Application()
    app.router.add_get("/a/documents", source.answer)
    app.router.add_get("/a/documents/{number}", source.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    source.address = f"http://127.0.0.1:{runner.addresses[0][1]}/a"
    try:
        yield source
    finally:
        await runner.cleanup()
