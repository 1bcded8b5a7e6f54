"""P(failure) of a request to a host: a two-state Markov chain of outages, and single errors.

p = .97·down + (1 − down)·e, where `down` = P(the host is out), from a two-state chain that
fails every 1000 s and is repaired after 26 s, and e is the mean of a Beta belief about a
host that is up: 11 pseudo-counts from the prior, and observed counts that decay with τ 900 s.

Exponential back-off: each failure in a row multiplies the expected repair time by 1.8, up to 64
times, until a success. Wrong bytes multiply it by 64 at once: they do not go away by themselves,
and a host that is up sends them twenty times more rarely than other errors. So a dead host is
re-tested ever more rarely, but always again. A file that a host lacks is no failure of the host.

The update of `down` uses the prior error rate, not e: earlier failures of a host must not make
its next failure less of a sign.
"""

from math import exp, log
from typing import NamedTuple

from .decay import decay_factor

FAIL_PER_S, REPAIR_PER_S = 1 / 1000, 1 / 26
FAIL_WHEN_DOWN = 0.97
PRIOR_COUNT = 11.0
EVIDENCE_TAU_S = 900.0
BACKOFF, BACKOFF_CORRUPT, BACKOFF_MAX = 1.8, 64.0, 64.0
# The share of wrong bytes among the errors of a host that is up.
CORRUPT_SHARE = 0.05
# A probability of 1 could never be unlearned.
DOWN_MAX = 0.999


class OutageBelief(NamedTuple):
    """P(down), recent failures and successes, and the back-off, at engine time `at_s`.

    >>> good = OutageBelief.fresh(at_s=0.0)
    >>> bad = good.fail(0.02, corrupt=False)
    >>> round(good.p_fail(0.02), 3), round(bad.p_fail(0.02), 2)
    (0.044, 0.59)
    >>> round(bad.at(60.0).p_fail(0.02), 2)
    0.25
    """

    down: float
    failures: float
    successes: float
    backoff: float
    at_s: float

    @classmethod
    def fresh(cls, at_s: float) -> "OutageBelief":
        """Return the belief about a host never asked: the chain's stationary distribution."""
        return cls(FAIL_PER_S / (FAIL_PER_S + REPAIR_PER_S), 0.0, 0.0, 1.0, at_s)

    def at(self, time_s: float) -> "OutageBelief":
        """Return the belief at `time_s`: the chain has moved on, and counts have decayed."""
        age_s = time_s - self.at_s
        if age_s <= 0.0:
            return self
        down, failures, successes, backoff, _ = self
        leave = FAIL_PER_S + REPAIR_PER_S / backoff
        rest = FAIL_PER_S / leave
        decay = exp(-age_s / EVIDENCE_TAU_S)
        return OutageBelief(
            rest + (down - rest) * exp(-leave * age_s),
            failures * decay,
            successes * decay,
            backoff ** decay_factor(age_s) if backoff > 1.0 else 1.0,
            time_s,
        )

    def error_rate(self, prior_rate: float) -> float:
        """P(failure) of a host that is up."""
        mean = (prior_rate * PRIOR_COUNT + self.failures) / (
            PRIOR_COUNT + self.failures + self.successes
        )
        return min(mean, FAIL_WHEN_DOWN)

    def p_fail(self, prior_rate: float) -> float:
        """P(the next request fails), at most .97."""
        return FAIL_WHEN_DOWN * self.down + (1.0 - self.down) * self.error_rate(prior_rate)

    def succeed(self, prior_rate: float) -> "OutageBelief":
        """Update on a success."""
        down = self.down * (1.0 - FAIL_WHEN_DOWN)
        up = (1.0 - self.down) * (1.0 - prior_rate)
        return OutageBelief(down / (down + up), self.failures, self.successes + 1.0, 1.0, self.at_s)

    def fail(self, prior_rate: float, corrupt: bool) -> "OutageBelief":
        """Update on a failure; `corrupt` on wrong bytes."""
        down = self.down * FAIL_WHEN_DOWN
        up = (1.0 - self.down) * prior_rate * (CORRUPT_SHARE if corrupt else 1.0)
        backoff = self.backoff * (BACKOFF_CORRUPT if corrupt else BACKOFF)
        return OutageBelief(
            min(down / (down + up), DOWN_MAX),
            self.failures + 1.0,
            self.successes,
            min(backoff, BACKOFF_MAX),
            self.at_s,
        )

    def silent(self, prior_rate: float, p_silent: float) -> "OutageBelief":
        """Update on a fetch that was aborted before its first byte.

        A host that is up is silent for so long with probability `p_silent`. Bayes' rule weighs
        the silence, at most like a failure; it is not counted as one. The back-off grows by the
        same share of 1.8.
        """
        odds = FAIL_WHEN_DOWN / max(p_silent, prior_rate)
        if odds <= 1.0:
            return self
        down = self.down * odds
        share = log(odds) / log(FAIL_WHEN_DOWN / prior_rate)
        return self._replace(
            down=min(down / (down + 1.0 - self.down), DOWN_MAX),
            backoff=min(self.backoff * BACKOFF**share, BACKOFF_MAX),
        )
