"""What to watch next, the public table of neighbours, and the operator's figures."""

import asyncio
from time import monotonic, time
from typing import Annotated, Any, NamedTuple, NotRequired

import orjson
from aiohttp import ETag, hdrs, web
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from reco import Ask, Recommendation, Shift, Strategy

from ...recommendations.figures import Figures, figures
from ...recommendations.graph import MOST_VIDEOS, Graph, graph
from ...recommendations.public_video import Shown, Uuid
from ...recommendations.recommender import Recommender
from ...recommendations.state import State
from ...recommendations.table import Packed, Table, packed
from ..endpoint import query
from ..errors import RequestError, json_response
from ..json_schema import plain, shape
from ..messages import PATTERNS
from .events import Viewer

# A list is as long as what is worth ranking: `reco.diversity.POOL`.
MOST_LISTED = 100
# A request's line may have 8 kB.
MOST_NAMES = 50
NAME = r"^[A-Za-z0-9._:@-]{1,100}$"
# A table of 10,000 videos takes seconds to make, so it is made at most once an hour.
TABLE_S = 3600.0
FIGURES_S = 600.0


def _split(value: object) -> object:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


PATTERNS |= {NAME: "must be such as news@video.example, video.example or en"}
Name = Annotated[str, Field(pattern=NAME)]
Names = Annotated[list[Name], Field(max_length=MOST_NAMES), BeforeValidator(_split)]
Uuids = Annotated[list[Uuid], Field(max_length=MOST_NAMES), BeforeValidator(_split)]


@with_config(ConfigDict(extra="forbid"))
class Asked(TypedDict):
    """What somebody wants to watch next, and what they do not want to see."""

    strategy: Strategy
    video: NotRequired[Uuid]
    viewer: NotRequired[Viewer]
    start: NotRequired[Annotated[int, Field(ge=0, le=MOST_LISTED)]]
    count: NotRequired[Annotated[int, Field(ge=1, le=MOST_LISTED)]]
    nsfw: NotRequired[Annotated[bool, Field(description="Whether such videos may be shown.")]]
    surprise: NotRequired[
        Annotated[float, Field(ge=0, le=1, description="0: more of this, 1: surprise me.")]
    ]
    languageOneOf: NotRequired[
        Annotated[Names, Field(description="The only languages, beside videos that name none.")]
    ]
    subscribed: NotRequired[
        Annotated[Names, Field(description="Channels followed, such as news@video.example.")]
    ]
    muted: NotRequired[
        Annotated[Names, Field(description="Channels and accounts likewise, and instances.")]
    ]
    without: NotRequired[
        Annotated[Uuids, Field(description="Videos watched elsewhere, or not of interest.")]
    ]


class Because(TypedDict):
    """A sentence to translate, the values to put in, and what it adds to the score."""

    say: str
    values: dict[str, str | float | None]
    points: float


class Why(TypedDict):
    """The score, and reasons whose points add up to it."""

    score: float
    reasons: list[Because]


class Recommended(Shown):
    """A video as PeerTube lists it, and why it is recommended."""

    recommendation: Why


class Listed(TypedDict):
    """A page of recommendations, best first; there are `total`, of which 100 can be had."""

    total: int
    data: list[Recommended]


class Said(NamedTuple):
    """The figures of now, of the days before, and when taste shifted."""

    now: Figures
    days: list[Figures]
    shifts: list[Shift]


@with_config(ConfigDict(extra="forbid"))
class GraphAsked(TypedDict):
    """How much of the graph."""

    videos: NotRequired[
        Annotated[int, Field(ge=1, le=MOST_VIDEOS, description="The most watched so many.")]
    ]


ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
LISTED: TypeAdapter[Listed] = TypeAdapter(Listed)
TABLE: TypeAdapter[object] = TypeAdapter(shape(Table))
SAID: TypeAdapter[object] = TypeAdapter(shape(Said))
GRAPH_ASKED: TypeAdapter[GraphAsked] = TypeAdapter(GraphAsked)
GRAPH: TypeAdapter[object] = TypeAdapter(shape(Graph))


