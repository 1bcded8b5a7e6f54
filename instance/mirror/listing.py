"""Lists of an instance's public videos, page by page; only what may have changed is asked for.

The newest come first. While the first page and the total account for each other, the other pages
are not asked for; else, and before an hour is over, they are, and those that have not changed are
answered by 304 Not Modified.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from pydantic import Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from ..peertube_json import IGNORE, PUBLIC, Count, Uuid, When, seconds
from .client import Client
from .errors import Unanswered

PAGE = 100
MOST_VIDEOS = 50_000
# Every page is read so often: what is gone is to be taken out within an hour.
READ_ALL_S = 2700.0
LOCAL = {"isLocal": "true", "nsfw": "both", "sort": "-publishedAt"}


@with_config(IGNORE)
class _Privacy(TypedDict):
    id: int


@with_config(IGNORE)
class _Said(TypedDict):
    """The fields that are read of a video in a list, by PeerTube's names."""

    uuid: Uuid
    privacy: _Privacy
    isLocal: bool
    isLive: bool
    views: Count
    duration: Annotated[int, Field(ge=0)]
    publishedAt: When
    updatedAt: When


SAID: TypeAdapter[_Said] = TypeAdapter(_Said)


class Listed(NamedTuple):
    """A public video of the instance's own, as far as it has to be known to be chosen."""

    uuid: str
    views: int
    published_s: float
    updated_s: float


class Page(NamedTuple):
    """A page of a list, and its version."""

    etag: str
    size: int
    total: int
    videos: tuple[Listed, ...]


def listed(said: object) -> Listed | None:
    """Return a video; None unless it is valid, public, the instance's own and no live."""
    try:
        video = SAID.validate_python(said)
    except ValidationError:
        return None
    if video["privacy"]["id"] != PUBLIC or not video["isLocal"] or video["isLive"]:
        return None
    published_s, updated_s = seconds(video["publishedAt"]), seconds(video["updatedAt"])
    return Listed(video["uuid"], video["views"], published_s, updated_s)


class Listing:
    """One list of videos: all, a channel's, or a playlist's."""

    def __init__(
        self, path: str, query: Mapping[str, str], video: Callable[[object], object]
    ) -> None:
        self.path = path
        self._query = query
        self._video = video
        self._pages: list[Page] = []
        # What newer videos have pushed from the first page since all pages were read.
        self._pushed: dict[str, Listed] = {}
        self._read_s = 0.0

    async def refresh(self, client: Client, now_s: float) -> None:
        """Ask for what may have changed since the last time."""
        old = self._pages[0] if self._pages else None
        first = await self._page(client, 0, old)
        is_due = abs(now_s - self._read_s) >= READ_ALL_S
        if old and not is_due and self._accounts_for(first, old):
            here = {video.uuid for video in first.videos}
            self._pushed |= {one.uuid: one for one in old.videos if one.uuid not in here}
            self._pages[0] = first
            return
        pages = [first]
        while pages[-1].size == PAGE and len(pages) * PAGE < min(first.total, MOST_VIDEOS):
            number = len(pages)
            known = self._pages[number] if number < len(self._pages) else None
            pages.append(await self._page(client, number, known))
        self._pages, self._pushed, self._read_s = pages, {}, now_s

    def _accounts_for(self, first: Page, old: Page) -> bool:
        """Say whether the videos that are new on the first page explain the new total."""
        known = {video.uuid for video in self.videos()}
        new = sum(video.uuid not in known for video in first.videos)
        return first.total == old.total + new

    async def _page(self, client: Client, number: int, known: Page | None) -> Page:
        query = {**self._query, "start": f"{number * PAGE}", "count": f"{PAGE}"}
        etag, said = await client.json(self.path, query, known.etag if known else "")
        if said is None and known:
            return known
        data = said.get("data") if isinstance(said, dict) else None
        total = said.get("total") if isinstance(said, dict) else None
        if not isinstance(data, list) or not isinstance(total, int):
            raise Unanswered(f"{self.path} is not a list of PeerTube's form")
        if len(data) > PAGE:
            raise Unanswered(f"{self.path} lists {len(data)} videos where {PAGE} were asked for")
        videos = (listed(self._video(each)) for each in data)
        return Page(etag, len(data), total, tuple(one for one in videos if one))

    def videos(self) -> Iterable[Listed]:
        """Yield all videos; one that is named twice last as it was read last."""
        yield from self._pushed.values()
        for page in reversed(self._pages):
            yield from page.videos

    def dump(self) -> dict[str, Any]:
        """Return what is known, to be stored as JSON."""
        return {"pages": self._pages, "pushed": [*self._pushed.values()], "read": self._read_s}

    def load(self, said: Any) -> None:  # noqa: ANN401
        """Take what was stored; raise `ValueError` or its like when it is of another form."""
        self._pages = [
            Page(etag, size, total, tuple(Listed(*one) for one in videos))
            for etag, size, total, videos in said["pages"]
        ]
        self._pushed = {one[0]: Listed(*one) for one in said["pushed"]}
        self._read_s = float(said["read"])

    def forget(self) -> None:
        """Know nothing."""
        self._pages, self._pushed, self._read_s = [], {}, 0.0


def everything() -> Listing:
    """Return the list of all videos of the instance's own."""
    return Listing("/api/v1/videos", LOCAL, lambda each: each)


def channel(name: str) -> Listing:
    """Return the list of one channel's videos."""
    return Listing(f"/api/v1/video-channels/{quote(name)}/videos", LOCAL, lambda each: each)


def playlist(name: str) -> Listing:
    """Return the list of the videos of a public playlist."""

    def video(each: object) -> object:
        return each.get("video") if isinstance(each, dict) else None

    return Listing(f"/api/v1/video-playlists/{quote(name)}/videos", {}, video)
