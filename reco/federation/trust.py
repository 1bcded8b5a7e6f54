"""Trust: by how much a source improves the forecast of the next play here."""

from typing import NamedTuple


class Trust(NamedTuple):
    """The mean gain in log-likelihood per play with a source, its interval, and the influence.

    `influence` is the source's share in what this instance ranks by, from 0 to 1.
    """

    gain: float
    low: float
    high: float
    influence: float
