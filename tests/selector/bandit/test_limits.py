"""Limits and inputs: what an admin allows is kept exactly, and bad input raises at the door."""

from dataclasses import dataclass
from itertools import count
from math import inf, isfinite, nan
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selector.bandit import (
    FetchSoFar,
    FieldError,
    HostPrior,
    Idle,
    Limits,
    Outcome,
    OutcomeKind,
    PartSoFar,
    Plan,
    PlanRequest,
    Selector,
)

START_S = 1_700_000_000.0
A, B = "https://a.example", "https://b.example"
REQUEST = PlanRequest(START_S, [A, B], 2_000_000, 4.0, 10.0, top_mbps=8.0)
FETCH = FetchSoFar(1, A, START_S + 2, 0.1, 1.9, 1e5, 9e5, 8.0, [A], 0)
WRONG = [nan, inf, -inf, -1.0, True, "2", None, [], 10**400]


@pytest.mark.parametrize("name", ["extra_requests", "extra_bytes"])
@pytest.mark.parametrize("value", [*WRONG, 11.0], ids=repr)
def test_a_limit_that_is_none_is_refused_when_the_engine_is_made(name: str, value: object):
    with pytest.raises(FieldError, match=f"limits.{name} must be"):
        Selector(limits=Limits()._replace(**{name: value}))


@pytest.mark.parametrize("price", [*WRONG, 101.0], ids=repr)
def test_a_price_that_is_none_is_refused_with_its_host(price: object):
    with pytest.raises(FieldError, match=f"limits.prices.{A} must be"):
        Selector(limits=Limits(prices={A: cast(float, price)}))


@pytest.mark.parametrize("name", ["prices", "reserves"])
@pytest.mark.parametrize("value", [None, 3, "x", "mirror.example", {"x": 1.0}, ["x"]], ids=repr)
def test_hosts_to_be_spared_must_be_origins(name: str, value: object):
    with pytest.raises(FieldError, match=f"limits.{name} must be"):
        Selector(limits=Limits()._replace(**{name: value}))


@pytest.mark.parametrize("value", [0, 2, 2.0, 0.5])
def test_a_limit_may_be_a_whole_number_or_not(value: float):
    assert Selector(limits=Limits(value, 0)).plan(REQUEST).ranking


@pytest.mark.parametrize("name", HostPrior._fields)
@pytest.mark.parametrize("value", [nan, inf, -1.0, True, "2", [], 10**400], ids=repr)
def test_a_prior_that_is_none_is_refused_when_the_engine_is_made(name: str, value: object):
    with pytest.raises(FieldError, match=f"priors.{A}.{name} must be"):
        Selector(priors={A: HostPrior()._replace(**{name: value})})


@pytest.mark.parametrize("value", [nan, -1, 0.5, True, "7", None, 2**53])
def test_a_seed_must_be_a_whole_number_that_a_snapshot_can_hold(value: object):
    with pytest.raises(FieldError, match="seed must be"):
        Selector(seed=cast(int, value))


@pytest.mark.parametrize("what", [{"limits": 2.0}, {"priors": {A: 8.0}}], ids=repr)
def test_limits_and_priors_of_another_type_are_refused(what: dict[str, Any]):
    with pytest.raises(FieldError, match="must be"):
        Selector(**what)


@pytest.mark.parametrize("name", ["bytes", "segment_s", "buffer_s", "attempt", "top_mbps"])
@pytest.mark.parametrize("value", [nan, inf, -1.0, True, "2", [], 10**400], ids=repr)
def test_a_request_that_is_none_names_the_field_and_changes_nothing(name: str, value: object):
    selector = Selector(1)
    with pytest.raises(FieldError, match=f"{name} must be"):
        selector.plan(REQUEST._replace(**{name: value}))
    assert selector.snapshot() == Selector(1).snapshot()


@pytest.mark.parametrize("hosts", [[], A, [A, 2], [f"https://{i}.example" for i in range(65)]])
def test_a_request_needs_a_list_of_hosts(hosts: list[str]):
    with pytest.raises(FieldError, match="hosts must be"):
        Selector(1).plan(REQUEST._replace(hosts=hosts))


@pytest.mark.parametrize("name", ["ttfb_s", "body_s", "bytes", "bytes_left", "buffer_s", "rescues"])
@pytest.mark.parametrize("value", [nan, inf, -1.0, True, "2"], ids=repr)
def test_progress_that_is_none_names_the_field(name: str, value: object):
    selector = Selector(1)
    selector.plan(REQUEST)
    with pytest.raises(FieldError, match=f"{name} must be"):
        selector.progress(FETCH._replace(**{name: value}))


