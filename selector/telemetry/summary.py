"""The summary of one day with one host: histograms of TTFB and rate, failures, missing files.

A day's answer is the median, because one stalled fetch of a hundred does not describe the day.
Only buckets are counted, because a report holds nothing finer.
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from math import exp
from typing import NamedTuple

from ..bandit import Outcome
from ..bandit.beliefs.host import FAILURES
from ..bandit.beliefs.rate import MIN_BYTES, ln_rate
from ..bandit.beliefs.ttfb import ln_ttfb
from .report import BUCKETS, RATE_EDGES_BPS, TTFB_EDGES_S, Question

LAST = BUCKETS - 1
EMPTY = (0,) * BUCKETS


class Summary(NamedTuple):
    """Fetches of one day from one host: all, failed, missing, and by bucket of TTFB and of rate.

    `fetches` counts all fetches, measured or not, so that the probability with which a host is
    drawn for a report does not depend on the measurements.
    """

    ttfb: tuple[int, ...] = EMPTY
    rate: tuple[int, ...] = EMPTY
    failed: int = 0
    fetches: int = 0
    missing: int = 0

    def answers(self, question: Question) -> bool:
        """Say whether the question has an answer.

        Of a host that lacks whatever is asked of it, nothing else can be told.
        """
        complete = any(self.ttfb) and any(self.rate)
        return complete or (question == "missing" and self.missing > 0)

    def truth(self, uniform: float = 0.0) -> Mapping[Question, int]:
        """Return the true answer to every question.

        The answer about missing files is that of one fetch, which `uniform` from [0, 1) draws: so
        the mean of all answers is the share of fetches.
        """
        return {
            "ttfb": _median(self.ttfb) if any(self.ttfb) else LAST,
            "rate": _median(self.rate) if any(self.rate) else 0,
            "error": int(self.failed > 0),
            "missing": int(uniform * self.fetches < self.missing),
        }

    def observe(self, outcome: Outcome) -> "Summary":
        """Count one outcome that the engine has used.

        A failure counts in the slowest bucket of both histograms. A file that the host lacks is
        no failure and counts in none. A fetch that was aborted before
        its first byte gives a lower bound of the TTFB, which counts only if it lies beyond the
        median.

        >>> fetch = Outcome(1, "https://a.example", 0.0, "ok", 200, 0.09, 1.0, 1e6, False, False)
        >>> day = Summary().observe(fetch).observe(fetch)
        >>> day.truth()
        {'ttfb': 2, 'rate': 4, 'error': 0, 'missing': 0}
        >>> day.observe(fetch._replace(kind="timeout", ttfb_s=None)).truth()
        {'ttfb': 2, 'rate': 4, 'error': 1, 'missing': 0}
        """
        counted = self._replace(fetches=self.fetches + 1)
        if outcome.is_missing:
            return counted._replace(missing=self.missing + 1)
        if outcome.kind in FAILURES:
            return counted._slowest()
        if outcome.ttfb_s is None:
            waited = _ttfb_bucket(outcome.total_s, outcome.cold)
            news = not any(self.ttfb) or waited > _median(self.ttfb)
            return counted._replace(ttfb=_one_more(self.ttfb, waited)) if news else counted
        bucket = _ttfb_bucket(outcome.ttfb_s, outcome.cold)
        counted = counted._replace(ttfb=_one_more(self.ttfb, bucket))
        if outcome.bytes < MIN_BYTES:
            return counted
        bps = 1e6 * exp(ln_rate(outcome.bytes, outcome.total_s - outcome.ttfb_s))
        return counted._replace(rate=_one_more(self.rate, bisect_right(RATE_EDGES_BPS, bps)))

    def _slowest(self) -> "Summary":
        return self._replace(
            ttfb=_one_more(self.ttfb, LAST), rate=_one_more(self.rate, 0), failed=self.failed + 1
        )


def _ttfb_bucket(ttfb_s: float, cold: bool) -> int:
    return bisect_right(TTFB_EDGES_S, exp(ln_ttfb(ttfb_s, cold)))


def _median(counts: tuple[int, ...]) -> int:
    middle = (sum(counts) + 1) // 2
    return next(bucket for bucket, below in enumerate(accumulate(counts)) if below >= middle)


def _one_more(counts: tuple[int, ...], bucket: int) -> tuple[int, ...]:
    return (*counts[:bucket], counts[bucket] + 1, *counts[bucket + 1 :])
