"""What an operator wants of a mirror, checked: which instance, which folder, how much, when."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from selector.bandit.checks import FieldError
from selector.bandit.checks import host as checked_host

from ..settings import SettingsError, is_loopback
from .amounts import Hours
from .listing import Listing, channel, everything, playlist

# UUIDs, and PeerTube's short ones.
VIDEO = re.compile(r"[\w-]{8,50}", re.ASCII)
NAME = re.compile(r"[\w.-]{1,100}(@[\w.:-]{1,200})?", re.ASCII)
MOST_ONLY = 1000


class Options(NamedTuple):
    """All that a mirror is told."""

    origin: str
    folder: Path
    room_bytes: int
    only: tuple[str, ...] = ()
    storage: tuple[str, ...] = ()
    bytes_per_s: int | None = None
    hours: Hours | None = None


class Wanted(NamedTuple):
    """Lists of videos, and single videos, that may be mirrored."""

    listings: list[Listing]
    videos: list[str]


def origin(url: str, option: str) -> str:
    """Return the address of a host over https; over http on this machine alone."""
    try:
        checked = checked_host(url.rstrip("/"), "it")
    except FieldError:
        raise SettingsError(f"{option}: write an address such as https://video.example") from None
    if not checked.startswith("https:") and not is_loopback(urlsplit(checked).hostname or ""):
        raise SettingsError(
            f"{option}: {checked} would be read over http, which anybody on the way can change; "
            "write https://"
        )
    return checked


def wanted(only: tuple[str, ...]) -> Wanted:
    """Read what is to be mirrored: channels, playlists, single videos; everything when empty."""
    listings: list[Listing] = []
    videos: list[str] = []
    if len(only) > MOST_ONLY:
        raise SettingsError(f"--only: at most {MOST_ONLY}; make a playlist of them instead")
    for said in only:
        kind, _, name = said.partition(":")
        if kind == "channel" and NAME.fullmatch(name):
            listings.append(channel(name))
        elif kind == "playlist" and VIDEO.fullmatch(name):
            listings.append(playlist(name))
        elif VIDEO.fullmatch(said):
            videos.append(said)
        else:
            raise SettingsError(
                f"--only: {said[:100]!r}: write channel:NAME, playlist:UUID or a video's UUID"
            )
    return Wanted(listings if only else [everything()], videos)