@pytest.mark.parametrize("name", ["age_s", "ttfb_s", "bytes", "bytes_left"])
@pytest.mark.parametrize("value", [nan, inf, -1.0, True, "2"], ids=repr)
def test_a_part_that_is_none_names_the_field(name: str, value: object):
    selector = Selector(1)
    plan = selector.plan(REQUEST)
    part = PartSoFar(B, 2.0, 0.1, 1e5, 9e5)._replace(**{name: value})
    with pytest.raises(FieldError, match=f"parts.{name} must be"):
        selector.idle(Idle(plan.plan, A, START_S + 2, [part]))


def test_an_outcome_of_an_unknown_kind_is_not_learned_from():
    selector = Selector(1)
    outcome = Outcome(0, A, START_S, "ok", 206, 0.1, 1.0, 1e6, False, False)
    unknown: Any = "lost in the post"
    assert selector.observe(outcome._replace(kind=unknown)).used is False


@dataclass(frozen=True)
class Events:
    """What happens to one segment: who answers how, who is asked besides, what is taken over."""

    gap_s: float
    bytes: int
    buffer_s: float
    again: bool
    starting: bool
    mbps: float
    ttfb_s: float
    kinds: list[OutcomeKind]
    takeovers: int
    slow: float


events = st.builds(
    Events,
    gap_s=st.floats(0.0, 20.0),
    bytes=st.integers(1, 20_000_000),
    buffer_s=st.floats(0.0, 60.0),
    again=st.booleans(),
    starting=st.booleans(),
    mbps=st.floats(0.05, 500.0),
    ttfb_s=st.floats(0.001, 5.0),
    # The first ones end the parts, the others are hedges, rescues and fail-overs.
    kinds=st.lists(
        st.sampled_from(["ok", "http-error", "timeout", "stall", "corrupt", "aborted", "switched"]),
        max_size=8,
    ),
    takeovers=st.integers(0, 3),
    slow=st.floats(0.0, 30.0),
)


@dataclass
class Courier:
    """Carries plans out among many hosts, and counts every request itself."""

    selector: Selector
    hosts: list[str]
    limits: Limits
    now_s: float = START_S
    segments: int = 0
    requests: int = 0

    @property
    def allowed(self) -> int:
        """Requests that the limit allows until now."""
        return self.segments + int(self.limits.extra_requests * self.segments)

    def fetch(self, it: Events) -> None:
        """Plan one segment, and let it happen."""
        self.now_s += it.gap_s
        attempt = int(it.again and self.segments > 0)
        self.segments += 1 - attempt
        plan = self.selector.plan(
            PlanRequest(
                *(self.now_s, self.hosts, it.bytes, 4.0, it.buffer_s),
                starting=it.starting,
                attempt=attempt,
                top_mbps=8.0,
            )
        )
        self.check(plan, it.bytes)
        asked = [(part.host, part.bytes) for part in plan.parts] or [(plan.ranking[0], it.bytes)]
        self.requests += len(asked)
        if len(asked) > 1:
            assert self.requests <= self.allowed
        self.progress(plan, asked[0], it)
        asked += self.take_over(plan, asked, it)
        for number, kind in zip(count(), [*it.kinds, *["ok"] * len(asked)], strict=False):
            if number >= max(len(asked), len(it.kinds)):
                break
            extra = number >= len(asked)
            host, size = asked[number % len(asked)]
            self.requests += extra
            self.end(plan, host if not extra else plan.ranking[-1], size, kind, it)

    def check(self, plan: Plan, size: int) -> None:
        """Hold a plan to what its fields promise."""
        assert sorted(plan.ranking) == sorted(self.hosts)
        hedges = [plan.hedge, *(part.hedge for part in plan.parts)]
        waits = [hedge.after_s for hedge in hedges if hedge]
        numbers = [plan.stall_s, plan.propensity, *waits]
        assert all(isfinite(number) and number > 0.0 for number in numbers)
        assert not plan.parts or sum(part.bytes for part in plan.parts) == size
        assert all(part.bytes > 0 for part in plan.parts)
        assert len({part.host for part in plan.parts}) == len(plan.parts)

    def progress(self, plan: Plan, asked: tuple[str, int], it: Events) -> None:
        """Report the progress of the first body."""
        host, size = asked
        got = size * 0.3
        left = size - got
        so_far = (plan.plan, host, self.now_s, it.ttfb_s, it.slow, got, left, it.buffer_s, [host])
        advice = self.selector.progress(FetchSoFar(*so_far, 0))
        assert advice.rescue is None or (advice.rescue in self.hosts and advice.rescue != host)

    def take_over(
        self, plan: Plan, asked: list[tuple[str, int]], it: Events
    ) -> list[tuple[str, int]]:
        """Let the first host take over the ends of the others."""
        taken: list[tuple[str, int]] = []
        for _ in range(it.takeovers):
            parts = [
                PartSoFar(host, it.slow + it.ttfb_s, it.ttfb_s, size * 0.1, size * 0.9)
                for host, size in asked[1:]
            ]
            found = self.selector.idle(Idle(plan.plan, asked[0][0], self.now_s, parts))
            if found.part is None:
                break
            self.requests += 1
            assert self.requests <= self.allowed
            assert 0 < found.bytes <= parts[found.part].bytes_left
            taken.append((asked[0][0], found.bytes))
        return taken

    def end(self, plan: Plan, host: str, size: float, kind: OutcomeKind, it: Events) -> None:
        """End one request."""
        silent = kind in ("http-error", "timeout", "aborted")
        total_s = it.ttfb_s + 8e-6 * size / it.mbps
        outcome = Outcome(
            *(plan.plan, host, self.now_s, kind, 503 if kind == "http-error" else None),
            None if silent else it.ttfb_s,
            min(total_s, 600.0),
            0 if silent else size,
            cold=False,
            overlapped=True,
        )
        assert self.selector.observe(outcome).used


