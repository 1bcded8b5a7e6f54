"""Playlists and digests of one video: strict checks, and which bytes have which sha256.

PeerTube makes one fragmented MP4 per resolution. Its media playlist gives the byte range of each
segment, and one list gives the sha256 of each range. What is not of that form is refused.
"""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from .errors import Refused

MOST_PLAYLISTS = 64
MOST_SEGMENTS = 50_000
# A playlist with 50,000 segments has 5 MB, the digests of ten hours in six resolutions too.
MOST_TEXT_BYTES = 8_000_000
# All playlists and digests of a video together.
MOST_TEXTS_BYTES = 24_000_000
# Before the first segment stand only the codecs' parameters, which no digest covers.
MOST_INIT_BYTES = 65_536
LONGEST_NAME = 200

PLAYLIST = re.compile(r"[\w-]+(\.[\w-]+)*\.m3u8", re.ASCII)
VIDEO = re.compile(r"[\w-]+(\.[\w-]+)*\.mp4", re.ASCII)
RANGE = re.compile(r"([0-9]{1,15})@([0-9]{1,15})")
DIGEST = re.compile(r"[0-9a-fA-F]{64}")
URI = re.compile(r'URI="?([^",]*)', re.IGNORECASE)
INIT_RANGE = re.compile(r'BYTERANGE="([^"]*)"')


class Segment(NamedTuple):
    """Bytes from `start` up to, without, `end`, and their sha256."""

    start: int
    end: int
    sha256: bytes


Segments = tuple[Segment, ...]


class MediaPlaylists(NamedTuple):
    """What a master playlist names: playlists of segments, and those of subtitles."""

    segments: tuple[str, ...]
    subtitles: tuple[str, ...]


def is_name(text: str, pattern: re.Pattern[str]) -> bool:
    """Say whether a text is a plain file name: no folder, no `..`, no other host.

    >>> is_name("a-720.m3u8", PLAYLIST), is_name("../a.m3u8", PLAYLIST), is_name(".m3u8", PLAYLIST)
    (True, False, False)
    """
    return len(text) <= LONGEST_NAME and bool(pattern.fullmatch(text))


def media_playlists(master: str) -> MediaPlaylists:
    """Return the names of all playlists that a master playlist names."""
    segments, subtitles = dict[str, None](), dict[str, None]()
    for line in _lines(master):
        found = URI.search(line)
        name = found[1] if line.startswith("#") and found else line
        if name.startswith("#"):
            continue
        if not is_name(name, PLAYLIST):
            raise Refused(f"the master playlist names {name[:100]!r}")
        (subtitles if "TYPE=SUBTITLES" in line else segments)[name] = None
    if not 0 < len(segments) + len(subtitles) <= MOST_PLAYLISTS:
        raise Refused(f"the master playlist names {len(segments)} playlists")
    return MediaPlaylists(tuple(segments), tuple(subtitles))


def media_files(playlists: Mapping[str, str], digests: str) -> dict[str, Segments]:
    """Return the segments of all video files that playlists name, each with its digest.

    The segments of a file follow one another without gaps, so that every byte behind the first
    segment's start has a digest.
    """
    listed = _parsed(digests)
    files: dict[str, Segments] = {}
    for name, playlist in playlists.items():
        for file, ranges in _ranges(name, playlist).items():
            if file in files:
                raise Refused(f"two playlists name {file}")
            files[file] = tuple(_with_digest(listed, file, *one) for one in ranges)
    if not 0 < len(files) <= MOST_PLAYLISTS:
        raise Refused("no playlist names a segment" if not files else "too many video files")
    if sum(map(len, files.values())) > MOST_SEGMENTS:
        raise Refused(f"there are more than {MOST_SEGMENTS} segments")
    return files


def _ranges(playlist: str, text: str) -> dict[str, list[tuple[int, int]]]:
    """Return by file the ranges of a media playlist, which has an end and leaves no gap."""
    lines = _lines(text)
    if "#EXT-X-ENDLIST" not in lines:
        raise Refused(f"{playlist} has no end: the video may still grow")
    files: dict[str, list[tuple[int, int]]] = {}
    inits: dict[str, int] = {}
    this: tuple[int, int] | None = None
    for line in lines:
        if line.startswith("#EXT-X-MAP:"):
            file, end = _init(playlist, line)
            inits[file] = end
        elif line.startswith("#EXT-X-BYTERANGE:"):
            this = _range(playlist, line.partition(":")[2])
        elif not line.startswith("#"):
            if not is_name(line, VIDEO):
                raise Refused(f"{playlist} names {line[:100]!r}")
            if this is None:
                raise Refused(f"{playlist} has a segment without a byte range")
            known = files.setdefault(line, [])
            expected = known[-1][1] if known else inits.get(line)
            if this[0] != expected:
                raise Refused(f"{playlist}: the ranges of {line} do not follow one another")
            known.append(this)
            this = None
        elif URI.search(line):
            raise Refused(f"{playlist} has {line[:100]!r}")
    return files


def _init(playlist: str, line: str) -> tuple[str, int]:
    """Return the file of an init segment, and where the segment ends."""
    file, said = URI.search(line), INIT_RANGE.search(line)
    if not file or not is_name(file[1], VIDEO):
        raise Refused(f"{playlist} has {line[:100]!r}")
    start, end = _range(playlist, said[1] if said else "")
    if start or end > MOST_INIT_BYTES:
        raise Refused(f"{playlist}: an init segment of {end} bytes")
    return file[1], end


def _range(playlist: str, text: str) -> tuple[int, int]:
    found = RANGE.fullmatch(text)
    length, start = (int(found[1]), int(found[2])) if found else (0, 0)
    if not length:
        raise Refused(f"{playlist}: a byte range is {text[:100]!r}")
    return start, start + length


def _with_digest(listed: Mapping[str, object], file: str, start: int, end: int) -> Segment:
    ranges = listed.get(file)
    digest = ranges.get(f"{start}-{end - 1}") if isinstance(ranges, dict) else None
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        raise Refused(f"bytes {start}-{end - 1} of {file} have no digest")
    return Segment(start, end, bytes.fromhex(digest))


def _parsed(digests: str) -> Mapping[str, object]:
    try:
        said = json.loads(digests)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Refused("the list of digests is not JSON of PeerTube's form")
    return said


def _lines(playlist: str) -> list[str]:
    lines = [line for line in playlist.splitlines() if line]
    if lines[:1] != ["#EXTM3U"]:
        raise Refused("a playlist does not begin with #EXTM3U")
    return lines
