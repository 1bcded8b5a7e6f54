"""What the plugin tells at once, so that nobody waits for the next look at PeerTube."""

from typing import Annotated

from aiohttp import web
from pydantic import Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from ...recommendations.forgetting import Receipt, forget
from ...recommendations.journal_records import Gone, Subject
from ...recommendations.public_video import Uuid
from ...recommendations.recommender import Recommender
from ..bodies import Bodies
from ..errors import json_response
from ..json_schema import plain, shape
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
RECEIPT: TypeAdapter[object] = TypeAdapter(shape(Receipt))


class Catalogue:
    """Takes out videos that have left, and viewers who want to."""

    def __init__(self, recommender: Recommender, bodies: Bodies) -> None:
        self._recommender = recommender
        self._bodies = bodies

    async def gone(self, request: web.Request) -> web.Response:
        """Take videos out; it is durable when this is answered."""
        async with self._bodies.read(request) as body:
            said = read(body, LEFT)
        shown = (await self._recommender.keeper.state()).shown
        known = [video for video in dict.fromkeys(said["videos"]) if video in shown]
        await self._recommender.keeper.append([Gone(video) for video in known])
        return json_response({"dropped": len(known)})

    async def forget(self, request: web.Request) -> web.Response:
        """Forget a viewer for real, and give a receipt."""
        async with self._bodies.read(request) as body:
            said = read(body, FORGET_ME)
        names, keeper = self._recommender.names, self._recommender.keeper
        subject = Subject("viewer", names.of(said["viewer"]))
        async with self._recommender.forgetting:
            receipt = await forget(keeper.journal, subject, names)
            await keeper.journal.wipe(everything=False)
        await keeper.follow()
        return json_response(plain(receipt))
