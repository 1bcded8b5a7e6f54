"""Removals that the plugin tells at once: videos that have left, viewers to be forgotten.

The crawl would find the videos too, but only at its next round.
"""

from typing import Annotated

from aiohttp import web
from pydantic import Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from ...peertube_json import Uuid
from ...recommendations.forgetting import Receipt
from ...recommendations.journal_records import Gone
from ...recommendations.recommender import Recommender
from ..bodies import Bodies
from ..endpoint import endpoint
from ..errors import RequestError, json_response
from ..json_schema import json_type, to_json
from ..messages import STRICT, read
from .events import Viewer

MOST_GONE = 1000


@with_config(STRICT)
class Left(TypedDict):
    """Videos that were deleted, or are no longer public."""

    videos: Annotated[list[Uuid], Field(min_length=1, max_length=MOST_GONE)]


class Dropped(TypedDict):
    """How many of them were known; they are recommended and counted no more."""

    dropped: int


@with_config(STRICT)
class ForgetMe(TypedDict):
    """Who wants to be forgotten; that the token is known is proof enough."""

    viewer: Viewer


LEFT: TypeAdapter[Left] = TypeAdapter(Left)
DROPPED: TypeAdapter[Dropped] = TypeAdapter(Dropped)
FORGET_ME: TypeAdapter[ForgetMe] = TypeAdapter(ForgetMe)
RECEIPT: TypeAdapter[object] = TypeAdapter(json_type(Receipt))


class Catalogue:
    """Takes videos and viewers out of the recommender."""

    def __init__(self, recommender: Recommender, bodies: Bodies) -> None:
        self._recommender = recommender
        self._bodies = bodies

    @endpoint(
        "/api/v1/videos/gone",
        "Take out videos that were deleted or are no longer public.",
        DROPPED,
        method="POST",
        who="plugin",
        body=LEFT,
        down=True,
    )
    async def gone(self, request: web.Request) -> web.Response:
        """Take videos out; the removal is durable when this is answered."""
        async with self._bodies.read(request) as body:
            said = read(body, LEFT)
        public = (await self._recommender.replica.state()).public_videos
        known = [video for video in dict.fromkeys(said["videos"]) if video in public]
        await self._recommender.replica.append([Gone(video) for video in known])
        return json_response({"dropped": len(known)})

    @endpoint(
        "/api/v1/forget",
        "Forget a viewer, and give a signed receipt.",
        RECEIPT,
        method="POST",
        who="plugin",
        body=FORGET_ME,
        down=True,
        optional=True,
    )
    async def forget(self, request: web.Request) -> web.Response:
        """Erase a viewer's events, and give a signed receipt."""
        async with self._bodies.read(request) as body:
            said = read(body, FORGET_ME)
        if self._recommender.crawl is None:
            raise RequestError(
                404, "recommendations", "are off; MIRRORWISE_PEERTUBE_URL is not set"
            )
        viewer = self._recommender.names.of(said["viewer"])
        return json_response(to_json(await self._recommender.forget_queue.forget(viewer)))
