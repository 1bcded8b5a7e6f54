"""What speaks for a video: a handful of numbers that a person can check."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..data.arrays import Floats, Ints, added_up
from ..data.catalogue import Catalogue
from ..data.ledger import week_of
from ..data.neighbours import Near, Neighbours
from ..data.popularity import Fading
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
    """What each of the viewer's plays brings to each of its neighbours: weight · similarity.

    The rest is as in `Near`.
    """

    plays: Ints
    videos: Ints
    parts: Floats
    remote: Ints
    viewers: Floats
    here: Floats


class Tables(NamedTuple):
    """Where a viewer's features are looked up: by video, label, language and channel.

    Each has a row per feature, in the order of `FEATURES`. Looking up is linear, so that rows
    which are weighed and added up before it give what the features give after it, in a
    fraction of the time.
    """

    videos: Floats
    labels: Floats
    languages: Floats
    channels: Floats

    def weighed(self, weights: Floats) -> "Tables":
        """Return tables of one row each: what the features in them add to a score."""
        ends = np.cumsum([len(table) for table in self])
        parts = zip(np.split(weights, ends[:-1]), self, strict=True)
        return Tables(*((part @ table)[None] for part, table in parts))


# The features that are the same for everybody come last.
EVERYBODYS = 5
NO_NEAR = Near(np.empty(0, np.int32), np.empty(0), np.empty(0, np.int32), np.empty(0), np.empty(0))


class Features:
    """Computes the features of videos for a viewer; `spreads` is what each is divided by."""

    def __init__(
        self, catalogue: Catalogue, neighbours: Neighbours, popular: Sequence[Fading]
    ) -> None:
        self._catalogue, self._neighbours, self._popular = catalogue, neighbours, popular
        self.spreads = SPREADS

    def together(self, viewer: Viewer, now_s: float) -> Together:
        """Return the co-watches that count for a viewer."""
        self._neighbours.turn(week_of(now_s))
        near = [self._neighbours.of(video) for video in viewer.videos.tolist()]
        lengths = [len(each.videos) for each in near]
        together = Near(*map(np.concatenate, zip(NO_NEAR, *near, strict=True)))
        return Together(
            np.repeat(viewer.videos, lengths),
            together.videos,
            np.repeat(viewer.weights, lengths) * together.similarity,
            together.remote,
            together.viewers,
            together.here,
        )

    def remote(self, together: Together) -> Ints:
        """Return by video number the remote source on which the strongest co-watch rests, or 0."""
        remote = np.zeros(len(self._catalogue), np.int32)
        if not together.remote.any():
            return remote
        order = np.argsort(together.parts, kind="stable")
        remote[together.videos[order]] = together.remote[order]
        return remote

    def tables(self, viewer: Viewer, together: Together) -> Tables:
        """Return where the features of this viewer are looked up."""
        return Tables(
            np.stack([self._co_watched(together), self._alike(viewer.videos[:1])]),
            np.stack([viewer.labels, viewer.session_labels]),
            np.sqrt(viewer.languages)[None],
            np.stack([np.sqrt(viewer.channels), viewer.session_channel, viewer.subscribed]),
        )

    def of(self, tables: Tables, videos: Ints, now_s: float) -> Floats:
        """Return one row per feature, one column per video."""
        rows = [*self._looked_up(tables, videos), self._everybodys(videos, now_s)]
        features: Floats = np.concatenate(rows) / self.spreads[:, None]
        return features

    def weighed(
        self, tables: Tables, weights: Floats, videos: Ints | slice, now_s: float
    ) -> Floats:
        """Return Σ weight · feature per video, without making the features of each."""
        own, everybodys = np.split(weights / self.spreads, [-EVERYBODYS])
        total: Floats = everybodys @ self._everybodys(videos, now_s)
        for (row,) in self._looked_up(tables.weighed(own), videos):
            total += row
        return total

    def _looked_up(self, tables: Tables, videos: Ints | slice) -> Iterator[Floats]:
        """Yield for each table its rows, one column per video."""
        c = self._catalogue
        yield tables.videos[:, videos]
        labels, shares = c.labels[: c.widest, videos], c.label_shares[: c.widest, videos]
        yield np.einsum("kji,ji->ki", tables.labels.take(labels, axis=1), shares)
        yield tables.languages.take(c.language[videos], axis=1)
        yield tables.channels.take(c.channel[videos], axis=1)

    def _everybodys(self, videos: Ints | slice, now_s: float) -> Floats:
        """Return the features that do not depend on the viewer."""
        hours = np.maximum(0.0, now_s - self._catalogue.published_s[videos]) / HOUR_S
        fresh = 1.0 / np.sqrt(1.0 + hours)
        lately, long, fediverse = (fading.logs(now_s, videos) for fading in self._popular)
        new = 1.0 / (1.0 + self._popular[1].levels(now_s, videos))
        return np.stack([fresh, lately, long, fediverse, new])

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
