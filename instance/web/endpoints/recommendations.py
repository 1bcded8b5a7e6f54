"""Recommendations, the public table of neighbours, and the operator's figures, graph and model."""

import asyncio
from time import monotonic
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, cast, get_args

import orjson
from aiohttp import ETag, hdrs, web
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from reco import Ask, Recommendation, Shift, Strategy

from ...clock import Clock
from ...peertube_json import Uuid
from ...recommendations.figures import Figures, figures
from ...recommendations.graph import MOST_VIDEOS, Graph, graph
from ...recommendations.public_video import PublicVideo
from ...recommendations.recommender import Recommender
from ...recommendations.state import State
from ...recommendations.table import EncodedTable, Table, encoded_table
from ..bodies import Bodies
from ..endpoint import endpoint, query
from ..errors import RequestError, json_response
from ..json_schema import json_type, to_json
from ..messages import ANYTHING, PATTERNS, read
from .events import Viewer

# As many as the model ranks with care: `reco.diversity.POOL`.
MOST_LISTED = 100
# A request line may have 8 kB.
MOST_NAMES = 50
NAME = r"^[A-Za-z0-9._:@-]{1,100}$"
# A table of 10,000 videos takes seconds to make: at most once an hour.
TABLE_S = 3600.0
FIGURES_S = 600.0


# The model's `related`, kept to the playing video's account, or to this instance.
Policy = Literal["same-owner", "same-instance"]
POLICIES = get_args(Policy)
ABOUT_A_VIDEO = ("related", "same-channel", *POLICIES)


def _split(value: object) -> object:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


PATTERNS |= {NAME: "must be such as news@video.example, video.example or en"}
Name = Annotated[str, Field(pattern=NAME)]
Names = Annotated[list[Name], Field(max_length=MOST_NAMES), BeforeValidator(_split)]
Uuids = Annotated[list[Uuid], Field(max_length=MOST_NAMES), BeforeValidator(_split)]


@with_config(ConfigDict(extra="forbid"))
class AskedInUrl(TypedDict):
    """What somebody wants to watch next: all but what would tell who they are.

    Addresses are logged by servers and proxies, so viewers and what they have watched go into
    the body of a POST.
    """

    strategy: Literal[Strategy, Policy]
    video: NotRequired[Uuid]
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


@with_config(ConfigDict(extra="forbid"))
class Asked(AskedInUrl):
    """What somebody wants to watch next, and what they do not want to see."""

    viewer: NotRequired[Viewer]
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


class Recommended(PublicVideo):
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


# The names of their schemas in /openapi.json.
AskedInUrl.__module__ = Asked.__module__ = "instance.web.recommendations"


@with_config(ConfigDict(extra="forbid"))
class GraphAsked(TypedDict):
    """How much of the graph."""

    videos: NotRequired[
        Annotated[int, Field(ge=1, le=MOST_VIDEOS, description="The most watched so many.")]
    ]


ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
ASKED_IN_URL: TypeAdapter[AskedInUrl] = TypeAdapter(AskedInUrl)
LISTED: TypeAdapter[Listed] = TypeAdapter(Listed)
TABLE: TypeAdapter[object] = TypeAdapter(json_type(Table))
SAID: TypeAdapter[object] = TypeAdapter(json_type(Said))
GRAPH_ASKED: TypeAdapter[GraphAsked] = TypeAdapter(GraphAsked)
GRAPH: TypeAdapter[object] = TypeAdapter(json_type(Graph))


