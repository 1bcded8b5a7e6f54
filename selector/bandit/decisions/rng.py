"""A counter-based random number generator: (seed, decision) gives the number, no state is kept."""

_MASK = 2**64 - 1


def uniform(seed: int, decision: int) -> float:
    """Return a number in [0, 1): SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

    >>> uniform(0, 1), uniform(0, 2)
    (0.8833108082136426, 0.43152799704850997)
    """
    z = (seed + decision * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & _MASK
    return ((z ^ z >> 31) >> 11) * 2.0**-53
