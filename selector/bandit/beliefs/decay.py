"""Exponential decay: beliefs that are not refreshed return to the prior and grow uncertain.

There is no special case for a new visit: a host not seen for an hour is as uncertain
whether the page was open meanwhile or not, so a restored memory and one that never
stopped are the same.
"""

from math import exp

DECAY_TAU_S = 3 * 86_400.0
UNSEEN_VAR, UNSEEN_TAU_S = 0.06, 1800.0


def decay_factor(age_s: float) -> float:
    """Return the weight of a belief that is `age_s` old; the prior has the rest.

    >>> round(decay_factor(86_400.0), 2)
    0.72
    """
    return exp(-age_s / DECAY_TAU_S)


def decay_variance(age_s: float) -> float:
    """Return the variance that a belief gains in `age_s` without a reading: .06 between visits.

    >>> round(decay_variance(4.0), 4), round(decay_variance(86_400.0), 4)
    (0.0001, 0.06)
    """
    return UNSEEN_VAR * (1.0 - exp(-age_s / UNSEEN_TAU_S))
