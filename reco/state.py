"""Everything the model knows, in one place, so that it can be stored, replaced and exported."""

import numpy as np

from .data.catalogue import Catalogue
from .data.ledger import Ledger
from .data.log import Log
from .data.neighbours import Neighbours
from .data.popularity import Fading
from .scoring.drift import Drift
from .scoring.features import DAY_S, Features
from .scoring.ranker import Ranker

LATELY_S, LONG_S, VIEWS_S = 3 * DAY_S, 30 * DAY_S, 7 * DAY_S


class ModelState:
    """What `Model` learns into and `snapshot` stores.

    `logs` holds each viewer's plays by (source, viewer); `popular` the plays of the last days, of
    the last weeks, and the public view counters; `learned` counts the plays that were learned from,
    and `rng` draws the videos that they are compared with.
    """

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.ledger = Ledger()
        self.logs: dict[tuple[str, str], Log] = {}
        self.near = Neighbours(self.catalogue, self.ledger)
        self.popular = [Fading(LATELY_S), Fading(LONG_S), Fading(VIEWS_S)]
        self.features = Features(self.catalogue, self.near, self.popular)
        self.ranker = Ranker()
        self.drift = Drift()
        self.rng = np.random.default_rng(0)
        self.learned = 0
