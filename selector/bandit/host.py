"""All that is known of one host, and what one outcome teaches about it."""

from math import erfc, sqrt

from .messages import Host, HostPrior, Outcome
from .outage import OutageBelief
from .prior import Doubts
from .rate import MIN_BYTES, RateBelief, ln_rate
from .rate import NOISE_VAR as RATE_NOISE_VAR
from .ttfb import KEEP_ALIVE_S, TtfbBelief, ln_ttfb
from .ttfb import NOISE_VAR as TTFB_NOISE_VAR

FAILURES = frozenset({"http-error", "timeout", "stall", "corrupt"})
GONE = frozenset({404, 410})
# A fetch not heard of for longer has lost its page.
PATIENCE_S = 10.0


class HostState:
    """Beliefs about one host. `rate` and `ttfb` are None until measured once."""

    __slots__ = (
        "asked_s",
        "chosen_s",
        "error_prior",
        "name",
        "open_s",
        "outage",
        "prior",
        "rate",
        "rate_prior",
        "seen_s",
        "ttfb",
        "ttfb_prior",
        "used",
    )

    def __init__(self, name: Host, prior: HostPrior, time_s: float) -> None:
        self.name = name
        self.prior = prior
        # Neither a saint nor a corpse: certainty either way could never be unlearned.
        self.error_prior = min(max(prior.error_rate, 0.005), 0.9)
        self.rate_prior = RateBelief.from_prior(prior)
        self.ttfb_prior = TtfbBelief.from_prior(prior)
        self.rate: RateBelief | None = None
        self.ttfb: TtfbBelief | None = None
        self.outage = OutageBelief.fresh(time_s)
        self.used = 0
        # Engine times: last among the candidates, last chosen, last heard of, and when
        # its connection was last left open.
        self.asked_s = time_s
        self.chosen_s: float | None = None
        self.seen_s: float | None = None
        self.open_s: float | None = None

    def rate_at(self, time_s: float, doubts: Doubts) -> RateBelief:
        """Return the belief about its rate at `time_s`."""
        if self.rate is None:
            return self.rate_prior.doubted(doubts.rate.factor, time_s)
        return self.rate.at(time_s, self.rate_prior)

    def ttfb_at(self, time_s: float, doubts: Doubts) -> TtfbBelief:
        """Return the belief about its TTFB, on an open connection, at `time_s`."""
        if self.ttfb is None:
            return self.ttfb_prior.doubted(doubts.ttfb.factor, time_s)
        return self.ttfb.at(time_s, self.ttfb_prior)

    def odds_at(self, time_s: float) -> float:
        """Return the failures to expect before a success at `time_s`."""
        p_fail = self.outage.at(time_s).p_fail(self.error_prior)
        return p_fail / (1.0 - p_fail)

    def cold_at(self, time_s: float) -> bool:
        """Say whether a request will probably need a new connection."""
        return self.open_s is None or time_s - self.open_s > KEEP_ALIVE_S

    def being_tried_at(self, time_s: float) -> bool:
        """Say whether it was chosen a moment ago and has not been heard of since."""
        if self.chosen_s is None or time_s - self.chosen_s > PATIENCE_S:
            return False
        return self.seen_s is None or self.seen_s < self.chosen_s

    def learn(self, outcome: Outcome, time_s: float, doubts: Doubts) -> Doubts:
        """Learn from a believable outcome; return what it says of priors in general.

        A failure teaches only that requests fail: an answer of 503 comes quickly, and that
        must not make the host look quick. An aborted fetch teaches nothing about failure;
        without a first byte it says that the TTFB is longer than its duration.
        """
        self.used += 1
        self.seen_s = time_s
        self.outage = self.outage.at(time_s)
        if outcome.kind in FAILURES:
            self.open_s = None
            self.outage = self.outage.fail(self.error_prior, outcome.status in GONE)
            return doubts
        if outcome.kind == "ok":
            self.open_s = time_s
        if outcome.kind != "aborted":
            self.outage = self.outage.succeed(self.error_prior)
        if outcome.ttfb_s is None:
            self._learn_silence(ln_ttfb(outcome.total_s, outcome.cold), time_s, doubts)
            return doubts
        ttfb_z2 = self._learn_ttfb(ln_ttfb(outcome.ttfb_s, outcome.cold), time_s, doubts)
        if ttfb_z2 is not None:
            doubts = doubts._replace(ttfb=doubts.ttfb.seen(ttfb_z2))
        if outcome.bytes >= MIN_BYTES:
            ln_mbps = ln_rate(outcome.bytes, outcome.total_s - outcome.ttfb_s)
            rate_z2 = self._learn_rate(ln_mbps, outcome.overlapped, time_s, doubts)
            if rate_z2 is not None:
                doubts = doubts._replace(rate=doubts.rate.seen(rate_z2))
        return doubts

    def _learn_silence(self, ln_s: float, time_s: float, doubts: Doubts) -> None:
        before = self.ttfb_at(time_s, doubts)
        z = (ln_s - before.ln) / sqrt(before.var + TTFB_NOISE_VAR)
        self.outage = self.outage.silent(self.error_prior, erfc(z / sqrt(2)) / 2)
        if z > 0.0:
            # Later than the expected, but not how late: no reason to be surer.
            after = before.observe(ln_s)
            self.ttfb = before._replace(base=after.base, rise=after.rise)

    def _learn_ttfb(self, ln_s: float, time_s: float, doubts: Doubts) -> float | None:
        """Learn one TTFB; return its surprise z² when it is the first."""
        first, prior = self.ttfb is None, self.ttfb_prior
        self.ttfb = self.ttfb_at(time_s, doubts).observe(ln_s)
        return (ln_s - prior.ln) ** 2 / (prior.var + TTFB_NOISE_VAR) if first else None

    def _learn_rate(
        self, ln_mbps: float, overlapped: bool, time_s: float, doubts: Doubts
    ) -> float | None:
        """Learn one rate; return its surprise z² when it is the first."""
        first, prior = self.rate is None, self.rate_prior
        self.rate = self.rate_at(time_s, doubts).observe(ln_mbps, overlapped)
        return (ln_mbps - prior.ln) ** 2 / (prior.var + RATE_NOISE_VAR) if first else None
