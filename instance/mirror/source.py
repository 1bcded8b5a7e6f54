"""Where an origin keeps the files of one video, and what they are: the plan of a copy."""

import re
from typing import Any, NamedTuple

from .client import Client
from .errors import Gone, Refused
from .hls import (
    MOST_TEXT_BYTES,
    MOST_TEXTS_BYTES,
    PLAYLIST,
    Segments,
    is_name,
    media_files,
    media_playlists,
)
from .listing import Listed, listed

HLS = 1
# No part begins with a dot, so none is `..` or hidden; none is a name of ours.
FOLDER = re.compile(r"(?!mirrorwise)(?:[\w~-][\w.~-]{0,99}/){1,8}", re.ASCII)
UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=/)")
DIGESTS = re.compile(r"[\w-]+(\.[\w-]+)*\.json", re.ASCII)


class Source(NamedTuple):
    """The addresses of a video's files, which share a folder; new files have new names."""

    host: str
    # The path below the host, such as `static/streaming-playlists/hls/<uuid>`.
    folder: str
    master: str
    digests: str

    def url(self, name: str) -> str:
        """Return the address of one file."""
        return f"{self.host}/{self.folder}/{name}"


class Plan(NamedTuple):
    """All files of a video: small ones whole, video files by their segments."""

    source: Source
    texts: dict[str, str]
    media: dict[str, Segments]

    @property
    def sizes(self) -> dict[str, int]:
        """Return the size of each file."""
        small = {name: len(text.encode()) for name, text in self.texts.items()}
        return small | {name: segments[-1].end for name, segments in self.media.items()}

    @property
    def bytes(self) -> int:
        """Return the size of all files."""
        return sum(self.sizes.values())


class Details(NamedTuple):
    """A public video of the instance's own, and what its API says of it."""

    video: Listed
    said: dict[str, Any]


async def details(client: Client, uuid: str) -> Details:
    """Ask for a video by name; raise `Gone` unless it is public and the instance's own."""
    path = f"/api/v1/videos/{uuid}"
    said = (await client.json(path, {})).said
    video = listed(said)
    if video is None or video.uuid != uuid.lower() or not isinstance(said, dict):
        raise Gone(f"{path} is no public video of this instance's own")
    return Details(video, said)


def source(client: Client, found: Details) -> Source:
    """Return where a video's files are."""
    playlists = found.said.get("streamingPlaylists")
    for one in playlists if isinstance(playlists, list) else ():
        if isinstance(one, dict) and one.get("type") == HLS:
            urls = one.get("playlistUrl"), one.get("segmentsSha256Url")
            return _source(client, found.video.uuid, *urls)
    raise Refused("has no HLS files (yet)")


def _source(client: Client, uuid: str, playlist_url: object, digests_url: object) -> Source:
    host, folder, master = _parts(client, playlist_url)
    other_host, other_folder, digests = _parts(client, digests_url)
    if (host, folder) != (other_host, other_folder):
        raise Refused("keeps its playlist and its digests in two folders")
    if not is_name(master, PLAYLIST) or not is_name(digests, DIGESTS):
        raise Refused(f"names its files {master[:100]!r} and {digests[:100]!r}")
    # One UUID: no video's folder is within another's.
    is_own = f"/{folder}".endswith(f"/{uuid}/") and len(UUIDS.findall(folder)) == 1
    if not FOLDER.fullmatch(folder) or not is_own:
        raise Refused(f"keeps its files in {folder[:200]!r}, which does not end in its UUID")
    return Source(host, folder.rstrip("/"), master, digests)


def _parts(client: Client, url: object) -> tuple[str, str, str]:
    if not isinstance(url, str) or len(url) > 2000:
        raise Refused("has no list of digests, so that its bytes cannot be checked")
    client.require_known(url)
    scheme, _, host, path = (*url.split("/", 3), "", "", "")[:4]
    folder, _, name = path.rpartition("/")
    return f"{scheme}//{host}", f"{folder}/", name


async def plan(client: Client, source: Source) -> Plan:
    """Read a video's playlists and digests, and check them."""
    left = MOST_TEXTS_BYTES

    async def text(name: str) -> str:
        nonlocal left
        found = await client.text(source.url(name), min(left, MOST_TEXT_BYTES))
        left -= len(found.encode())
        return found

    master = await text(source.master)
    named = media_playlists(master)
    playlists = {name: await text(name) for name in named.segments}
    subtitles = {name: await text(name) for name in named.subtitles}
    digests = await text(source.digests)
    texts = playlists | subtitles | {source.master: master, source.digests: digests}
    return Plan(source, texts, media_files(playlists, digests))
