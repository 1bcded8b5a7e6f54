"""Max-min fair rates of flows that cross two links each, by progressive filling.

A flow can only get more than its max-min fair rate if a flow with the same or a lower rate gets
less (Bertsekas and Gallager, Data Networks, 6.5.2). Here many steps are made at once: a flow that
wants no more than the fair share of each of its links gets what it wants, and a link that is the
tightest for all of its flows is full. Shares only grow while others are served, so both are
final. A crowd needs 2 to 5 rounds instead of one per link.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Shares that differ by less are equal, up to rounding.
EQUAL = 1.0 + 1e-9
TINY = 1e-12


def max_min(weight: Floats, wanted: Floats, links: Ints, capacity: Floats) -> Floats:
    """Return the rate of each flow.

    Shares are fair per unit of `weight`; no flow gets more than it `wanted`; `links`, of shape
    (2, flows), are the two links each flow crosses, and `capacity` is theirs.

    Examples
    --------
    >>> import numpy as np
    >>> links = np.array([[0, 0, 0], [1, 2, 2]])
    >>> max_min(np.ones(3), np.array([9.0, 9.0, 1.0]), links, np.array([8.0, 3.0, 9.0])).tolist()
    [3.0, 4.0, 1.0]

    """
    rate = np.empty(len(wanted))
    left, todo = capacity.copy(), np.arange(len(wanted))
    link, claim, most = links.ravel(), _both(weight), wanted
    while True:
        claims = np.bincount(link, claim, len(left))
        share = (left / np.maximum(claims, TINY))[link] * claim
        gets = np.minimum(np.minimum(*_halves(share)), most)
        loose = np.zeros(len(left), bool)
        loose[link[share > _both(gets) * EQUAL]] = True
        final = (gets == most) | ~np.logical_and(*_halves(loose[link]))
        rate[todo[final]] = gets[final]
        if final.all():
            return rate
        left = np.maximum(left - np.bincount(link, _both(gets * final), len(left)), 0.0)
        rest = _both(~final)
        todo, most = todo[~final], most[~final]
        link, claim = link[rest], claim[rest]


def _both(values: NDArray[Any]) -> NDArray[Any]:
    """Repeat the flows' values for their second links."""
    return np.concatenate((values, values))


def _halves(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Split values by flow and link into those of the first and of the second links."""
    middle = len(values) // 2
    return values[:middle], values[middle:]