@given(
    st.integers(1, 33),
    st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 10.0]),
    st.lists(events, max_size=20),
    st.integers(0, 100),
)
def test_whatever_happens_no_request_is_added_beyond_the_limit(
    hosts: int, limit: float, history: list[Events], seed: int
):
    names = [f"https://{number}.example" for number in range(hosts)]
    fleet = {name: HostPrior(rate_mbps=2.0, rate_sd=0.3) for name in names[::2]}
    limits = Limits(extra_requests=limit, extra_bytes=1.0)
    courier = Courier(Selector(seed, fleet, limits), names, limits)
    for each in history:
        courier.fetch(each)
    explained = courier.selector.explain(courier.now_s)
    assert all(isfinite(host.cost_s or 0.0) and isfinite(host.p_down) for host in explained.hosts)
    assert Selector().restore(courier.selector.snapshot()) == len(courier.hosts) * bool(history)


ALIKE = {host: HostPrior(rate_mbps=4.0, rate_sd=0.1, ttfb_s=0.05, ttfb_sd=0.1) for host in (A, B)}


@pytest.mark.parametrize("kind", ["aborted", "http-error", "switched"])
def test_hedges_fail_overs_and_rescues_leave_less_for_splitting(kind: OutcomeKind):
    selector = Selector(1, ALIKE, Limits(extra_requests=1.0))
    urgent = REQUEST._replace(buffer_s=1.0, bytes=3_000_000)
    silent = None if kind in ("aborted", "http-error") else 0.1
    # Two parts are two requests for one segment; a third was asked in vain.
    plan = selector.plan(urgent)
    assert len(plan.parts) == 2
    lost = Outcome(plan.plan, A, START_S + 1, kind, None, silent, 1.0, 5e4, False, True)
    selector.observe(lost._replace(bytes=0 if silent is None else 5e4))
    for host in (A, B):
        done = Outcome(plan.plan, host, START_S + 1, "ok", 206, 0.05, 1.0, 1e6, False, True)
        selector.observe(done)
    selector.observe(Outcome(plan.plan, A, START_S + 1, "ok", 206, 0.05, 1.0, 1e6, False, True))
    # Four requests for one segment; three segments are needed before one may be added again.
    sizes = [len(selector.plan(urgent._replace(now_s=START_S + 60 * n)).parts) for n in (1, 2, 3)]
    assert sizes == [0, 0, 2]


def test_a_retry_is_a_request_too():
    selector = Selector(1, ALIKE, Limits(extra_requests=1.0))
    plan = selector.plan(REQUEST._replace(buffer_s=1.0, bytes=20_000))
    assert not plan.parts
    selector.plan(REQUEST._replace(buffer_s=1.0, bytes=20_000, attempt=1))
    assert not selector.plan(REQUEST._replace(attempt=2, buffer_s=1.0)).parts


def test_no_body_is_cut_when_too_many_bytes_would_come_in_vain():
    def taken_over(limit: float) -> bool:
        selector = Selector(1, ALIKE, Limits(extra_bytes=limit))
        plan = selector.plan(REQUEST._replace(buffer_s=1.0))
        slow = PartSoFar(B, age_s=2.0, ttfb_s=0.5, bytes=300_000, bytes_left=900_000)
        return selector.idle(Idle(plan.plan, A, START_S + 2, [slow])).part is not None

    # 50 kB are on their way.
    assert taken_over(0.1)
    assert not taken_over(0.01)
