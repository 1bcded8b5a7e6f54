"""Max-min fair rates: nobody could have more without somebody having less who has no more.

Progressive filling (Bertsekas and Gallager, Data Networks, 6.5.2), many steps at once: a flow
that wants no more than the fair share of each of its links has what it wants, and a link whose
flows all find it their tightest is full. Shares only grow while others are served, so both are
final. A crowd needs 2 to 5 rounds instead of one per link.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Two shares that differ by less were equal before rounding.
EQUAL = 1.0 + 1e-9


def max_min(wanted: Floats, links: Ints, capacity: Floats) -> Floats:
    """Return the rate of each flow.

    Parameters
    ----------
    wanted : per flow, the most it can use
    links : of shape (2, flows), the two links that each flow crosses
    capacity : per link, in the unit of `wanted`

    Examples
    --------
    >>> import numpy as np
    >>> links = np.array([[0, 0, 0], [1, 2, 2]])
    >>> max_min(np.array([9.0, 9.0, 1.0]), links, np.array([8.0, 3.0, 9.0])).tolist()
    [3.0, 4.0, 1.0]

    """
    rate = np.empty(len(wanted))
    left, todo = capacity.copy(), np.arange(len(wanted))
    while len(todo):
        crossed = links[:, todo]
        flows = np.bincount(crossed.ravel(), minlength=len(left))
        share = (left / np.maximum(flows, 1))[crossed]
        fair, most = share.min(axis=0), wanted[todo]
        gets = np.minimum(fair, most)
        loose = np.bincount(crossed[share > gets * EQUAL], minlength=len(left)) > 0
        final = (most <= fair) | ~loose[crossed].all(axis=0)
        rate[todo[final]] = gets[final]
        used = np.bincount(
            crossed[:, final].ravel(), weights=np.tile(gets[final], 2), minlength=len(left)
        )
        left = np.maximum(left - used, 0.0)
        todo = todo[~final]
    return rate
