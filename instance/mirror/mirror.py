"""The mirror at work: it follows what is public at the origin, and copies what is worth its room.

Following (`follow`) goes on at all hours, and takes out what is gone. Copying (`copy`) keeps to
the hours and the rate. Both are given again and again; a run that was interrupted loses nothing.
"""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from ..clock import Clock
from .amounts import shown
from .client import Client
from .download import download, right_segments
from .errors import Changed, DiskFull, Gone, Paused, Refused, Unanswered
from .hls import Segments
from .listing import Listed
from .options import Options, wanted
from .progress import Progress
from .source import Plan, Source, details, plan, source
from .store import Held, Store, sync, write
from .usefulness import to_make_room, usefulness

STATE = "origin.json"
# Every counted view changes a video's `updatedAt`; a replacement is noticed within this time.
COMPARE_S = 3600.0
# What was refused is looked at again after a day, or when it was changed after an hour.
REFUSED_S = 86_400.0
MOST_REFUSED = 10_000
# What failed for the moment is tried again after this time, and does not keep others waiting.
LATER_S = 900.0
# So many videos that fail one after the other say that the origin is away.
MOST_FAILURES = 3
# Videos that are too large for the room that is left; each had to be asked for to know that.
MOST_MISFITS = 20

P = ParamSpec("P")
T = TypeVar("T")