class Recommending:
    """Answers from the state as this worker knows it."""

    def __init__(self, recommender: Recommender) -> None:
        self._recommender = recommender
        self._making = asyncio.Lock()
        self._table: Packed | None = None
        self._table_of: object = None
        self._table_until_s = 0.0
        self._figures: Figures | None = None
        self._figures_until_s = 0.0

    async def videos(self, request: web.Request) -> web.Response:
        """Answer with what to watch next."""
        asked = _asked(request)
        state = await self._recommender.keeper.state()
        ask = self._ask(state, asked)
        found = state.model.recommend(ask)
        whole = MOST_LISTED if len(found) == ask.count else ask.start + len(found)
        total = min(whole, len(state.shown))
        return json_response({"total": total, "data": [_shown(state, each) for each in found]})

    async def neighbours(self, request: web.Request) -> web.StreamResponse:
        """Answer with the table, or say: as before."""
        table = await self._made()
        response = web.Response(content_type="application/json", charset="utf-8")
        response.etag = ETag(table.etag)
        response.headers["Cache-Control"] = f"public, max-age={TABLE_S:.0f}"
        response.headers["Vary"] = hdrs.ACCEPT_ENCODING
        if table.etag in {known.value for known in request.if_none_match or ()}:
            response.set_status(304)
        elif "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            response.headers[hdrs.CONTENT_ENCODING] = "gzip"
            response.body = table.zipped
        else:
            response.body = table.plain
        return response

    async def figures(self, _: web.Request) -> web.Response:
        """Answer with what the operator should know."""
        state = await self._recommender.keeper.state()
        async with self._making:
            if self._figures is None or monotonic() >= self._figures_until_s:
                self._figures = Figures(**await figures(state, time()))
                self._figures_until_s = monotonic() + FIGURES_S
        days = [Figures(**each) for each in state.figures]
        return json_response(plain(Said(self._figures, days, list(state.model.drift.shifts))))

    async def graph(self, request: web.Request) -> web.Response:
        """Answer with the most watched videos and what connects them."""
        most = query(request, GRAPH_ASKED).get("videos", MOST_VIDEOS)
        state = await self._recommender.keeper.state()
        return json_response(plain(await graph(state, most, time())))

    async def ranking(self, request: web.Request) -> web.Response:
        """Answer with all that decides one list, from which it can be made again."""
        asked = _asked(request)
        state = await self._recommender.keeper.state()
        return json_response(state.model.export(self._ask(state, asked)))

    def _ask(self, state: State, asked: Asked) -> Ask:
        viewer = asked.get("viewer")
        return Ask(
            time(),
            viewer=self._recommender.names.of(viewer) if viewer else "",
            strategy=asked["strategy"],
            video=asked.get("video", ""),
            start=asked.get("start", 0),
            count=asked.get("count", 10),
            languages=frozenset(asked.get("languageOneOf", ())),
            nsfw=asked.get("nsfw", False),
            muted=state.channels_of(asked.get("muted", ())),
            subscribed=frozenset(asked.get("subscribed", ())),
            dismissed=frozenset(asked.get("without", ())),
            surprise=asked.get("surprise", 0.5),
        )

    async def _made(self) -> Packed:
        keeper = self._recommender.keeper
        state = await keeper.state()
        async with self._making:
            stale = monotonic() >= self._table_until_s and keeper.version != self._table_of
            if self._table is None or stale:
                self._table_of = keeper.version
                self._table = await packed(state, time())
                self._table_until_s = monotonic() + TABLE_S
            return self._table


def _asked(request: web.Request) -> Asked:
    asked = query(request, ASKED)
    if asked["strategy"] in ("related", "same-channel") and "video" not in asked:
        raise RequestError(400, "video", f"must be named for the strategy {asked['strategy']}")
    return asked


def _shown(state: State, found: Recommendation) -> dict[str, Any]:
    shown: dict[str, Any] = orjson.loads(state.shown[found.video])
    why = {"score": found.score, "reasons": plain(list(found.reasons))}
    return shown | {"recommendation": why}
