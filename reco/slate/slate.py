"""The slate: which of the scored videos are shown, in which order."""

from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..data.arrays import Bools, Floats, Ints
from ..data.catalogue import Catalogue
from ..data.popularity import DecayedCounter
from ..messages import Ask
from ..scoring.features import DAY_S
from .diversity import POOL, Pool, dial_at, diversify, is_exploration_slot

# A video is new until it has so many plays here, and no longer than this. The best new videos take
# turns in the exploration slots, by day and viewer.
NEW_PLAYS, NEW_S, TURNS = 5.0, 30 * DAY_S, 20
DIGITS = 9


class Scored(NamedTuple):
    """By video number the score, −∞ if it may not be shown, and the remote source, or 0.

    `new` holds the numbers of new videos, `fit` their scores without the features of popularity.
    """

    scores: Floats
    remote: Ints
    new: Ints
    fit: Floats


class Slot(NamedTuple):
    """One slot of the slate: its video, and whether it is there for exploration."""

    video: int
    exploration: bool


def new_videos(catalogue: Catalogue, shown: Bools, plays: DecayedCounter, now_s: float) -> Ints:
    """Return which of the videos that may be shown are new, by the plays on this instance."""
    recent = catalogue.published_s[: len(shown)] > now_s - NEW_S
    videos = np.flatnonzero(shown & recent).astype(np.int32)
    return videos[plays.levels(now_s, videos) < NEW_PLAYS]


def make_slate(catalogue: Catalogue, ask: Ask, scored: Scored) -> list[Slot]:
    """Return the slots of the slate, up to the last one that is asked for."""
    dial = dial_at(1.0 if ask.strategy == "explore" else ask.surprise)
    exploration = _exploration(catalogue, ask, scored) if dial.exploration_every else []
    members = [*dict.fromkeys(_best(scored.scores, POOL) + exploration)]
    videos = np.array(members, np.intp)
    pool = Pool(
        _rounded(scored.scores[videos]),
        catalogue.channel[videos] * (ask.strategy != "same-channel" and ask.within is None),
        scored.remote[videos],
        _label_rows(catalogue, videos),
        [members.index(video) for video in exploration],
    )
    picked = diversify(pool, min(ask.start + ask.count, POOL), dial)
    return [
        Slot(
            members[at],
            is_exploration_slot(slot, dial.exploration_every) and at in pool.exploration,
        )
        for slot, at in enumerate(picked)
    ]


def _exploration(catalogue: Catalogue, ask: Ask, scored: Scored) -> list[int]:
    """Return the new videos that fit the viewer best, in the order of their turns today."""
    best: list[int] = scored.new[_best(scored.fit, TURNS)].tolist()
    turn = f"{ask.viewer} {int(ask.now_s // DAY_S)} "
    return sorted(best, key=lambda video: crc32((turn + catalogue.name(video)).encode()))


def _best(scores: Floats, count: int) -> list[int]:
    """Return the positions of the best scores above −∞, best first, equal ones in order."""
    # The count-th best of a part is at most as good as that of all: most need not be sorted.
    some = scores[::8] if len(scores) > 8 * count else scores
    least = np.partition(some, -count)[-count] if len(some) > count else -np.inf
    at = np.flatnonzero(scores > least - 10.0**-DIGITS)
    best: list[int] = at[np.argsort(-_rounded(scores[at]), kind="stable")[:count]].tolist()
    return best


def _rounded(scores: Floats) -> Floats:
    """Round scores, so that they do not depend on the order of floating-point additions."""
    return np.round(scores, DIGITS)


def _label_rows(catalogue: Catalogue, videos: NDArray[np.intp]) -> Floats:
    """Return label vectors: a row of unit length per video, a column per label that occurs."""
    every = catalogue.labels[: catalogue.widest, videos]
    labels, place = np.unique(every, return_inverse=True)
    rows = np.zeros((len(videos), len(labels)))
    shares = catalogue.label_shares[: catalogue.widest, videos]
    rows[np.arange(len(videos)), place.reshape(every.shape)] = shares
    return rows