class Mirror:
    """Follows one origin, and copies into one folder."""

    def __init__(
        self, options: Options, store: Store, client: Client, clock: Clock, progress: Progress
    ) -> None:
        self._options = options
        self._store = store
        self._client = client
        self._clock = clock
        self._progress = progress
        self._wanted = wanted(options.only)
        # Public videos that may be mirrored, as the origin lists them.
        self.listed: dict[str, Listed] = {}
        self._named: dict[str, Listed] = {}
        # By video: its `updatedAt` when its source was compared with what is held, and when.
        self._compared: dict[str, tuple[float, float]] = {}
        # By video: when it was refused, and why.
        self.refused: dict[str, tuple[float, str]] = {}
        self._bytes: dict[str, int] = {}
        # By video: when it failed for the moment.
        self._failed_s: dict[str, float] = {}
        # How often the lists were read in this run.
        self._rounds = 0
        # Folders are changed by one task at a time.
        self._changing = asyncio.Lock()
        self._load()
        progress.refused = self.refused
        # Videos that were refused, or failed for the moment, in this run.
        self.failed = 0

    def _load(self) -> None:
        """Take up what an earlier run knew of the origin; without it everything is asked anew."""
        said = self._store.load(STATE)
        try:
            for listing in self._wanted.listings:
                if listing.path in said["lists"]:
                    listing.load(said["lists"][listing.path])
            self._compared = {uuid: (one, two) for uuid, (one, two) in said["compared"].items()}
            self.refused = {uuid: (at, str(why)) for uuid, (at, why) in said["refused"].items()}
            self._bytes = dict(said["bytes"])
        except (TypeError, KeyError, ValueError, AttributeError, IndexError):
            for listing in self._wanted.listings:
                listing.forget()

    async def save(self) -> None:
        """Store what is known of the origin."""
        said: dict[str, Any] = {
            "lists": {listing.path: listing.dump() for listing in self._wanted.listings},
            "compared": self._compared,
            "refused": self.refused,
            "bytes": self._bytes,
        }
        await self._change(self._store.save, STATE, said)

    async def follow(self) -> None:
        """Compare with the origin's lists, and take out what is gone or no longer public."""
        for listing in self._wanted.listings:
            try:
                await listing.refresh(self._client, self._clock.now_s())
            except Gone as error:
                listing.forget()
                self._progress.says(f"nothing to mirror: {error}")
        unanswered: Unanswered | None = None
        for name in self._wanted.videos:
            try:
                self._named[name] = (await details(self._client, name)).video
            except Gone:
                self._named.pop(name, None)
            except Unanswered as error:
                unanswered = error
        every = [one for listing in self._wanted.listings for one in listing.videos()]
        self.listed = {one.uuid: one for one in (*every, *self._named.values())}
        for uuid in [uuid for uuid in list(self._store.videos) if uuid not in self.listed]:
            # A list may leave out what can be had by name.
            # One that has no answer must not keep the others here that are no longer public.
            try:
                await self._look_up(uuid)
            except (Gone, Refused):
                pass
            except Unanswered as error:
                unanswered = error
        known = self.listed.keys() | self._store.videos.keys()
        for table in (self._compared, self.refused, self._bytes, self._failed_s):
            for uuid in table.keys() - known:
                del table[uuid]
        self._rounds += 1
        await self.save()
        self._progress.followed(len(self.listed))
        if unanswered:
            raise unanswered

    async def _look_up(self, uuid: str) -> Source:
        """Return where a video's files are; take it out, and raise `Gone`, when it is gone."""
        try:
            return source(self._client, await details(self._client, uuid))
        except Gone:
            self.listed.pop(uuid, None)
            if uuid in self._store.videos:
                await self._change(self._store.drop, uuid)
                self._progress.says(f"taken out: {uuid}, which is no longer public")
            raise

    async def copy(self) -> bool:
        """Copy what is worth its room; return whether there is nothing more to do now."""
        misfits, rounds = 0, self._rounds
        failures: list[Unanswered] = []
        if not rounds:
            return False
        await self._change(self._store.drop_partial, self.listed)
        await self._keep_to_room()
        for video in sorted(self.listed.values(), key=self._worth, reverse=True):
            if not self._is_hour():
                break
            if rounds != self._rounds:  # Another video may be worth more by now.
                return False
            if self._is_settled(video):
                continue
            try:
                misfits += not (self._may_fit(video) and await self._bring(video))
                failures.clear()
            except Gone:
                continue
            except Changed as error:  # What was listed is replaced at this moment.
                self._later(video, error)
            except Unanswered as error:
                self._later(video, error)
                failures.append(error)
                if len(failures) == MOST_FAILURES:
                    break
            except Refused as error:
                await self._refuse(video, str(error))
            except Paused:
                break
            except OSError as error:
                raise DiskFull(f"{self._options.folder}: {error.strerror or error}") from error
            if misfits == MOST_MISFITS:
                break
        await self.save()
        if failures:
            raise failures[-1]
        return True

    def _later(self, video: Listed, error: Exception) -> None:
        self.failed += 1
        self._failed_s[video.uuid] = self._clock.now_s()
        self._progress.says(f"later: {video.uuid}: {error}")

    async def _keep_to_room(self) -> None:
        """Take out the least useful videos when the room has become smaller."""
        held = sorted(self._store.videos, key=self._worth_of, reverse=True)
        while self._store.held_bytes > self._options.room_bytes:
            await self._change(self._store.drop, held.pop())

    def _worth(self, video: Listed) -> float:
        return usefulness(video, self._clock.now_s())

    def _worth_of(self, uuid: str) -> float:
        video = self.listed.get(uuid)
        return self._worth(video) if video else 0.0

    def _is_hour(self) -> bool:
        hours = self._options.hours
        return hours is None or hours.contain(self._clock.now().astimezone().hour)

    def _is_settled(self, video: Listed) -> bool:
        """Say whether there is nothing to do for a video now."""
        now_s = self._clock.now_s()
        if video.uuid in self.refused:
            at_s, _ = self.refused[video.uuid]
            waits_s = COMPARE_S if video.updated_s > at_s else REFUSED_S
            return abs(now_s - at_s) < waits_s
        if abs(now_s - self._failed_s.get(video.uuid, -LATER_S)) < LATER_S:
            return True
        updated_s, at_s = self._compared.get(video.uuid, (-1.0, -COMPARE_S))
        is_same = video.updated_s == updated_s or abs(now_s - at_s) < COMPARE_S
        return video.uuid in self._store.videos and is_same

    async def _refuse(self, video: Listed, why: str) -> None:
        self.failed += 1
        if len(self.refused) < MOST_REFUSED:
            self.refused[video.uuid] = self._clock.now_s(), why[:500]
        self._progress.says(f"refused: {video.uuid}: {why}")
        await self._change(self._store.discard, video.uuid)

    def _may_fit(self, video: Listed) -> bool:
        """Say whether there is room, as far as the video's size is known."""
        size = self._bytes.get(video.uuid)
        return size is None or self._to_evict(video, size) is not None

    def _to_evict(self, video: Listed, size: int) -> list[str] | None:
        """Return what has to go for a video of `size` bytes; None when it has no room."""
        others = [held for uuid, held in list(self._store.videos.items()) if uuid != video.uuid]
        used = sum(held.bytes for held in others) + self._store.partial_bytes(but=video.uuid)
        needed = used + size - self._options.room_bytes
        return to_make_room(needed, self._worth(video), others, self._worth_of)

    async def _bring(self, video: Listed) -> bool:
        """Bring a video up to date; return False when there is no room for it."""
        found = await self._look_up(video.uuid)
        self.refused.pop(video.uuid, None)
        held = self._store.videos.get(video.uuid)
        if held and held.source == found:
            self._note_current(video)
            return True
        planned = await plan(self._client, found)
        if planned.bytes > self._options.room_bytes:
            raise Refused(f"has {shown(planned.bytes)}, which is more than the whole room")
        self._bytes[video.uuid] = planned.bytes
        if held and _contradicts(self._store, held, planned):
            # Under the same name there are other bytes now: those that are held are wrong.
            await self._change(self._store.drop, video.uuid)
            held = None
        evicted = self._to_evict(video, planned.bytes)
        if evicted is None:
            await self._change(self._store.discard, video.uuid)
            return False
        for uuid in evicted:
            await self._change(self._store.drop, uuid)
            self._progress.says(f"made room: {uuid}")
        await self._copy_files(video, planned, held)
        self._note_current(video)
        return True

    def _note_current(self, video: Listed) -> None:
        self._compared[video.uuid] = video.updated_s, self._clock.now_s()

    async def _copy_files(self, video: Listed, planned: Plan, held: Held | None) -> None:
        uuid = video.uuid
        folder = await self._change(self._store.partial, uuid)
        await asyncio.to_thread(_stage_texts, folder, planned)
        self._progress.begins(uuid, planned.bytes)

        def came(size: int) -> None:
            self._progress.came(size)
            if not self._is_hour():
                raise Paused
            if uuid not in self.listed:
                raise Changed("it is no longer public")

        for name, segments in planned.media.items():
            target = folder / name
            known = self._store.public / held.source.folder / name if held else target
            reused = held is not None and await asyncio.to_thread(_reuse, known, target, segments)
            if reused:
                came(segments[-1].end)
            else:
                await download(self._client, planned.source.url(name), target, segments, came)
        if uuid not in self.listed:
            raise Changed("it is no longer public")
        await asyncio.to_thread(sync, folder)
        await self._change(self._store.publish, uuid, planned)
        self._progress.ends(uuid, planned.bytes, len(planned.sizes))

    async def _change(self, change: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._changing:
            return await asyncio.to_thread(change, *args, **kwargs)


def _stage_texts(folder: Path, planned: Plan) -> None:
    for file in folder.iterdir():
        if file.name not in planned.media:
            file.unlink()
    for name, text in planned.texts.items():
        write(folder / name, text)


def _reuse(known: Path, target: Path, segments: Segments) -> bool:
    """Use a file that is served already, without a second copy, if it is right."""
    if target.exists() and target.stat().st_nlink > 1:
        target.unlink()  # It must not be written to: it is served.
    if not known.exists():
        return False
    with known.open("rb") as file:
        if right_segments(file, segments) < len(segments):
            return False
    target.unlink(missing_ok=True)
    os.link(known, target)
    return True


def _contradicts(store: Store, held: Held, planned: Plan) -> bool:
    """Say whether a video file that is held is to have other bytes now."""
    try:
        old = json.loads((store.public / held.source.folder / held.source.digests).read_bytes())
    except (OSError, ValueError):
        return True
    new = json.loads(planned.texts[planned.source.digests])
    return any(old.get(name) != new[name] for name in held.sizes.keys() & planned.media.keys())
