"""Which of the scored videos are shown, in which order."""

from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..data.arrays import Bools, Floats, Ints
from ..data.catalogue import Catalogue
from ..data.popularity import Fading
from ..messages import Ask
from ..scoring.features import DAY_S
from .diversity import POOL, Pool, dial, diversified, kept_for_new

# A video is new until so many have played it here, and no longer than this. The best for the
# places that are kept for new videos take turns by day and viewer.
NEW_PLAYS, NEW_S, TURNS = 5.0, 30 * DAY_S, 20
DIGITS = 9


class Scored(NamedTuple):
    """By video number its score, −∞ if it may not be shown, and its remote source.

    `new` are the numbers of new videos, `fit` is their score without popularity.
    """

    scores: Floats
    remote: Ints
    new: Ints
    fit: Floats


class Place(NamedTuple):
    """A place of the list: which video, and whether as a chance for it."""

    video: int
    chance: bool


def are_new(catalogue: Catalogue, shown: Bools, plays: Fading, now_s: float) -> Ints:
    """Return which of the videos that may be shown are new, given plays here."""
    recent = catalogue.published_s[: len(shown)] > now_s - NEW_S
    videos = np.flatnonzero(shown & recent).astype(np.int32)
    return videos[plays.levels(now_s, videos) < NEW_PLAYS]


def listed(catalogue: Catalogue, ask: Ask, scored: Scored) -> list[Place]:
    """Return the places from the first to the last that is asked for."""
    kind = dial(1.0 if ask.strategy == "explore" else ask.surprise)
    chances = _chances(catalogue, ask, scored) if kind.chances else []
    members = [*dict.fromkeys(_best(scored.scores, POOL) + chances)]
    videos = np.array(members, np.intp)
    pool = Pool(
        _rounded(scored.scores[videos]),
        catalogue.channel[videos] * (ask.strategy != "same-channel"),
        scored.remote[videos],
        _label_rows(catalogue, videos),
        [members.index(chance) for chance in chances],
    )
    picked = diversified(pool, min(ask.start + ask.count, POOL), kind)
    return [
        Place(members[at], kept_for_new(place, kind.chances) and at in pool.chances)
        for place, at in enumerate(picked)
    ]


def _chances(catalogue: Catalogue, ask: Ask, scored: Scored) -> list[int]:
    """Return new videos that fit the viewer, popularity aside, in today's order."""
    best: list[int] = scored.new[_best(scored.fit, TURNS)].tolist()
    turn = f"{ask.viewer} {int(ask.now_s // DAY_S)} "
    return sorted(best, key=lambda video: crc32((turn + catalogue.name(video)).encode()))


def _best(scores: Floats, count: int) -> list[int]:
    """Return the positions of the best scores above −∞, best first, equal ones in order."""
    # A place among some is no better than that among all, so that most need not be sorted.
    some = scores[::8] if len(scores) > 8 * count else scores
    least = np.partition(some, -count)[-count] if len(some) > count else -np.inf
    at = np.flatnonzero(scores > least - 10.0**-DIGITS)
    best: list[int] = at[np.argsort(-_rounded(scores[at]), kind="stable")[:count]].tolist()
    return best


def _rounded(scores: Floats) -> Floats:
    """Return scores that do not depend on the order in which numbers were added."""
    return np.round(scores, DIGITS)


def _label_rows(catalogue: Catalogue, videos: NDArray[np.intp]) -> Floats:
    """Return one row per video, one column per label that occurs, each row of unit length."""
    every = catalogue.labels[: catalogue.widest, videos]
    labels, place = np.unique(every, return_inverse=True)
    rows = np.zeros((len(videos), len(labels)))
    shares = catalogue.label_shares[: catalogue.widest, videos]
    rows[np.arange(len(videos)), place.reshape(every.shape)] = shares
    return rows
