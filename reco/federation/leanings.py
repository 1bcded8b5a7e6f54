"""Leanings: by how much what a viewer plays exceeds what the start weights foresee, by feature.

A viewer's leanings in a week are a function of that viewer's own plays and of what the instances
say publicly of their videos, and of nothing else. So whether one viewer is counted changes nobody
else's leanings, which is what the privacy of their noised sum rests on. Features that count what
others played here (co-watch, popularity by plays, new) have no part in it; rivals are drawn by
viewer and video, and which plays count depends on the viewer alone.
"""

from collections.abc import Mapping
from hashlib import sha256
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from ..data.arrays import Floats, Ints
from ..data.catalogue import Catalogue
from ..data.ledger import week_of
from ..data.log import DAY_S, Log
from ..data.neighbours import CoWatches
from ..scoring.features import FEATURES, Features
from ..scoring.viewer import viewer_of

# The features that leanings are told of: for viewers who are known, and for newcomers, who have no
# history that the others could be made of.
OF_KNOWN = (
    *("tags", "tags just now", "language", "channel", "channel just now"),
    *("fresh", "popular in the fediverse"),
)
OF_NEWCOMERS = ("fresh", "popular in the fediverse")
TOLD = (*OF_KNOWN, *(f"{name} for newcomers" for name in OF_NEWCOMERS))
# What foresees the choice before anything is known: about the mean of the best weights of these
# features alone on unlike streams.
FORESEEN = {
    "tags": 0.5,
    "tags just now": 0.6,
    "language": 0.5,
    "channel": 0.8,
    "channel just now": 0.7,
    "fresh": 0.8,
    "popular in the fediverse": 1.2,
    "fresh for newcomers": 0.2,
    "popular in the fediverse for newcomers": 1.5,
}
# A viewer's first plays of a week are told of, and each is compared with so many others.
MOST_PLAYS = 8
RIVALS = 30
# Leanings are whole numbers of thousandths; all of one viewer and week add up to this at most.
UNIT = 1_000
BOUND = 3_000
# Weeks that are kept, so that they can be told of, the present one included.
KEPT_WEEKS = 8

_ROWS_KNOWN = [FEATURES.index(name) for name in OF_KNOWN]
_ROWS_NEW = [FEATURES.index(name) for name in OF_NEWCOMERS]
_WEIGHTS = np.array([FORESEEN[name] for name in TOLD])
_NO_VIDEOS, _NO_FIGURES = np.empty(0, np.int32), np.empty(0)
_NOBODY = CoWatches(_NO_VIDEOS, _NO_VIDEOS, _NO_FIGURES, _NO_VIDEOS, _NO_FIGURES, _NO_FIGURES)


class Leaning(NamedTuple):
    """The sum of a viewer's leanings over plays of one week, in the order of `TOLD`."""

    plays: int
    total: tuple[float, ...]


def bounded(leaning: Leaning) -> list[int]:
    """Return a viewer's mean leanings in thousandths, scaled down to `BOUND` in sum.

    >>> sum(map(abs, bounded(Leaning(2, (30.0, -10.0) + 7 * (0.0,)))))
    3000
    """
    mean = UNIT * np.array(leaning.total) / max(1, leaning.plays)
    size = float(np.abs(mean).sum())
    # Truncated towards 0, so that rounding cannot exceed the bound.
    return [int(each) for each in (mean * min(1.0, BOUND / max(size, 1e-9))).tolist()]


class Leanings:
    """The leanings of this instance's viewers, by week and viewer, as long as they are kept."""

    def __init__(self) -> None:
        self.weeks: dict[int, dict[str, Leaning]] = {}

    def add(self, week: int, viewer: str, leaning: Floats) -> None:
        """Add the leanings of one play; more than `MOST_PLAYS` of a week are not counted."""
        newest = max([week, *self.weeks])
        for old in [each for each in self.weeks if each <= newest - KEPT_WEEKS]:
            del self.weeks[old]
        if week <= newest - KEPT_WEEKS:
            return
        viewers = self.weeks.setdefault(week, {})
        plays, total = viewers.get(viewer, Leaning(0, (0.0,) * len(TOLD)))
        if plays < MOST_PLAYS:
            viewers[viewer] = Leaning(plays + 1, tuple((np.array(total) + leaning).tolist()))

    def forget(self, viewer: str) -> None:
        """Forget a viewer."""
        for week in list(self.weeks):
            self.weeks[week].pop(viewer, None)
            if not self.weeks[week]:
                del self.weeks[week]

    def expire(self, before_s: float) -> None:
        """Forget the weeks that ended before a time."""
        for week in [each for each in self.weeks if each < week_of(before_s)]:
            del self.weeks[week]

    def sums(self, week: int) -> tuple[int, list[int]]:
        """Return how many viewers a week has, and the sums of their bounded leanings."""
        viewers = self.weeks.get(week, {}).values()
        sums = np.array([[0] * len(TOLD), *map(bounded, viewers)]).sum(axis=0)
        return len(viewers), sums.tolist()

    def state(self) -> list[Any]:
        """Return what `restore` needs, as plain JSON."""
        return [[week, viewers] for week, viewers in self.weeks.items()]

    def restore(self, state: list[Any]) -> None:
        """Go on from a state."""
        for week, viewers in state:
            self.weeks[week] = {
                viewer: Leaning(plays, tuple(total)) for viewer, (plays, total) in viewers.items()
            }


def leaning_of(
    catalogue: Catalogue, features: Features, viewer: str, log: Log, video: int, at_s: float
) -> Floats | None:
    """Return the leanings of a play after those in the log; None if it had no rivals."""
    rivals = _rivals(catalogue, viewer, log, video, at_s)
    if not len(rivals):
        return None
    tables = features.tables(viewer_of(catalogue, log, frozenset(), at_s), _NOBODY)
    return excess(features.of(tables, np.append(rivals, video), at_s), 1.0 / (1.0 + len(log)))


def excess(features: Floats, newcomer: float) -> Floats:
    """Return by how much the last column exceeds what `FORESEEN` expects of all of them."""
    told = np.concatenate(
        [(1.0 - newcomer) * features[_ROWS_KNOWN], newcomer * features[_ROWS_NEW]]
    )
    scores = _WEIGHTS @ told
    likely = np.exp(scores - scores.max())
    found: Floats = told[:, -1] - told @ (likely / likely.sum())
    return found


def moment(at_s: float, now_s: float) -> float:
    """Return when a play was, as its own report tells: by its day, and when it was received."""
    same_day = isfinite(now_s) and at_s // DAY_S == now_s // DAY_S
    return max(at_s, now_s) if same_day else at_s


def _rivals(catalogue: Catalogue, viewer: str, log: Log, video: int, at_s: float) -> Ints:
    """Draw videos that could have been played instead, by viewer and video alone."""
    name = f"{viewer}\n{catalogue.name(video)}".encode()
    dice = np.random.default_rng(int.from_bytes(sha256(name).digest()[:8], "big"))
    drawn = np.unique(dice.integers(0, len(catalogue), RIVALS)).astype(np.int32)
    public = catalogue.listed[drawn] & (catalogue.published_s[drawn] <= at_s)
    rivals: Ints = drawn[public & (drawn != video) & ~np.isin(drawn, log.videos)]
    return rivals


def as_mapping(sums: list[int]) -> Mapping[str, int]:
    """Return sums by the names in `TOLD`."""
    return dict(zip(TOLD, sums, strict=True))
