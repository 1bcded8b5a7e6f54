"""A stream: videos, and the events of viewers watching them, from a simulation or a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAY_S = 86_400.0
ENGAGED = 0.5
"""From this watched fraction on, a viewer counts as engaged."""

LEAK_S = 60.0


class StreamError(ValueError):
    """The file holds no stream; the text names the array and what is expected."""


@dataclass(frozen=True)
class Stream:
    """Watch events in order of time, and the videos; viewers and videos are numbers from 0."""

    viewer: Ints
    video: Ints
    watched: Floats
    """Share of the video that was watched, 0 to 1."""
    at_s: Floats
    published_s: Floats
    channel: Ints
    """-1: none known."""
    tags: tuple[tuple[str, ...], ...]
    language: tuple[str, ...]
    liked: Bools
    place: Ints | None = None
    """By event: its place in a recommender's list, -1 if it was found otherwise; if known."""

    def __len__(self) -> int:
        return len(self.video)

    @property
    def viewers(self) -> int:
        """How many viewers there are."""
        return int(self.viewer.max()) + 1

    @property
    def videos(self) -> int:
        """How many videos there are."""
        return len(self.published_s)

    @property
    def leaks(self) -> Bools:
        """By event: a first play that is the video's publication, which no model could foresee."""
        first = np.zeros(len(self), dtype=np.bool_)
        first[np.unique(self.video, return_index=True)[1]] = True
        return np.asarray(first & (self.at_s - self.published_s[self.video] < LEAK_S))

    @property
    def plays_before(self) -> Ints:
        """By event: how many plays the viewer had before."""
        order = np.argsort(self.viewer, kind="stable")
        starts = np.searchsorted(self.viewer[order], self.viewer[order])
        found = np.empty(len(self), dtype=np.int64)
        found[order] = np.arange(len(self)) - starts
        return found

    @property
    def engaged(self) -> Ints:
        """The bit of each event, before any noise; a thumb up counts as well."""
        return ((self.watched >= ENGAGED) | self.liked).astype(np.int64)


def load(file: Path) -> Stream:
    """Read a stream from an .npz file.

    It holds, by event: `u` viewer, `i` video, `w` watched fraction, `t` seconds; by video:
    `pub` seconds, `channel` (-1 for none); and `tags` with `tag_rows` (video) and `tag_cols`
    (tag). Languages are the tags that begin with "lang", as such files have no other place.
    """
    try:
        with np.load(file, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError) as error:
        raise StreamError(f"{file}: not an .npz file of plain arrays ({error})") from error
    _check(file, found)
    order = np.argsort(found["t"], kind="stable")
    names = [str(name) for name in found["tags"]]
    of_video: list[list[str]] = [[] for _ in found["pub"]]
    for row, column in zip(found["tag_rows"].tolist(), found["tag_cols"].tolist(), strict=True):
        of_video[row].append(names[column])
    return Stream(
        viewer=found["u"][order].astype(np.int64),
        video=found["i"][order].astype(np.int64),
        watched=found["w"][order].astype(np.float64),
        at_s=found["t"][order].astype(np.float64),
        published_s=found["pub"].astype(np.float64),
        channel=found["channel"].astype(np.int64),
        tags=tuple(tuple(t for t in tags if not t.startswith("lang")) for tags in of_video),
        language=tuple(next((t for t in tags if t.startswith("lang")), "") for tags in of_video),
        liked=np.zeros(len(order), dtype=np.bool_),
    )


def _check(file: Path, found: dict[str, NDArray[np.generic]]) -> None:
    events, videos, pairs = ("u", "i", "w", "t"), ("pub", "channel"), ("tag_rows", "tag_cols")
    for name in (*events, *videos, *pairs, "tags"):
        if name not in found or found[name].ndim != 1:
            raise StreamError(f"{file}: array {name!r} is missing or not a plain list")
    for group in (events, videos, pairs):
        if len({len(found[name]) for name in group}) > 1:
            raise StreamError(f"{file}: {', '.join(group)} must be equally long")
    if not len(found["u"]):
        raise StreamError(f"{file}: there are no events")
    for name, below in (
        ("u", len(found["u"])),
        ("i", len(found["pub"])),
        ("tag_rows", len(found["pub"])),
        ("tag_cols", len(found["tags"])),
    ):
        numbers = found[name].astype(np.int64)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < below:
            raise StreamError(f"{file}: {name} must be from 0 to {below - 1}")
    watched = found["w"].astype(np.float64)
    if not (np.all(watched >= 0.0) and np.all(watched <= 1.0)):
        raise StreamError(f"{file}: w is a watched fraction and must be from 0 to 1")
