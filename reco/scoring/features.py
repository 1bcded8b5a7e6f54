"""The features of a video for a viewer: fourteen numbers that a person can check."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..data.arrays import Floats, Ints, added_up
from ..data.catalogue import Catalogue
from ..data.neighbours import CoWatches, Hidden, Neighbours
from ..data.popularity import DecayedCounter
from .viewer import Viewer

HOUR_S, DAY_S = 3_600.0, 86_400.0

# By feature: its spread, and its weights before anything was learned, for viewers who are known and
# for newcomers. Divided by the spread, each feature has a spread of about 1 among the candidates,
# so that one prior suits all. The weights lie between those learned from unlike streams (films
# rated over years, videos played over two months); those of newcomers begin as popularity.
SCALES = {
    "co-watch": (0.3, 0.33, 0.33),
    "last watched": (0.3, 0.15, 0.15),
    "tags": (0.3, 0.4, 0.4),
    "tags just now": (0.3, 0.6, 0.6),
    "language": (0.3, 0.3, 0.3),
    "channel": (0.2, 0.6, 0.6),
    "channel just now": (0.3, 0.7, 0.7),
    "subscribed": (0.3, 0.3, 0.3),
    "fresh": (0.2, 0.8, 0.0),
    "popular today": (1.0, 0.0, 0.3),
    "popular now": (1.0, 1.0, 1.0),
    "popular": (1.0, 0.2, 0.0),
    "popular in the fediverse": (1.0, 0.6, 0.6),
    "new": (0.3, 0.0, 0.0),
}
FEATURES = tuple(SCALES)
POPULARITY = tuple(name for name in FEATURES if name.startswith("popular"))
SPREADS = np.array([spread for spread, _, _ in SCALES.values()])
# Co-watch features are ln(1 + LOG_SCALE·x).
LOG_SCALE = 10.0


class Tables(NamedTuple):
    """Lookup tables of a viewer's features, by video, label, language and channel.

    Each table has a row per feature, in the order of `FEATURES`. Lookups are linear: the weighted
    sum of the rows can be taken before them, in a fraction of the time, with the same result.
    """

    videos: Floats
    labels: Floats
    languages: Floats
    channels: Floats

    def weighed(self, weights: Floats) -> "Tables":
        """Return tables of one row each: the weighted sum of the rows of this one."""
        tables = self.videos, self.labels, self.languages, self.channels
        ends = np.cumsum([len(table) for table in tables])
        parts = zip(np.split(weights, ends[:-1]), tables, strict=True)
        videos, labels, languages, channels = ((part @ table)[None] for part, table in parts)
        return Tables(videos, labels, languages, channels)


# So many of the last features are the same for all viewers.
SHARED = 6
# No public counter counts for more than that of the tenth-highest video.
TRUSTED_RANK = 10


class Features:
    """Computes the features of videos for a viewer; each is divided by its entry of `spreads`."""

    def __init__(
        self, catalogue: Catalogue, neighbours: Neighbours, popular: Sequence[DecayedCounter]
    ) -> None:
        self._catalogue, self._neighbours, self._popular = catalogue, neighbours, popular
        self.spreads = SPREADS

    def co_watches(self, viewer: Viewer, hidden: Hidden = None) -> CoWatches:
        """Return who watched other videos together with the viewer's."""
        return self._neighbours.co_watches(viewer.videos, hidden)

    def remote(self, viewer: Viewer, co_watches: CoWatches) -> Ints:
        """Return by video number the main remote source of the strongest co-watch, or 0."""
        remote = np.zeros(len(self._catalogue), np.int32)
        if not co_watches.remote.any():
            return remote
        order = np.argsort(parts(viewer, co_watches), kind="stable")
        remote[co_watches.videos[order]] = co_watches.remote[order]
        return remote

    def tables(self, viewer: Viewer, co_watches: CoWatches) -> Tables:
        """Return the lookup tables of this viewer's features."""
        last = co_watches.of == 0
        return Tables(
            np.stack(
                [
                    self._co_watch_row(co_watches.videos, parts(viewer, co_watches)),
                    self._co_watch_row(co_watches.videos[last], co_watches.similarity[last]),
                ]
            ),
            np.stack([viewer.labels, viewer.session_labels]),
            np.sqrt(viewer.languages)[None],
            np.stack([np.sqrt(viewer.channels), viewer.session_channel, viewer.subscribed]),
        )

    def of(self, tables: Tables, videos: Ints, now_s: float) -> Floats:
        """Return the matrix of features: one row per feature, one column per video."""
        rows = [*self._looked_up(tables, videos), self._shared(videos, now_s)]
        features: Floats = np.concatenate(rows) / self.spreads[:, None]
        return features

    def weighed(
        self, tables: Tables, weights: Floats, videos: Ints | slice, now_s: float
    ) -> Floats:
        """Return Σ weight · feature per video, without the matrix of features."""
        own, shared = np.split(weights / self.spreads, [-SHARED])
        total: Floats = shared @ self._shared(videos, now_s)
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

    def _shared(self, videos: Ints | slice, now_s: float) -> Floats:
        """Return the features that do not depend on the viewer."""
        hours = np.maximum(0.0, now_s - self._catalogue.published_s[videos]) / HOUR_S
        fresh = 1.0 / np.sqrt(1.0 + hours)
        lately, long, fediverse, today = (counter.logs(now_s, videos) for counter in self._popular)
        # Whoever owns a video's public counter can set it to anything.
        fediverse = np.minimum(fediverse, self._popular[2].log_of_rank(now_s, TRUSTED_RANK))
        new = 1.0 / (1.0 + self._popular[1].levels(now_s, videos))
        return np.stack([fresh, today, lately, long, fediverse, new])

    # Most videos are no neighbours, so that only few logarithms are computed.
    def _co_watch_row(self, videos: Ints, similarity: Floats) -> Floats:
        """Return by video number ln(1 + `LOG_SCALE`·Σ similarity)."""
        row = added_up(videos, similarity, len(self._catalogue))
        row[videos] = np.log(1.0 + LOG_SCALE * row[videos])
        return row


def parts(viewer: Viewer, co_watches: CoWatches) -> Floats:
    """Return what each co-watch adds for a viewer: the weight of their play · similarity."""
    added: Floats = viewer.weights[co_watches.of] * co_watches.similarity
    return added
