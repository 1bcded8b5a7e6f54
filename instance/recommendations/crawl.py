"""Keeping the catalogue as PeerTube's: public videos come in, and leave when they are not."""

import asyncio
from collections import OrderedDict
from time import monotonic
from typing import Any

import orjson

from .journal_records import Counts, Gone, Line, Put
from .peertube import PAGE, PeerTube, Unanswered
from .replica import Keeper

MOST_VIDEOS = 20_000
# PeerTube's counters change every half hour.
ROUND_S = 900.0
# Videos that the list did not name are asked for one by one, the rest in the next round.
MOST_CHECKS = 200
# Counting a view touches `updatedAt` too, so it tells of new tags only now and then.
TAGS_S = 86_400.0
# An unknown video is asked for at once, but not again and again, and not without end.
UNKNOWN_S = 60.0
MOST_UNKNOWN = 1000
MOST_LOOKING = 8
CHANGING = ("views", "likes", "updatedAt", "tags")


class Crawl:
    """Compares PeerTube's public videos with those that the model knows."""

    def __init__(self, peertube: PeerTube, keeper: Keeper) -> None:
        self._peertube = peertube
        self._keeper = keeper
        self._tags_read_s: dict[str, float] = {}
        self._unknown_until_s: OrderedDict[str, float] = OrderedDict()
        self._looking: dict[str, asyncio.Task[bool]] = {}

    async def round(self) -> None:
        """Look at all public videos once; may raise `Unanswered` and `Unavailable`."""
        seen: set[str] = set()
        for start in range(0, MOST_VIDEOS, PAGE):
            page = await self._peertube.page(start)
            lines = [line for video in page.videos for line in await self._compared(video)]
            await self._keeper.append(lines)
            seen.update(video["uuid"] for video in page.videos)
            if start + PAGE >= page.total:
                break
        missing = [uuid for uuid in (await self._keeper.state()).shown if uuid not in seen]
        for uuid in missing[:MOST_CHECKS]:
            await self.look_up(uuid)
        self._tags_read_s = {uuid: s for uuid, s in self._tags_read_s.items() if uuid in seen}

    async def look_up(self, uuid: str) -> bool:
        """Ask for one video, note what is found, and return whether it is public."""
        video = await self._peertube.video(uuid)
        known = await self._known(uuid)
        if video:
            await self._keeper.append(_changes(known, video))
        elif known:
            await self._keeper.append([Gone(uuid)])
        return video is not None

    async def is_public(self, uuid: str) -> bool:
        """Say whether a video is known, or can be learned of just now; may raise `Unanswered`."""
        if await self._known(uuid):
            return True
        if monotonic() < self._unknown_until_s.get(uuid, 0.0):
            return False
        looking = self._looking.get(uuid)
        if looking is None:
            if len(self._looking) >= MOST_LOOKING:
                raise Unanswered("others are being asked for")
            looking = self._looking[uuid] = asyncio.create_task(self.look_up(uuid))
            looking.add_done_callback(lambda _: self._looking.pop(uuid))
        public = await asyncio.shield(looking)
        if not public:
            self._unknown_until_s[uuid] = monotonic() + UNKNOWN_S
            if len(self._unknown_until_s) > MOST_UNKNOWN:
                self._unknown_until_s.popitem(last=False)
        return public

    async def close(self) -> None:
        """Let go of PeerTube."""
        await self._peertube.close()

    async def _known(self, uuid: str) -> dict[str, Any] | None:
        shown = (await self._keeper.state()).shown.get(uuid)
        await asyncio.sleep(0)  # a page of a hundred must not keep others waiting
        return orjson.loads(shown) if shown is not None else None

    async def _compared(self, video: dict[str, Any]) -> list[Line]:
        """Return what is new of a video in the list, with its tags if they may have changed."""
        uuid = video["uuid"]
        known = await self._known(uuid)
        if known is None or _lasting(known) != _lasting(video) or self._tags_due(known, video):
            detailed = await self._peertube.video(uuid)
            self._tags_read_s[uuid] = monotonic()
            return _changes(known, detailed) if detailed else []
        return _changes(known, video | {"tags": known["tags"]})

    def _tags_due(self, known: dict[str, Any], video: dict[str, Any]) -> bool:
        read_s = self._tags_read_s.setdefault(video["uuid"], monotonic())
        return bool(known["updatedAt"] != video["updatedAt"] and monotonic() - read_s > TAGS_S)


def _lasting(video: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in video.items() if name not in CHANGING}


def _changes(known: dict[str, Any] | None, video: dict[str, Any]) -> list[Line]:
    """Return what to note so that `known` becomes `video`."""
    if known is None or _lasting(known) != _lasting(video) or known["tags"] != video["tags"]:
        return [Put(video)]
    if (known["views"], known["likes"]) != (video["views"], video["likes"]):
        return [Counts(video["uuid"], video["views"], video["likes"])]
    return []
