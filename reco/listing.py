"""Which of the scored videos are shown, in which order."""

from typing import NamedTuple
from zlib import crc32

import numpy as np

from .arrays import Floats, Ints
from .catalogue import Catalogue
from .diversity import POOL, Pool, dial, diversified, kept_for_new
from .features import DAY_S
from .words import Ask

# A video is new until so many have played it here, and no longer than this. The best for the
# places that are kept for new videos take turns by day and viewer.
NEW_PLAYS, NEW_S, TURNS = 5.0, 30 * DAY_S, 20


class Scored(NamedTuple):
    """Videos in question: number, score, remote source, positions of the new ones.

    `fit` is the score of the new ones without popularity.
    """

    videos: Ints
    scores: Floats
    remote: Ints
    new: Ints
    fit: Floats


def are_new(catalogue: Catalogue, videos: Ints, plays: Floats, now_s: float) -> Ints:
    """Return the positions of new videos, given how often each was played here."""
    recent = catalogue.published_s[videos] > now_s - NEW_S
    return np.flatnonzero(recent & (plays < NEW_PLAYS)).astype(np.int32)


class Place(NamedTuple):
    """A place of the list: which of the scored videos, and whether as a chance for it."""

    position: int
    chance: bool


def listed(catalogue: Catalogue, ask: Ask, scored: Scored) -> list[Place]:
    """Return the places from the first to the last that is asked for."""
    kind = dial(1.0 if ask.strategy == "explore" else ask.surprise)
    scores = scored.scores
    best = _best(scores, scored.videos, POOL)
    chances = _chances(catalogue, ask, scored) if kind.chances else []
    members = np.array([*dict.fromkeys(best + chances)], np.int64)
    videos = scored.videos[members]
    pool = Pool(
        scores[members],
        catalogue.channel[videos] * (ask.strategy != "same-channel"),
        scored.remote[members],
        _label_rows(catalogue, videos),
        [int(np.flatnonzero(members == chance)[0]) for chance in chances],
    )
    picked = diversified(pool, min(ask.start + ask.count, POOL), kind)
    return [
        Place(int(members[at]), kept_for_new(place, kind.chances) and at in pool.chances)
        for place, at in enumerate(picked)
    ]


def _chances(catalogue: Catalogue, ask: Ask, scored: Scored) -> list[int]:
    """Return positions of new videos that fit the viewer, popularity aside, in today's order."""
    best = scored.new[_best(scored.fit, scored.videos[scored.new], TURNS)].tolist()
    turn = f"{ask.viewer} {int(ask.now_s // DAY_S)} "
    return sorted(
        best, key=lambda at: crc32((turn + catalogue.name(int(scored.videos[at]))).encode())
    )


def _best(scores: Floats, videos: Ints, count: int) -> list[int]:
    """Return the positions of the best scores, best first, equal ones by number."""
    at = np.arange(len(scores))
    if len(scores) > count:
        at = np.flatnonzero(scores >= np.partition(scores, -count)[-count])
    best: list[int] = at[np.lexsort((videos[at], -scores[at]))[:count]].tolist()
    return best


def _label_rows(catalogue: Catalogue, videos: Ints) -> Floats:
    """Return one row per video, one column per label that occurs, each row of unit length."""
    labels, place = np.unique(catalogue.labels[videos], return_inverse=True)
    rows = np.zeros((len(videos), len(labels)))
    np.put_along_axis(rows, place.reshape(len(videos), -1), catalogue.label_shares[videos], 1)
    if len(labels) and labels[0] == 0:
        rows[:, 0] = 0.0
    return rows
