"""The engine's public interface: plan, advise, observe, explain, store."""

from collections.abc import Mapping, Sequence
from math import exp, inf
from typing import Any

from . import memory
from .beliefs.host import FAILURES, HostState
from .beliefs.outliers import MAX_BYTES, rejection_reason
from .clock import is_time
from .decisions.budget import Spent, bytes_on_their_way
from .decisions.cost import Z95, Forecast, forecast, smoothed_error_cost
from .decisions.decision import RISING_PRICE, Choice, draw, explore, horizon, retest
from .decisions.hedge import hedge, stall_s
from .decisions.reasons import cheapest
from .decisions.rescue import rescue
from .decisions.rng import uniform
from .decisions.sparing import without_reserves
from .decisions.split import Share, is_rising, is_sliceable, split, tail_slice
from .decisions.takeover import takeover
from .explanation import explain_belief, explain_choice
from .inputs import (
    check_fetch,
    check_idle,
    checked_limits,
    checked_priors,
    checked_request,
    checked_seed,
)
from .messages import (
    Advice,
    Explanation,
    FetchSoFar,
    Hedge,
    Host,
    HostBelief,
    HostPrior,
    Idle,
    Limits,
    Observed,
    Outcome,
    Part,
    PartSoFar,
    Plan,
    PlanRequest,
    Takeover,
)
from .pending import Pending
from .state import State

# Assumed size of a second of media until a segment was seen: 2.5 Mbit/s, the middle of
# PeerTube's resolutions.
USUAL_BYTES_PER_S = 312_500.0
USUAL_BYTES_GAIN = 0.3
# After this long without a plan, the next plan begins a new visit.
VISIT_GAP_S = 1800.0


