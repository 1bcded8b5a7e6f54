"""Intake of watch events: each is checked by itself; those accepted are durable when answered."""

from datetime import UTC, datetime
from math import inf
from typing import Annotated, NotRequired

from aiohttp import web
from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from reco.data.ledger import HERE
from selector.telemetry.report import EPSILON_MAX
from selector.telemetry.terms import LEAST_EPSILON

from ...clock import DAY_S, Clock
from ...peertube_json import UUID, Uuid
from ...recommendations.journal_records import Play
from ...recommendations.peertube import Unanswered
from ...recommendations.pseudonyms import TOKEN
from ...recommendations.recommender import Recommender
from ...recommendations.state import NOT_PUBLIC, Rejection
from ...settings import Settings
from ..bodies import Bodies
from ..endpoint import endpoint
from ..errors import RequestError, json_response
from ..messages import DAY, PATTERNS, STRICT, BatchId, read

# One entry of the journal is applied at a stretch: some 10 ms for as many events.
MOST_EVENTS = 200
# Unknown videos looked up during one request; PeerTube is asked three times a second.
MOST_LOOK_UPS = 4
PATTERNS |= {
    TOKEN: "must be 22 to 64 letters, digits, _ or -",
    UUID: "must be the UUID of a video, in lower case",
}

Viewer = Annotated[
    str, Field(pattern=TOKEN, description="A token that the viewer's device made, and can reset.")
]


@with_config(STRICT)
class Event(TypedDict):
    """One viewer watched one public video."""

    viewer: Viewer
    video: Uuid
    day: Annotated[str, Field(pattern=DAY, description="Day in UTC, by the device's clock.")]
    engaged: Annotated[
        # Not Literal[0, 1], which takes false for 0.
        int,
        Field(
            strict=True,
            ge=0,
            le=1,
            description="Whether the viewer liked it, as the coin let it be told.",
        ),
    ]


@with_config(STRICT)
class Events(TypedDict):
    """Watch events, each of which is counted or refused by itself."""

    batch: Annotated[BatchId, Field(description="Names the batch, so that it may be sent again.")]
    epsilon: Annotated[
        float, Field(ge=LEAST_EPSILON, le=EPSILON_MAX, description="ε of the coin for `engaged`.")
    ]
    source: NotRequired[
        Annotated[str, Field(max_length=300, description="The instance they are from")]
    ]
    events: Annotated[list[Event], Field(min_length=1, max_length=MOST_EVENTS)]


@with_config(ConfigDict(extra="forbid"))
class Refused(TypedDict):
    """Which event of the batch is not counted, which field forbids it, and why.

    `later` says that it may be counted when it is sent again in half an hour.
    """

    at: int
    field: str
    reason: str
    later: bool


class Taken(TypedDict):
    """How many events are durable, and which were refused; nothing of those is stored."""

    accepted: int
    refused: list[Refused]


NOT_ASKED = Rejection("video", "is not known, and PeerTube could not be asked", later=True)

EVENTS: TypeAdapter[Events] = TypeAdapter(Events)
TAKEN: TypeAdapter[Taken] = TypeAdapter(Taken)


class WatchEvents:
    """Checks watch events and appends those that may be counted to the journal."""

    def __init__(
        self, settings: Settings, recommender: Recommender, bodies: Bodies, clock: Clock
    ) -> None:
        self._sources = frozenset(settings.sources)
        self._recommender = recommender
        self._bodies = bodies
        self._clock = clock

    @endpoint(
        "/api/v1/events",
        "Count watch events; those accepted are durable when this is answered.",
        TAKEN,
        method="POST",
        who="plugin",
        body=EVENTS,
        down=True,
    )
    async def answer(self, request: web.Request) -> web.Response:
        """Count the events that may be counted, and say why the others may not."""
        async with self._bodies.read(request) as body:
            said = read(body, EVENTS)
        source = said.get("source", HERE)
        if source not in self._sources | {HERE}:
            reason = "is not an instance whose events are taken; MIRRORWISE_SOURCES names them"
            raise RequestError(400, "source", reason)
        return json_response(await self._take(said, source))

    async def _take(self, said: Events, source: str) -> Taken:
        replica = self._recommender.replica
        unknown = await self._unknown({event["video"] for event in said["events"]})
        state, now_s = await replica.follow(), self._clock.now_s()
        accepted: list[Play] = []
        refused: list[Refused] = []
        for at, event in enumerate(said["events"]):
            viewer, video = self._recommender.names.of(event["viewer"]), event["video"]
            at_s = _start_of(event["day"])
            play = Play(viewer, video, event["engaged"], said["epsilon"], at_s, source)
            rejection = _stale(at_s, now_s) or unknown.get(video) or state.rejection(play, accepted)
            if rejection:
                field, reason, later = rejection
                refused.append({"at": at, "field": field, "reason": reason, "later": later})
            else:
                accepted.append(play)
        await replica.append(accepted, said["batch"])
        return {"accepted": len(accepted), "refused": refused}

    async def _unknown(self, videos: set[str]) -> dict[str, Rejection]:
        """Return the videos whose plays may not be counted: not public, or not looked up."""
        known = (await self._recommender.replica.state()).public_videos
        unknown: dict[str, Rejection] = {}
        for number, video in enumerate(sorted(videos - known.keys())):
            try:
                if number >= MOST_LOOK_UPS:
                    unknown[video] = NOT_ASKED
                elif not await self._recommender.is_public(video):
                    unknown[video] = NOT_PUBLIC
            except Unanswered:
                unknown[video] = NOT_ASKED
        return unknown


def _start_of(day: str) -> float:
    """Return when a day begins, in seconds since 1970: of a play, only the day is stored."""
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return inf


def _stale(at_s: float, now_s: float) -> Rejection | None:
    if abs(at_s // DAY_S - now_s // DAY_S) <= 1:
        return None
    today = datetime.fromtimestamp(now_s, UTC).date()
    return Rejection(
        "day", f"is more than a day from the service's {today}; set the clock, or drop it"
    )
