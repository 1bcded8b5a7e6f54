"""Coverage, diversity and concentration of recommendations: the operator's figures, one row a day.

They say whether the recommender narrows what is watched. They are computed from the lists that
a sample of viewers and of videos would be given now; `watched` from the plays of the last weeks.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reco import Ask, Strategy

from ..clock import DAY_S
from .state import State

LIST = 10
# A list takes some 10 ms: a second in all, once a day; other work is done between two lists.
MOST_LISTS = 100


class Figures(NamedTuple):
    """What is true on one day, `day` being days since 1970.

    - `coverage`: share of all public videos that are in any of `lists` lists of ten;
    - `diversity`: how unlike two videos of a list are, 0 to 1, by tags, category and language;
    - `concentration`: Gini coefficient of the lists, 0 for all videos alike, 1 for one alone;
    - `watched`: the same of what is watched here, the last month weighing most;
    - `viewed`: the same of PeerTube's public view counters;
    - `weights`: the weights of the re-ranker.
    """

    day: int
    videos: int
    viewers: int
    lists: int
    coverage: float
    diversity: float
    concentration: float
    watched: float
    viewed: float
    weights: dict[str, float]


async def figures(state: State, now_s: float) -> dict[str, Any]:
    """Return the figures of today; other tasks run between two lists."""
    model = state.model
    lists = []
    for ask in _requests(state, now_s):
        lists.append([found.video for found in model.recommend(ask)])
        await asyncio.sleep(0)
    listed = np.array([model.catalogue.index[video] for video in state.public_videos], np.int32)
    times = Counter(video for each in lists for video in each)
    return Figures(
        int(now_s // DAY_S),
        len(listed),
        len(model.logs),
        len(lists),
        len(times) / max(len(listed), 1),
        _diversity(state, lists),
        gini([times[video] for video in state.public_videos]),
        gini(model.popular[1].levels(now_s, listed)),
        gini(model.catalogue.views[listed]),
        model.ranker.weights,
    )._asdict()


def gini(counts: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the Gini coefficient of counts that are not negative.

    >>> gini([1, 1, 1]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    ordered = np.sort(np.asarray(counts, dtype=float))
    total, size = float(ordered.sum()), len(ordered)
    if not total:
        return 0.0
    ranks = np.arange(1, size + 1)
    return float(2 * (ranks @ ordered) / (size * total) - (size + 1) / size)


def _requests(state: State, now_s: float) -> list[Ask]:
    """Return a sample of requests: viewers, and pages of videos, evenly over all of them."""
    viewers = [viewer for source, viewer in state.model.logs if not source]
    pages = list(state.public_videos)
    asks = [Ask(now_s, viewer=viewer, count=LIST) for viewer in _sample(viewers)]
    related: Strategy = "related"
    return asks + [Ask(now_s, strategy=related, video=each, count=LIST) for each in _sample(pages)]


def _sample(names: Sequence[str]) -> Sequence[str]:
    half = MOST_LISTS // 2
    return names[:: max(1, -(-len(names) // half))]


def _diversity(state: State, lists: Sequence[Sequence[str]]) -> float:
    pairs = [pair for each in lists for pair in combinations(each, 2)]
    unlike = [1.0 - _cosine(_labels(state, one), _labels(state, other)) for one, other in pairs]
    return float(np.mean(unlike)) if unlike else 0.0


def _labels(state: State, video: str) -> dict[int, float]:
    """Return how much each label describes a video; the squares add up to 1."""
    catalogue = state.model.catalogue
    number = catalogue.index[video]
    labels = catalogue.labels[:, number].tolist()
    shares = catalogue.label_shares[:, number].tolist()
    return {label: share for label, share in zip(labels, shares, strict=True) if label}


def _cosine(one: dict[int, float], other: dict[int, float]) -> float:
    """Return the cosine similarity of two videos' labels."""
    return sum(share * other.get(label, 0.0) for label, share in one.items())
