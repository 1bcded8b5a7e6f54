"""The model's whole state in one object, so that it can be stored, replaced and exported."""

import numpy as np

from .data.arrays import Floats
from .data.catalogue import Catalogue
from .data.disclosure import Pending
from .data.ledger import Ledger
from .data.log import Log
from .data.neighbours import Neighbours
from .data.popularity import DecayedCounter
from .federation.heard import Heard
from .federation.leanings import Leanings
from .federation.merging import Merged, Merging
from .federation.recent import Recent
from .scoring.drift import Drift
from .scoring.features import DAY_S, Features
from .scoring.ranker import Ranker, mixed, vector

# Half-lives of plays over days and weeks, of public view counters, and of plays over hours.
HALF_LIVES_S = (2 * DAY_S, 30 * DAY_S, DAY_S, DAY_S / 4)
VIEWS = 2


class ModelState:
    """The state that `Model` updates and `snapshot` stores.

    `logs` holds the watch histories by (source, viewer); `popular` the decayed counts of plays
    over days, of plays over weeks, of the public view counters, and of plays over hours. `learned`
    counts the plays of this instance, and `rng` draws the negative samples that the ranker learns
    from. `clock_s` is the time as far as plays and counters have told it; `pending` are plays that
    are not public yet.
    """

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.ledger = Ledger()
        self.logs: dict[tuple[str, str], Log] = {}
        self.neighbours = Neighbours(self.catalogue, self.ledger)
        self.popular = [DecayedCounter(half_life_s) for half_life_s in HALF_LIVES_S]
        self.features = Features(self.catalogue, self.neighbours, self.popular)
        self.ranker = Ranker()
        self.drift = Drift()
        self.rng = np.random.default_rng(0)
        self.learned = 0
        self.clock_s = 0.0
        self.pending = Pending()
        self.leanings = Leanings()
        self.heard = Heard()
        self.recent = Recent()
        self._merging = Merging()

    @property
    def merged(self) -> Merged:
        """The weights that rank, with what others say, and the trust in each of them."""
        return self._merging.of(self.ranker, self.heard, self.recent)

    def weights_for(self, newcomer: float) -> Floats:
        """Return the weight of each feature for a viewer, who is a newcomer to this degree."""
        if not self.heard:
            return self.ranker.for_viewer(newcomer)
        return mixed(vector(self.merged.weights), newcomer)

    @property
    def popular_by_plays(self) -> list[DecayedCounter]:
        """The counters that plays are counted in."""
        return [counter for number, counter in enumerate(self.popular) if number != VIEWS]