class Selector:
    """A contextual bandit that learns which host serves this viewer best.

    Parameters
    ----------
    seed : whole number; the same seed and the same calls give the same answers
    priors : what the fleet says of hosts; hosts it does not know get `HostPrior()`
    limits : extra requests and bytes that splitting and exploring may cost, and hosts to spare

    A value of another type or out of range raises `checks.FieldError`, which names it.

    Examples
    --------
    >>> from selector.bandit import HostPrior, Outcome, PlanRequest, Selector
    >>> near, far = "https://near.example", "https://far.example"
    >>> selector = Selector(seed=1, priors={near: HostPrior(rate_mbps=40, ttfb_s=0.05)})
    >>> request = PlanRequest(1000.0, [far, near], 1_000_000, 4.0, 0.0, starting=True)
    >>> plan = selector.plan(request)
    >>> plan.ranking
    ('https://near.example', 'https://far.example')
    >>> lost = Outcome(plan.plan, near, 1002.0, "timeout", None, None, 2.0, 0, True, False)
    >>> selector.observe(lost)
    Observed(used=True, reason=None)
    >>> selector.plan(request._replace(now_s=1002.0, attempt=1)).ranking[0]
    'https://far.example'

    """

    def __init__(
        self,
        seed: int = 0,
        priors: Mapping[Host, HostPrior] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._priors = checked_priors(priors or {})
        self._limits = checked_limits(Limits() if limits is None else limits)
        self._state = State(checked_seed(seed))

    def plan(self, request: PlanRequest) -> Plan:
        """Decide which host to ask for the next segment, and when to ask another.

        Raises `checks.FieldError`, a ValueError that names the wrong field, and then changes
        nothing.
        """
        request = checked_request(request)
        names = tuple(request.hosts)
        state = self._state
        state.clock.advance(request.now_s)
        time_s = state.clock.time_s
        self._count_segment(request, time_s)
        guess = state.usual_bytes or request.segment_s * USUAL_BYTES_PER_S
        segment_bytes = min(max(request.bytes or guess, 1.0), MAX_BYTES)
        hosts = [self._host(name) for name in names]
        every = self._forecasts(hosts, segment_bytes, time_s)
        ranked = without_reserves(every, self._limits.reserves, request)
        extra = state.spent.left(self._limits, state.segments)
        choice = self._choose(ranked, request, extra)
        state.hosts[choice.first.host].chosen_s = time_s
        for candidate in hosts:
            candidate.asked_s = time_s
        state.decisions += 1
        shares = self._share_out(choice, ranked, request, extra)
        requests = max(len(shares), 1)
        state.spent = state.spent.add_requests(requests - 1)
        state.pending[state.decisions] = Pending(names, time_s, requests)
        for name, size in shares or [(choice.first.host, segment_bytes)]:
            state.in_flight.begin(state.decisions, name, size, time_s)
        state.evict(keep=names)
        state.wanted_bytes = segment_bytes
        state.last_choice = explain_choice(
            choice.first, ranked, segment_bytes, choice.reason, shares
        )
        return self._plan(choice, list(dict.fromkeys([*ranked, *every])), request, shares)

    def _plan(
        self,
        choice: Choice,
        ranked: Sequence[Forecast],
        request: PlanRequest,
        shares: Sequence[Share],
    ) -> Plan:
        # A host that is explored with the end of a range does not become the first of the ranking.
        first = ranked[0] if choice.explored and shares else choice.first
        others = [one for one in ranked if one is not first]
        best_two = [first, *others[:1]]

        def hedge_for(one: Forecast) -> Hedge | None:
            """Return when to ask the best of the others as well as `one`."""
            second = next((other for other in best_two if other is not one), None)
            return second and hedge(one, second, request.buffer_s, request.segment_s)

        by_name = {one.host: one for one in ranked}
        return Plan(
            plan=self._state.decisions,
            ranking=(first.host, *(other.host for other in others)),
            hedge=None if shares else hedge_for(first),
            stall_s=stall_s(first, request.buffer_s),
            propensity=choice.propensity,
            explored=choice.explored,
            why=self._state.last_choice,
            parts=tuple(Part(host, size, hedge_for(by_name[host])) for host, size in shares),
        )

    def _share_out(
        self, choice: Choice, ranked: Sequence[Forecast], request: PlanRequest, extra: int
    ) -> tuple[Share, ...]:
        """Split the range if its size is known, splitting pays, and the budget allows it."""
        if request.bytes is None or not 1.0 <= request.bytes <= MAX_BYTES or extra == 0:
            return ()
        if choice.explored:
            return tail_slice(ranked[0], choice.first, int(request.bytes))
        others = [one for one in ranked if one is not choice.first]
        return split([choice.first, *others], request, 1 + extra)

    def progress(self, fetch: FetchSoFar) -> Advice:
        """Advise whether another host should deliver the rest of a range."""
        check_fetch(fetch)
        state = self._state
        time_s = state.clock.time_at(fetch.now_s)
        pending = state.pending.get(fetch.plan)
        own = state.hosts.get(fetch.host)
        if pending is None or own is None or fetch.host not in pending.hosts:
            return Advice(None, "no such plan is under way")
        state.in_flight.progress(fetch.plan, fetch.host, fetch.bytes_left, time_s)
        left = [
            state.hosts[name]
            for name in pending.hosts
            if name in state.hosts and name not in fetch.tried and name != fetch.host
        ]
        expected = own.rate_at(time_s, state.doubts).ln
        advice = rescue(fetch, expected, self._forecasts(left, fetch.bytes_left, time_s))
        if advice.rescue is not None:
            state.in_flight.begin(fetch.plan, advice.rescue, fetch.bytes_left, time_s)
        return advice

    def idle(self, idle: Idle) -> Takeover:
        """Decide whether a host that is done with its part takes over the end of another part."""
        check_idle(idle)
        state = self._state
        time_s = state.clock.time_at(idle.now_s)
        state.in_flight.complete(idle.plan, idle.host, time_s)
        pending = state.pending.get(idle.plan)
        named = {idle.host, *(part.host for part in idle.parts)}
        if pending is None or not idle.parts or not named <= set(pending.hosts):
            return Takeover(None, 0, "no such plan is under way")
        if state.spent.left(self._limits, state.segments) == 0:
            return Takeover(None, 0, "no further request is allowed")
        most = max(part.bytes_left for part in idle.parts)
        foreseen = self._forecasts([self._host(name) for name in named], most, time_s)
        hosts = {one.host: one for one in foreseen}
        found = takeover(hosts[idle.host], idle.parts, [hosts[part.host] for part in idle.parts])
        if found.part is not None:
            if self._wasted_by_cutting(idle.parts[found.part]) > state.spent.room_bytes(
                self._limits
            ):
                return Takeover(None, 0, "too many bytes would come in vain")
            self._count_request(idle.plan, pending)
            state.in_flight.shorten(idle.plan, idle.parts[found.part].host, found.bytes)
            state.in_flight.begin(idle.plan, idle.host, found.bytes, time_s)
        return found

    def observe(self, outcome: Outcome) -> Observed:
        """Learn from how one fetch ended, unless it is an outlier."""
        state = self._state
        pending = state.pending.get(outcome.plan)
        reason = rejection_reason(outcome, state.clock, pending)
        if reason is not None:
            state.dropped += 1
            if is_time(outcome.now_s):
                state.clock.advance(outcome.now_s)
            return Observed(False, reason)
        state.clock.advance(outcome.now_s)
        state.outcomes += 1
        load = state.in_flight.end(outcome.plan, outcome.host, state.clock.time_s)
        state.spent = state.spent.add_outcome(outcome)
        if pending is not None:
            self._count_outcome(outcome.plan, pending)
        host = self._host(outcome.host)
        if outcome.is_missing:
            # The host was not tried after all, and may be explored with another file at once.
            host.chosen_s = None
        else:
            self._learn(host, outcome, load)
        state.evict(keep=[outcome.host])
        return Observed(True, None)

    def explain(self, now_s: float) -> Explanation:
        """Return the beliefs at `now_s` and the reason for the last choice. Changes nothing."""
        state = self._state
        time_s = state.clock.time_at(now_s)
        return Explanation(
            hosts=tuple(self._belief(state.hosts[name], time_s) for name in sorted(state.hosts)),
            last_choice=state.last_choice,
            plans=state.decisions,
            outcomes=state.outcomes,
            dropped=state.dropped,
        )

    def snapshot(self) -> dict[str, Any]:
        """Return the engine's state as JSON-safe values."""
        return memory.dump(self._state)

    def restore(self, snapshot: object) -> int:
        """Replace the engine's state by `snapshot`; return the number of hosts in it.

        Priors given to this selector replace older ones in the snapshot. Raises
        `checks.FieldError`, a ValueError that names the wrong field, and then changes nothing.
        """
        self._state = memory.load(snapshot, self._priors)
        return len(self._state.hosts)

    def _host(self, name: Host) -> HostState:
        state = self._state
        known = state.hosts.get(name)
        if known is None:
            prior = self._priors.get(name, HostPrior())
            known = state.hosts[name] = HostState(name, prior, state.clock.time_s)
        return known

    def _count_segment(self, request: PlanRequest, time_s: float) -> None:
        state = self._state
        if time_s - state.planned_s > VISIT_GAP_S:
            state.segments, state.spent = 0, Spent()
        state.planned_s = time_s
        if request.attempt == 0:
            state.segments += 1
        else:
            state.spent = state.spent.add_requests(1)

    @staticmethod
    def _wasted_by_cutting(part: PartSoFar) -> float:
        if part.ttfb_s is None:
            return 0.0
        return bytes_on_their_way(part.bytes, part.ttfb_s, part.age_s - part.ttfb_s)

    def _count_request(self, plan: int, pending: Pending) -> None:
        """Count a request beyond the first of a plan that is under way."""
        state = self._state
        state.spent = state.spent.add_requests(1)
        state.pending[plan] = pending._replace(requests=pending.requests + 1)

    def _count_outcome(self, plan: int, pending: Pending) -> None:
        """Count an outcome; one too many is that of a hedge, a rescue or a fail-over."""
        pending = pending._replace(outcomes=pending.outcomes + 1)
        self._state.pending[plan] = pending
        if pending.outcomes > pending.requests:
            self._count_request(plan, pending)

    def _forecasts(
        self, hosts: Sequence[HostState], segment_bytes: float, time_s: float
    ) -> list[Forecast]:
        """Return the forecast of a fetch from each host, cheapest first, reserves last."""
        state = self._state

        def foresee(host: HostState) -> Forecast:
            mbps = exp(host.rate_at(time_s, state.doubts).ln)
            queue = state.in_flight.left(host.name, time_s, mbps)
            price_s = self._byte_price_s(host.name)
            return forecast(
                host, time_s, segment_bytes, state.error_cost_s, state.doubts, queue, price_s
            )

        def order(one: Forecast) -> tuple[bool, float, Host]:
            return one.host in self._limits.reserves, one.cost_s, one.host

        return sorted(map(foresee, hosts), key=order)

    def _byte_price_s(self, name: Host) -> float:
        return 1e-6 * self._limits.prices.get(name, 0.0)

    def _choose(self, ranked: Sequence[Forecast], request: PlanRequest, extra: int) -> Choice:
        state = self._state
        if request.attempt > 0 or len(ranked) == 1:
            return Choice(ranked[0], 1.0, False, cheapest())
        if not request.starting:
            segments = horizon(state.segments - 1, request.segments_left)
            sliceable, rising = extra > 0 and is_sliceable(request), is_rising(request)
            price = RISING_PRICE if rising and not sliceable else 1.0
            explored = explore(ranked, segments, request.buffer_s, price)
            if explored is not None:
                return explored
            chance = uniform(~state.seed, state.decisions)
            if sliceable and not rising:
                again = retest(ranked, self._silent_s(), request, chance)
                if again is not None:
                    return again
        return draw(ranked, request, uniform(state.seed, state.decisions))

    def _silent_s(self) -> dict[Host, float]:
        """Return the age of each host's last outcome in s."""
        now_s = self._state.clock.time_s
        return {
            name: inf if host.seen_s is None else now_s - host.seen_s
            for name, host in self._state.hosts.items()
        }

    def _learn(self, host: HostState, outcome: Outcome, load: float) -> None:
        state = self._state
        time_s = state.clock.time_s
        odds_before = host.odds_at(time_s)
        state.doubts = host.learn(outcome, time_s, state.doubts, load)
        if outcome.kind in FAILURES:
            growth = host.odds_at(time_s) / odds_before
            state.error_cost_s = smoothed_error_cost(state.error_cost_s, outcome.total_s, growth)
        elif outcome.kind == "ok":
            usual = state.usual_bytes or outcome.bytes
            state.usual_bytes = usual + USUAL_BYTES_GAIN * (outcome.bytes - usual)

    def _belief(self, host: HostState, time_s: float) -> HostBelief:
        state = self._state
        doubts = state.doubts
        rate, ttfb = host.rate_at(time_s, doubts), host.ttfb_at(time_s, doubts)
        outage = host.outage.at(time_s)
        ttfb_spread, rate_spread = exp(Z95 * ttfb.var**0.5), exp(Z95 * rate.var**0.5)
        wanted = state.wanted_bytes
        return HostBelief(
            host=host.name,
            ttfb_s=exp(ttfb.ln),
            ttfb_s_90=(exp(ttfb.ln) / ttfb_spread, exp(ttfb.ln) * ttfb_spread),
            rate_mbps=exp(rate.ln),
            rate_mbps_90=(exp(rate.ln) / rate_spread, exp(rate.ln) * rate_spread),
            p_down=outage.down,
            error_rate=outage.error_rate(host.error_prior),
            used=host.used,
            cost_s=self._cost_s(host, wanted, time_s) if wanted else None,
            words=explain_belief(host, time_s),
        )

    def _cost_s(self, host: HostState, wanted_bytes: float, time_s: float) -> float:
        state, price_s = self._state, self._byte_price_s(host.name)
        return forecast(
            host, time_s, wanted_bytes, state.error_cost_s, state.doubts, (), price_s
        ).cost_s
