"""What speaks for a video: a handful of numbers that a person can check."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .arrays import Bools, Floats, Ints, added_up
from .catalogue import Catalogue
from .ledger import week_of
from .neighbours import Near, Neighbours
from .popularity import Fading
from .viewer import Viewer

HOUR_S, DAY_S = 3_600.0, 86_400.0

# What each feature is divided by, so that it spreads by about 1 among videos in question and
# one learning rate suits all; and its weight before anything was learned, between what two
# unlike streams (films rated over years, videos played over two months) would have chosen.
SCALES = {
    "co-watch": (0.3, 0.33),
    "last watched": (0.3, 0.15),
    "tags": (0.3, 0.4),
    "tags just now": (0.3, 0.6),
    "language": (0.3, 0.3),
    "channel": (0.2, 0.6),
    "channel just now": (0.3, 0.7),
    "subscribed": (0.3, 0.3),
    "fresh": (0.2, 0.8),
    "popular now": (1.0, 1.0),
    "popular": (1.0, 0.2),
    "popular in the fediverse": (1.0, 0.2),
    "new": (0.3, 0.0),
}
FEATURES = tuple(SCALES)
POPULARITY = ("popular now", "popular", "popular in the fediverse")
START = {name: weight for name, (_, weight) in SCALES.items()}
SPREADS = np.array([spread for spread, _ in SCALES.values()])
# Co-watches enter as ln(1 + CURVE·x).
CURVE = 10.0


class Together(NamedTuple):
    """What each of the viewer's plays brings to each of its neighbours: weight · similarity."""

    plays: Ints
    videos: Ints
    parts: Floats
    remote: Ints


class Features:
    """Computes the features of videos for a viewer."""

    def __init__(
        self, catalogue: Catalogue, neighbours: Neighbours, popular: Sequence[Fading]
    ) -> None:
        self._catalogue, self._neighbours, self._popular = catalogue, neighbours, popular

    def together(self, viewer: Viewer, now_s: float) -> Together:
        """Return the co-watches that count for a viewer."""
        self._neighbours.turn(week_of(now_s))
        near = [self._neighbours.of(video) for video in viewer.videos.tolist()]
        near = near or [Near(np.empty(0, np.int32), np.empty(0), np.empty(0, np.int32))]
        lengths = [len(each.videos) for each in near][: len(viewer.videos)]
        weights = np.repeat(viewer.weights, lengths)
        return Together(
            np.repeat(viewer.videos, lengths),
            np.concatenate([each.videos for each in near]),
            weights * np.concatenate([each.similarity for each in near]),
            np.concatenate([each.remote for each in near]),
        )

    def remote(self, together: Together) -> Ints:
        """Return by video number the remote source on which the strongest co-watch rests, or 0."""
        remote = np.zeros(len(self._catalogue), np.int32)
        if not together.remote.any():
            return remote
        order = np.argsort(together.parts, kind="stable")
        remote[together.videos[order]] = together.remote[order]
        return remote

    def of(self, viewer: Viewer, together: Together, videos: Ints | slice, now_s: float) -> Floats:
        """Return one row per feature, one column per video."""
        rows = self._rows(viewer, together, videos, now_s)
        features = np.empty((len(FEATURES), len(self._catalogue.channel[videos])))
        for row, spread, into in zip(rows, SPREADS, features, strict=True):
            np.divide(row, spread, out=into)
        return features

    def _rows(
        self, viewer: Viewer, together: Together, videos: Ints | slice, now_s: float
    ) -> Iterator[Floats | Bools]:
        """Yield the features in the order of `FEATURES`, before they are divided by spreads."""
        c = self._catalogue
        labels, shares = c.labels[videos, : c.widest], c.label_shares[videos, : c.widest]
        languages, channels = c.language[videos], c.channel[videos]
        levels = [fading.levels(now_s, videos) for fading in self._popular]
        yield self._co_watched(together)[videos]
        yield self._alike(viewer.videos[:1])[videos]
        yield np.einsum("ij,ij->i", viewer.labels[labels], shares)
        yield (
            np.einsum("ij,ij->i", viewer.session_labels[labels], shares)
            if len(viewer.session)
            else np.zeros(len(channels))
        )
        yield np.sqrt(viewer.languages)[languages]
        yield np.sqrt(viewer.channels)[channels]
        yield viewer.session_channel[channels]
        yield viewer.subscribed[channels]
        yield 1.0 / np.sqrt(1.0 + np.maximum(0.0, now_s - c.published_s[videos]) / HOUR_S)
        yield from (np.log(1.0 + level) for level in levels)
        yield 1.0 / (1.0 + levels[1])

    # Most videos are nobody's neighbours, so that few logarithms are to be taken.
    def _co_watched(self, together: Together) -> Floats:
        """Return by video number what all co-watches bring together."""
        row = added_up(together.videos, together.parts, len(self._catalogue))
        row[together.videos] = np.log(1.0 + CURVE * row[together.videos])
        return row

    def _alike(self, videos: Ints) -> Floats:
        """Return by video number how alike the audiences are to that of the one video, if any."""
        row = np.zeros(len(self._catalogue))
        for video in videos.tolist():
            near = self._neighbours.of(video)
            row[near.videos] = np.log(1.0 + CURVE * near.similarity)
        return row
