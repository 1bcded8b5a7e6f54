"""The beliefs about one host, and how they learn from one outcome."""

from ..messages import Host, HostPrior, Outcome
from ..pending import PATIENCE_S
from .outage import OutageBelief
from .prior import Doubt, Doubts
from .rate import MIN_BODY_S, MIN_BYTES, RateBelief, ln_rate
from .ttfb import KEEP_ALIVE_S, TtfbBelief, ln_ttfb

FAILURES = frozenset({"http-error", "timeout", "stall", "corrupt"})


class HostState:
    """Beliefs about one host. `rate` and `ttfb` are None until measured once."""

    __slots__ = (
        "asked_s",
        "chosen_s",
        "error_prior",
        "failed_s",
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
        # A probability of 0 or 1 could never be unlearned.
        self.error_prior = min(max(prior.error_rate, 0.005), 0.9)
        self.rate_prior = RateBelief.from_prior(prior)
        self.ttfb_prior = TtfbBelief.from_prior(prior)
        self.rate: RateBelief | None = None
        self.ttfb: TtfbBelief | None = None
        self.outage = OutageBelief.fresh(time_s)
        self.used = 0
        # Engine times at which the host was last a candidate, last chosen, last heard of, and last
        # failed, and at which it last left its connection open.
        self.asked_s = time_s
        self.chosen_s: float | None = None
        self.seen_s: float | None = None
        self.failed_s: float | None = None
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
        """Return the odds of failure at `time_s`: the failures to expect before a success."""
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

    def learn(self, outcome: Outcome, time_s: float, doubts: Doubts, load: float = 1.0) -> Doubts:
        """Learn from an outcome that was not rejected; return the doubts about priors after it.

        `load` is the mean number of this viewer's fetches that the host served meanwhile.

        A failure changes only the belief about failures: a 503 is sent quickly, but does not
        make the host a quick one. An aborted fetch says nothing about failures; without a first
        byte it says that the TTFB is longer than its duration. A success that was requested
        before the host's last failure does not show that the host is back.
        """
        self.used += 1
        self.seen_s = time_s
        self.outage = self.outage.at(time_s)
        if outcome.kind in FAILURES:
            self.open_s, self.failed_s = None, time_s
            self.outage = self.outage.fail(self.error_prior, outcome.kind == "corrupt")
            return doubts
        if outcome.kind == "ok":
            self.open_s = time_s
        began_s = time_s - outcome.total_s
        if outcome.kind != "aborted" and (self.failed_s is None or began_s >= self.failed_s):
            self.outage = self.outage.succeed(self.error_prior)
        if outcome.ttfb_s is None:
            self._learn_silence(ln_ttfb(outcome.total_s, outcome.cold), time_s, doubts)
            return doubts
        return Doubts(
            rate=self._learn_body(outcome, outcome.total_s - outcome.ttfb_s, time_s, doubts, load),
            ttfb=self._learn_ttfb(ln_ttfb(outcome.ttfb_s, outcome.cold), time_s, doubts),
        )

    def _learn_silence(self, ln_s: float, time_s: float, doubts: Doubts) -> None:
        before = self.ttfb_at(time_s, doubts)
        self.outage = self.outage.silent(self.error_prior, before.p_later(ln_s))
        if ln_s > before.ln:
            self.ttfb = before.at_least(ln_s)

    def _learn_ttfb(self, ln_s: float, time_s: float, doubts: Doubts) -> Doubt:
        first = self.ttfb is None
        self.ttfb = self.ttfb_at(time_s, doubts).observe(ln_s)
        return doubts.ttfb.observe(self.ttfb_prior.z2(ln_s)) if first else doubts.ttfb

    def _learn_body(
        self, outcome: Outcome, body_s: float, time_s: float, doubts: Doubts, load: float
    ) -> Doubt:
        before = self.rate_at(time_s, doubts)
        if outcome.bytes < MIN_BYTES:
            ln_mbps = ln_rate(MIN_BYTES, body_s)
            if body_s >= MIN_BODY_S and ln_mbps < before.ln:
                self.rate = before.at_most(ln_mbps)
            return doubts.rate
        first, ln_mbps = self.rate is None, ln_rate(outcome.bytes * load, body_s)
        self.rate = before.observe(ln_mbps)
        return doubts.rate.observe(self.rate_prior.z2(ln_mbps)) if first else doubts.rate
