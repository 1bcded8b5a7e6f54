"""What time without news does to everything learned.

There is no special case for a new visit: a host not seen for an hour is as uncertain
whether the page was open meanwhile or not, so a restored memory and one that never
stopped are the same.
"""

from math import exp

MEMORY_TAU_S = 3 * 86_400.0
UNSEEN_VAR, UNSEEN_TAU_S = 0.06, 1800.0


def kept(age_s: float) -> float:
    """Return the share of a belief that outlives `age_s`; the prior takes the rest.

    >>> round(kept(86_400.0), 2)
    0.72
    """
    return exp(-age_s / MEMORY_TAU_S)


def unseen_var(age_s: float) -> float:
    """Return the variance that `age_s` without news adds: .06 from one visit to the next.

    >>> round(unseen_var(4.0), 4), round(unseen_var(86_400.0), 4)
    (0.0001, 0.06)
    """
    return UNSEEN_VAR * (1.0 - exp(-age_s / UNSEEN_TAU_S))
