"""How likely a request to a host fails.

p = .97·down + (1 − down)·e, where `down` = P(the host is out), from a two-state chain that
fails every 1000 s and is repaired after 26 s, and e is the mean of a Beta belief about a
host that is up: 11 pseudo-counts from the prior, evidence fading with τ 900 s.

Each failure in a row makes the repair look 1.8 times longer, at most 64 times, until a
success; 64 times at once on 404 and on wrong bytes, which do not go away by themselves, and
which a host that is up sends twenty times more rarely than other errors. So a dead host is
re-tested ever more rarely, but always again.

`down` weighs evidence by the prior error rate, not by e: a host that has failed before
must not thereby get its next failure forgiven.
"""

from math import exp, log
from typing import NamedTuple

from .decay import kept

FAIL_PER_S, REPAIR_PER_S = 1 / 1000, 1 / 26
FAIL_WHEN_DOWN = 0.97
PRIOR_COUNT = 11.0
EVIDENCE_TAU_S = 900.0
BACKOFF, BACKOFF_GONE, BACKOFF_MAX = 1.8, 64.0, 64.0
# Of the errors of a host that is up, so many are a 404 or wrong bytes.
GONE_SHARE = 0.05
# Certainty would leave no way back.
DOWN_MAX = 0.999


class OutageBelief(NamedTuple):
    """P(down), recent failures and successes, and the back-off, at engine time `at_s`.

    >>> good = OutageBelief.fresh(at_s=0.0)
    >>> bad = good.fail(0.02, gone=False)
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
        """Return what is believed of a host never asked: the chain's long-run share."""
        return cls(FAIL_PER_S / (FAIL_PER_S + REPAIR_PER_S), 0.0, 0.0, 1.0, at_s)

    def at(self, time_s: float) -> "OutageBelief":
        """Carry the belief forward: the chain relaxes, evidence fades."""
        age_s = time_s - self.at_s
        if age_s <= 0.0:
            return self
        down, failures, successes, backoff, _ = self
        leave = FAIL_PER_S + REPAIR_PER_S / backoff
        rest = FAIL_PER_S / leave
        fade = exp(-age_s / EVIDENCE_TAU_S)
        return OutageBelief(
            rest + (down - rest) * exp(-leave * age_s),
            failures * fade,
            successes * fade,
            backoff ** kept(age_s) if backoff > 1.0 else 1.0,
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
        """Learn from an answer."""
        down = self.down * (1.0 - FAIL_WHEN_DOWN)
        up = (1.0 - self.down) * (1.0 - prior_rate)
        return OutageBelief(down / (down + up), self.failures, self.successes + 1.0, 1.0, self.at_s)

    def fail(self, prior_rate: float, gone: bool) -> "OutageBelief":
        """Learn from a failure; `gone` on 404 and on wrong bytes."""
        down = self.down * FAIL_WHEN_DOWN
        up = (1.0 - self.down) * prior_rate * (GONE_SHARE if gone else 1.0)
        backoff = self.backoff * (BACKOFF_GONE if gone else BACKOFF)
        return OutageBelief(
            min(down / (down + up), DOWN_MAX),
            self.failures + 1.0,
            self.successes,
            min(backoff, BACKOFF_MAX),
            self.at_s,
        )

    def silent(self, prior_rate: float, p_silent: float) -> "OutageBelief":
        """Learn that no byte had come when the fetch was called off.

        A host that is up is silent for so long with probability `p_silent`. This is no
        failure and is not counted as one, but Bayes' rule weighs it, at most like one,
        and the back-off grows by the same share of 1.8.
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
