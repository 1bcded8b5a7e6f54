"""Federation: own documents, which anybody may read, and what an administrator sees and does."""

from hashlib import sha256
from typing import Annotated, Literal, NamedTuple, NotRequired

from aiohttp import hdrs, web
from pydantic import Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from ...clock import Clock
from ...federation.canonical import encode
from ...federation.document import LAST_WEEK
from ...federation.federation import Federation, FederationError
from ...federation.publishing import PublishError, index, served
from ...federation.status import FederationStatus, status
from ...recommendations.forgetting import Receipt
from ..bodies import Bodies
from ..endpoint import endpoint
from ..errors import RequestError, json_response
from ..json_schema import json_type, to_json
from ..messages import ANYTHING, STRICT, read

Do = Literal[
    "add", "remove", "refuse", "preview", "publish", "stop", "withdraw", "take-back", "pull"
]
OFF = "is off; its administrator has published nothing"
CACHED = "public, max-age=300"


@with_config(STRICT)
class Wish(TypedDict):
    """What to do.

    `add`, `remove` and `refuse` need an `address`; `publish` the `sha256` of what was looked at;
    `withdraw` may name a `week`, or means everything; `take-back` may name an `address` and then a
    `week`, or means everything that was heard.
    """

    do: Do
    address: NotRequired[Annotated[str, Field(min_length=1, max_length=300)]]
    week: NotRequired[Annotated[int, Field(ge=0, le=LAST_WEEK)]]
    sha256: NotRequired[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]


class Done(NamedTuple):
    """The state afterwards, and signed receipts of what was forgotten."""

    status: FederationStatus
    receipts: tuple[Receipt, ...]


WISH: TypeAdapter[Wish] = TypeAdapter(Wish)
STATUS: TypeAdapter[object] = TypeAdapter(json_type(FederationStatus))
DONE: TypeAdapter[object] = TypeAdapter(json_type(Done))


class FederationApi:
    """Serves own documents as long as they are published, and does what the administrator says."""

    def __init__(self, federation: Federation, bodies: Bodies, clock: Clock) -> None:
        self._federation = federation
        self._bodies = bodies
        self._clock = clock

    @endpoint(
        "/api/v1/federation/documents",
        "List what this instance says to others.",
        ANYTHING,
        down=True,
        optional=True,
    )
    async def documents(self, request: web.Request) -> web.StreamResponse:
        """Answer with the list of own documents, unless the asker has it already."""
        self._refuse_off()
        register = await self._federation.register()
        if not register.published:
            raise RequestError(404, "federation", OFF)
        return _served(request, encode(index(register, self._federation.instance)))

    @endpoint(
        "/api/v1/federation/documents/{number}",
        "Give one of these documents, to the byte.",
        ANYTHING,
        down=True,
        optional=True,
    )
    async def document(self, request: web.Request) -> web.StreamResponse:
        """Answer with the exact bytes of a document that was not replaced."""
        self._refuse_off()
        register = await self._federation.register()
        asked = request.match_info["number"]
        number = int(asked) if asked.isdecimal() and len(asked) < 17 else 0
        found = served(register, number) if register.published else None
        if found is None:
            raise RequestError(404, "number", "is that of no document, or of one that was replaced")
        return _served(request, found.data)

    @endpoint(
        "/api/v1/operator/federation",
        "Say what is said and heard, from whom, and what it changed.",
        STATUS,
        who="admin",
        down=True,
    )
    async def status(self, _: web.Request) -> web.Response:
        """Answer with the whole state."""
        return json_response(to_json(await status(self._federation, self._clock.now_s())))

    @endpoint(
        "/api/v1/operator/federation",
        "Add, remove or refuse a source; publish, withdraw, or take back.",
        DONE,
        method="POST",
        who="admin",
        body=WISH,
        down=True,
    )
    async def do(self, request: web.Request) -> web.Response:
        """Do what the administrator wishes, and answer with the state afterwards."""
        async with self._bodies.read(request) as body:
            wish = read(body, WISH)
        if lacking := self._federation.lacking:
            raise RequestError(400, "federation", lacking)
        try:
            receipts = await self._done(wish)
        except (FederationError, PublishError) as error:
            raise RequestError(400, wish["do"], f"is not done: {error}") from None
        now = await status(self._federation, self._clock.now_s())
        return json_response(to_json(Done(now, tuple(receipts))))

    async def _done(self, wish: Wish) -> list[Receipt]:
        federation = self._federation
        match wish["do"]:
            case "add":
                await federation.add(_given(wish))
            case "remove":
                return await federation.remove(_given(wish))
            case "refuse":
                return await federation.refuse(_given(wish))
            case "preview":
                await federation.preview()
            case "publish":
                await federation.publish(wish.get("sha256", ""))
            case "stop":
                await federation.stop()
            case "withdraw":
                await federation.withdraw(wish.get("week"))
            case "pull":
                await federation.pull_all()
            case "take-back":
                if "address" in wish:
                    return await federation.take_back(wish["address"], wish.get("week"))
                return await federation.take_back_everything()
        return []

    def _refuse_off(self) -> None:
        if self._federation.lacking:
            raise RequestError(404, "federation", OFF)


def _given(wish: Wish) -> str:
    if "address" not in wish:
        raise RequestError(400, "address", "is required")
    return wish["address"]


def _served(request: web.Request, body: bytes) -> web.StreamResponse:
    """Answer with the body, or that it has not changed since the asker had it."""
    etag = sha256(body).hexdigest()
    headers = {hdrs.CACHE_CONTROL: CACHED, hdrs.ETAG: f'"{etag}"'}
    if any(each.value in (etag, "*") for each in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)
