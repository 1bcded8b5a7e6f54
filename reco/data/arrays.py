"""numpy arrays with one entry per video, which grow with the catalogue."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int32]
Bools: TypeAlias = NDArray[np.bool_]
FIRST_ROOM = 64


def added_up(numbers: NDArray[Any], amounts: NDArray[Any], length: int) -> Floats:
    """Return the sum of the amounts by number.

    >>> added_up(np.array([0, 2, 0]), np.array([1.0, 2.0, 3.0]), 3)
    array([4., 0., 2.])
    """
    return np.bincount(numbers, amounts, length).astype(np.float64)


def grown(array: NDArray[Any], rows: int) -> NDArray[Any]:
    """Return an array whose last axis holds `rows`: this one, or a copy padded with zeros.

    The copy is at least twice as long.

    >>> grown(np.array([1, 2]), 2), grown(np.array([1, 2]), 3)
    (array([1, 2]), array([1, 2, 0, 0]))
    """
    *others, length = array.shape
    if rows <= length:
        return array
    more = np.zeros((*others, max(rows, 2 * length) - length), array.dtype)
    return np.concatenate([array, more], axis=-1)