class Recommendations:
    """Answers from this worker's replica of the model."""

    def __init__(self, recommender: Recommender, bodies: Bodies, clock: Clock) -> None:
        self._recommender = recommender
        self._bodies = bodies
        self._clock = clock
        self._lock = asyncio.Lock()
        self._table: EncodedTable | None = None
        self._table_version: object = None
        self._table_until_s = 0.0
        self._figures: Figures | None = None
        self._figures_until_s = 0.0

    @endpoint(
        "/api/v1/recommendations/videos",
        "Say what to watch next, and why, to anybody.",
        LISTED,
        query=ASKED_IN_URL,
        down=True,
    )
    async def videos(self, request: web.Request) -> web.Response:
        """Answer with a page of recommendations that depends on no viewer."""
        return await self._list(query(request, ASKED_IN_URL))

    @endpoint(
        "/api/v1/recommendations/videos",
        "Say what one viewer may want to watch next, and why.",
        LISTED,
        method="POST",
        body=ASKED,
        down=True,
    )
    async def videos_for_viewer(self, request: web.Request) -> web.Response:
        """Answer with a page of recommendations for a viewer."""
        async with self._bodies.read(request) as body:
            return await self._list(read(body, ASKED))

    async def _list(self, asked: AskedInUrl) -> web.Response:
        _check_video(asked)
        state = await self._recommender.replica.state()
        ask = self._ask(state, asked)
        found = state.model.recommend(ask)
        whole = MOST_LISTED if len(found) == ask.count else ask.start + len(found)
        total = min(whole, len(state.public_videos))
        return json_response({"total": total, "data": [_listed(state, each) for each in found]})

    @endpoint(
        "/api/v1/recommendations/neighbours",
        "Say which videos are watched by the same people, for ranking on a device.",
        TABLE,
        down=True,
    )
    async def neighbours(self, request: web.Request) -> web.StreamResponse:
        """Answer with the table, compressed if the client can; 304 when the client has it."""
        table = await self._current_table()
        response = web.Response(content_type="application/json", charset="utf-8")
        response.etag = ETag(table.etag)
        response.headers["Cache-Control"] = f"public, max-age={TABLE_S:.0f}"
        response.headers["Vary"] = hdrs.ACCEPT_ENCODING
        if table.etag in {known.value for known in request.if_none_match or ()}:
            response.set_status(304)
        elif "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            response.headers[hdrs.CONTENT_ENCODING] = "gzip"
            response.body = table.gzipped
        else:
            response.body = table.json
        return response

    @endpoint(
        "/api/v1/operator/recommendations",
        "Say how wide and how even recommendations are, and when taste shifted.",
        SAID,
        who="admin",
        down=True,
    )
    async def figures(self, _: web.Request) -> web.Response:
        """Answer with the figures of now and of the days before."""
        state = await self._recommender.replica.state()
        async with self._lock:
            if self._figures is None or monotonic() >= self._figures_until_s:
                self._figures = Figures(**await figures(state, self._clock.now_s()))
                self._figures_until_s = monotonic() + FIGURES_S
        days = [Figures(**each) for each in state.figures]
        return json_response(to_json(Said(self._figures, days, list(state.model.drift.shifts))))

    @endpoint(
        "/api/v1/operator/graph",
        "Draw the instance's content: videos, tags, channels, and what connects them.",
        GRAPH,
        who="admin",
        query=GRAPH_ASKED,
        down=True,
    )
    async def graph(self, request: web.Request) -> web.Response:
        """Answer with the most watched videos and what connects them."""
        most = query(request, GRAPH_ASKED).get("videos", MOST_VIDEOS)
        now_s = self._clock.now_s()
        return await self._recommender.replica.read(
            lambda state: json_response(to_json(graph(state, most, now_s)))
        )

    @endpoint(
        "/api/v1/operator/ranking",
        "Hand out all that decides one list, so that it can be made again elsewhere.",
        ANYTHING,
        who="admin",
        method="POST",
        body=ASKED,
        down=True,
    )
    async def ranking(self, request: web.Request) -> web.Response:
        """Answer with an export of the model that suffices to make one list again."""
        async with self._bodies.read(request) as body:
            asked = read(body, ASKED)
        _check_video(asked)
        return await self._recommender.replica.read(
            lambda state: json_response(state.model.export(self._ask(state, asked)))
        )

    def _ask(self, state: State, said: AskedInUrl) -> Ask:
        asked = cast(Asked, said)
        viewer = asked.get("viewer")
        video, strategy = asked.get("video", ""), asked["strategy"]
        return Ask(
            self._clock.now_s(),
            viewer=self._recommender.names.of(viewer) if viewer else "",
            strategy="related" if strategy in POLICIES else cast(Strategy, strategy),
            video=video,
            start=asked.get("start", 0),
            count=asked.get("count", 10),
            languages=frozenset(asked.get("languageOneOf", ())),
            nsfw=asked.get("nsfw", False),
            muted=state.channels_of(asked.get("muted", ())),
            subscribed=frozenset(asked.get("subscribed", ())),
            dismissed=frozenset(asked.get("without", ())),
            within=_within(state, strategy, video),
            surprise=asked.get("surprise", 0.5),
        )

    async def _current_table(self) -> EncodedTable:
        replica = self._recommender.replica
        state = await replica.state()
        async with self._lock:
            stale = monotonic() >= self._table_until_s and replica.version != self._table_version
            if self._table is None or stale:
                self._table_version = replica.version
                self._table = await encoded_table(state, self._clock.now_s())
                self._table_until_s = monotonic() + TABLE_S
            return self._table


def _within(state: State, strategy: Strategy | Policy, video: str) -> frozenset[str] | None:
    if strategy == "same-instance":
        return state.channels_here()
    return state.channels_beside(video) if strategy == "same-owner" else None


def _check_video(asked: AskedInUrl) -> None:
    if asked["strategy"] in ABOUT_A_VIDEO and "video" not in asked:
        raise RequestError(400, "video", f"must be named for the strategy {asked['strategy']}")


def _listed(state: State, found: Recommendation) -> dict[str, Any]:
    video: dict[str, Any] = orjson.loads(state.public_videos[found.video])
    reasons = [_named(state, reason) for reason in to_json(list(found.reasons))]
    return video | {"recommendation": {"score": found.score, "reasons": reasons}}


def _named(state: State, reason: dict[str, Any]) -> dict[str, Any]:
    """Add the name of the video of a reason: else the page would have to ask for it by address."""
    video = state.public_videos.get(reason["values"].get("video", ""))
    if video is None:
        return reason
    return reason | {"values": reason["values"] | {"name": orjson.loads(video)["name"]}}
