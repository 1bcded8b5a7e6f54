"""The model's whole state in one object, so that it can be stored, replaced and exported."""

import numpy as np

from .data.catalogue import Catalogue
from .data.disclosure import Pending
from .data.ledger import Ledger
from .data.log import Log
from .data.neighbours import Neighbours
from .data.popularity import DecayedCounter
from .scoring.drift import Drift
from .scoring.features import DAY_S, Features
from .scoring.ranker import Ranker

LATELY_S, LONG_S, VIEWS_S = 2 * DAY_S, 30 * DAY_S, DAY_S


class ModelState:
    """The state that `Model` updates and `snapshot` stores.

    `logs` holds the watch histories by (source, viewer); `popular` the decayed counts of plays
    over days, of plays over weeks, and of the public view counters; `learned` counts the plays of
    this instance, and `rng` draws the negative samples that the ranker learns from. `clock_s` is
    the time as far as plays and counters have told it; `pending` are plays that are not public yet.
    """

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.ledger = Ledger()
        self.logs: dict[tuple[str, str], Log] = {}
        self.neighbours = Neighbours(self.catalogue, self.ledger)
        self.popular = [DecayedCounter(LATELY_S), DecayedCounter(LONG_S), DecayedCounter(VIEWS_S)]
        self.features = Features(self.catalogue, self.neighbours, self.popular)
        self.ranker = Ranker()
        self.drift = Drift()
        self.rng = np.random.default_rng(0)
        self.learned = 0
        self.clock_s = 0.0
        self.pending = Pending()
