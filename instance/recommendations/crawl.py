"""Crawl of PeerTube's public videos: the catalogue follows what is public there."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from time import monotonic
from typing import Any

import orjson

from .journal_records import Counts, Gone, Put, Record
from .peertube import PAGE, PeerTube, Unanswered
from .replica import Replica

MOST_VIDEOS = 20_000
# PeerTube's counters change every half hour.
ROUND_S = 900.0
# Known videos that the list did not name are looked up one by one, at most so many a round.
MOST_CHECKS = 200
# `updatedAt` may mean new tags, which only the video's details tell. But every counted view
# changes it too: so a video's tags are read at most once a day.
TAGS_S = 86_400.0
# An unknown video is looked up at once, then not again for this long; bounded in number.
UNKNOWN_S = 60.0
MOST_UNKNOWN = 1000
MOST_LOOK_UPS = 8
log = logging.getLogger("mirrorwise")
CHANGING = ("views", "likes", "updatedAt", "tags")


class Crawl:
    """Compares PeerTube's public videos with the model's, and records the differences."""

    def __init__(self, peertube: PeerTube, replica: Replica) -> None:
        self._peertube = peertube
        self._replica = replica
        self._tags_read_s: dict[str, float] = {}
        self._round = 0
        self._checked: dict[str, int] = {}
        self._unknown_until_s: OrderedDict[str, float] = OrderedDict()
        self._look_ups: dict[str, asyncio.Task[bool]] = {}

    async def round(self) -> None:
        """Compare all public videos once; may raise `Unanswered` and `Unavailable`."""
        seen: set[str] = set()
        for start in range(0, MOST_VIDEOS, PAGE):
            page = await self._peertube.page(start)
            records = [record for video in page.videos for record in await self._compared(video)]
            await self._replica.append(records)
            seen.update(video["uuid"] for video in page.videos)
            if start + PAGE >= page.total:
                break
        else:
            log.warning("PeerTube lists more than %d videos; older ones are left out", MOST_VIDEOS)
        await self._check(uuid for uuid in await self._public() if uuid not in seen)
        self._tags_read_s = {uuid: s for uuid, s in self._tags_read_s.items() if uuid in seen}

    async def _check(self, missing: Iterable[str]) -> None:
        """Look up videos that were not listed: those first whose last check is the longest ago.

        A list may leave out videos that can be had by name, such as those of a muted instance.
        These must not take the turns of videos that are deleted.
        """
        self._round += 1
        checked = {uuid: self._checked.get(uuid, 0) for uuid in missing}
        for uuid in sorted(checked, key=checked.__getitem__)[:MOST_CHECKS]:
            await self.look_up(uuid)
            checked[uuid] = self._round
        self._checked = checked

    async def _public(self) -> list[str]:
        return [*(await self._replica.state()).public_videos]

    async def look_up(self, uuid: str) -> bool:
        """Ask PeerTube for one video, record the answer, and return whether it is public."""
        video = await self._peertube.video(uuid)
        known = await self._known(uuid)
        if video:
            await self._replica.append(_changes(known, video))
        elif known:
            await self._replica.append([Gone(uuid)])
        return video is not None

    async def is_public(self, uuid: str) -> bool:
        """Say whether a video is public, asking PeerTube if unknown; may raise `Unanswered`."""
        if await self._known(uuid):
            return True
        if monotonic() < self._unknown_until_s.get(uuid, 0.0):
            return False
        look_up_task = self._look_ups.get(uuid)
        if look_up_task is None:
            if len(self._look_ups) >= MOST_LOOK_UPS:
                raise Unanswered("others are being asked for")
            look_up_task = self._look_ups[uuid] = asyncio.create_task(self.look_up(uuid))
            look_up_task.add_done_callback(lambda _: self._look_ups.pop(uuid))
        public = await asyncio.shield(look_up_task)
        if not public:
            self._unknown_until_s[uuid] = monotonic() + UNKNOWN_S
            if len(self._unknown_until_s) > MOST_UNKNOWN:
                self._unknown_until_s.popitem(last=False)
        return public

    async def close(self) -> None:
        """Close the connection to PeerTube."""
        await self._peertube.close()

    async def _known(self, uuid: str) -> dict[str, Any] | None:
        known = (await self._replica.state()).public_videos.get(uuid)
        await asyncio.sleep(0)  # a page of a hundred must not keep others waiting
        return orjson.loads(known) if known is not None else None

    async def _compared(self, video: dict[str, Any]) -> list[Record]:
        """Return the changes of a listed video; its tags are asked for if they may be new."""
        uuid = video["uuid"]
        known = await self._known(uuid)
        if known is None or _metadata(known) != _metadata(video) or self._tags_due(known, video):
            detailed = await self._peertube.video(uuid)
            self._tags_read_s[uuid] = monotonic()
            return _changes(known, detailed) if detailed else []
        return _changes(known, video | {"tags": known["tags"]})

    def _tags_due(self, known: dict[str, Any], video: dict[str, Any]) -> bool:
        read_s = self._tags_read_s.setdefault(video["uuid"], monotonic())
        return bool(known["updatedAt"] != video["updatedAt"] and monotonic() - read_s > TAGS_S)


def _metadata(video: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in video.items() if name not in CHANGING}


def _changes(known: dict[str, Any] | None, video: dict[str, Any]) -> list[Record]:
    """Return the records that turn `known` into `video`."""
    if known is None or _metadata(known) != _metadata(video) or known["tags"] != video["tags"]:
        return [Put(video)]
    if (known["views"], known["likes"]) != (video["views"], video["likes"]):
        return [Counts(video["uuid"], video["views"], video["likes"])]
    return []
