"""Properties of the engine for any history, searched for counterexamples by Hypothesis."""

import json
from dataclasses import dataclass, replace
from math import inf, isfinite, nan

from hypothesis import example, given
from hypothesis import strategies as st

from selector.bandit import (
    Explanation,
    FetchSoFar,
    HostBelief,
    HostPrior,
    Outcome,
    OutcomeKind,
    Plan,
    PlanRequest,
    Selector,
)
from selector.bandit.pending import PATIENCE_S

HOSTS = ["https://a.example", "https://b.example", "https://c.example", "https://d.example"]
START_S = 1_700_000_000.0
FAILURES: list[OutcomeKind] = ["http-error", "timeout", "stall", "corrupt"]
KINDS: list[OutcomeKind] = [*FAILURES, "ok", "aborted", "switched"]

priors = st.builds(
    HostPrior,
    rate_mbps=st.floats(0.1, 500),
    rate_sd=st.floats(0.05, 2),
    ttfb_s=st.floats(0.005, 5),
    ttfb_sd=st.floats(0.05, 2),
    error_rate=st.floats(0, 1),
)
fleets = st.dictionaries(st.sampled_from(HOSTS), priors)


@dataclass(frozen=True)
class Fetch:
    """One segment: planned after `gap_s`, then ended as `kind`."""

    gap_s: float
    kind: OutcomeKind
    ttfb_s: float
    mbps: float
    bytes: int
    buffer_s: float
    status: int | None
    host: int | None
    cold: bool
    overlapped: bool

    @property
    def total_s(self) -> float:
        """Time from request to end."""
        return self.ttfb_s + 8e-6 * self.bytes / self.mbps


fetches = st.builds(
    Fetch,
    gap_s=st.one_of(st.floats(0, 30), st.floats(0, 1e6)),
    kind=st.sampled_from(KINDS),
    ttfb_s=st.floats(0.001, 20),
    mbps=st.floats(0.2, 2000),
    bytes=st.integers(1, 4_000_000),
    buffer_s=st.floats(0, 60),
    status=st.sampled_from([None, 404, 503]),
    host=st.one_of(st.none(), st.integers(0, len(HOSTS) - 1)),
    cold=st.booleans(),
    overlapped=st.booleans(),
)
histories = st.lists(fetches, max_size=25)


class Viewer:
    """Feeds fetches to a selector, and records its plans."""

    def __init__(self, selector: Selector, now_s: float = START_S) -> None:
        self.selector = selector
        self.now_s = now_s
        self.plans: list[Plan] = []

    def watch(self, history: list[Fetch], hosts: list[str] = HOSTS) -> "Viewer":
        """Plan and end every fetch of `history`."""
        for fetch in history:
            self.now_s += fetch.gap_s
            request = PlanRequest(self.now_s, hosts, fetch.bytes, 4.0, fetch.buffer_s)
            plan = self.selector.plan(request)
            self.plans.append(plan)
            host = plan.ranking[0] if fetch.host is None else HOSTS[fetch.host]
            silent = fetch.kind in ("timeout", "http-error", "aborted")
            outcome = Outcome(
                plan=plan.plan,
                host=host,
                now_s=self.now_s,
                kind=fetch.kind,
                status=fetch.status,
                ttfb_s=None if silent else fetch.ttfb_s,
                total_s=fetch.total_s,
                bytes=0 if silent else fetch.bytes,
                cold=fetch.cold,
                overlapped=fetch.overlapped,
            )
            assert self.selector.observe(outcome).used
        return self


def same_host(history: list[Fetch]) -> list[Fetch]:
    return [replace(fetch, host=0) for fetch in history]


def numbers_of(explanation: Explanation) -> list[float]:
    return [
        number
        for host in explanation.hosts
        for number in (
            host.ttfb_s,
            host.rate_mbps,
            *host.rate_mbps_90,
            host.p_down,
            host.error_rate,
            host.cost_s or 0.0,
        )
    ]


anything = st.one_of(st.floats(), st.sampled_from([0.0, -1.0, nan, inf, -inf, 1e308, 5e-324]))
wild_outcomes = st.builds(
    Outcome,
    plan=st.just(0),
    host=st.sampled_from(HOSTS),
    now_s=st.one_of(st.floats(START_S, START_S + 1e4), anything),
    kind=st.sampled_from(KINDS),
    status=st.sampled_from([None, 206, 404, 503]),
    ttfb_s=st.one_of(st.none(), st.floats(0, 10), anything),
    total_s=st.one_of(st.floats(0, 700), anything),
    bytes=st.one_of(st.integers(0, 2**31), anything),
    cold=st.booleans(),
    overlapped=st.booleans(),
)


@given(fleets, st.lists(wild_outcomes, max_size=30))
def test_every_belief_stays_finite_whatever_is_observed(
    fleet: dict[str, HostPrior], outcomes: list[Outcome]
):
    selector = Selector(1, fleet)
    selector.plan(PlanRequest(START_S, HOSTS, 1e6, 4.0, 10.0))
    for outcome in outcomes:
        selector.observe(outcome)
        now_s = outcome.now_s if isfinite(outcome.now_s) else START_S
        plan = selector.plan(PlanRequest(min(max(now_s, 0.0), 1e10), HOSTS, None, 4.0, 10.0))
        assert sorted(plan.ranking) == HOSTS
        assert 0.0 < plan.propensity <= 1.0
        assert plan.hedge is not None
        assert 0.0 < plan.hedge.after_s <= 2.0
        assert 1.0 <= plan.stall_s <= 3.0
    assert Selector().restore(selector.snapshot()) == len(HOSTS)
    explanation = selector.explain(START_S)
    assert all(isfinite(number) and number >= 0.0 for number in numbers_of(explanation))
    assert explanation.outcomes + explanation.dropped == len(outcomes)


@given(fleets, histories, histories, st.integers(0, 2**53 - 1))
def test_restoring_then_continuing_equals_never_having_stopped(
    fleet: dict[str, HostPrior], before: list[Fetch], after: list[Fetch], seed: int
):
    one = Viewer(Selector(seed, fleet)).watch(before)
    # A page that comes back has nothing under way.
    one.now_s += PATIENCE_S + 1.0
    text = json.dumps(one.selector.snapshot())
    other = Viewer(Selector(0, fleet), one.now_s)
    other.selector.restore(json.loads(text))
    one.plans.clear()
    assert one.watch(after).plans == other.watch(after).plans
    explained, explained_too = (viewer.selector.explain(one.now_s) for viewer in (one, other))
    # Why the last choice was made is not for the next visit.
    assert explained._replace(last_choice=()) == explained_too._replace(last_choice=())
    assert one.selector.snapshot() == other.selector.snapshot()


@given(fleets, histories, st.permutations(HOSTS))
def test_the_order_of_hosts_in_a_request_does_not_matter(
    fleet: dict[str, HostPrior], history: list[Fetch], order: list[str]
):
    assert (
        Viewer(Selector(3, fleet)).watch(history).plans
        == Viewer(Selector(3, fleet)).watch(history, order).plans
    )


@given(fleets, histories)
def test_explaining_and_advising_change_nothing(fleet: dict[str, HostPrior], history: list[Fetch]):
    viewer = Viewer(Selector(3, fleet)).watch(history)
    viewer.selector.plan(PlanRequest(viewer.now_s, HOSTS, 1e6, 4.0, 10.0))
    before = viewer.selector.snapshot()
    viewer.selector.explain(viewer.now_s + 1e5)
    plan = viewer.selector.explain(viewer.now_s).plans
    viewer.selector.progress(
        FetchSoFar(plan, HOSTS[0], viewer.now_s + 2, 0.1, 1.5, 5e4, 1e6, 8.0, HOSTS[:1], 0)
    )
    assert viewer.selector.snapshot() == before


def belief(viewer: Viewer, fleet: dict[str, HostPrior], wait_s: float = 0.0) -> HostBelief:
    """Return the belief about the first host, with the cost of one megabyte."""
    copy = Selector(0, fleet)
    copy.restore(viewer.selector.snapshot())
    now_s = viewer.now_s + wait_s
    copy.plan(PlanRequest(now_s, HOSTS, 1e6, 4.0, 10.0, attempt=1))
    return next(host for host in copy.explain(now_s).hosts if host.host == HOSTS[0])


def cost(host: HostBelief) -> float:
    assert host.cost_s is not None
    return host.cost_s


SLACK = 1.0 + 1e-9


@given(fleets, histories, st.sampled_from([*FAILURES, "aborted"]), fetches)
def test_a_failure_or_a_silence_never_makes_its_host_look_cheaper(
    fleet: dict[str, HostPrior], history: list[Fetch], kind: OutcomeKind, fetch: Fetch
):
    viewer = Viewer(Selector(3, fleet)).watch(history)
    before = belief(viewer, fleet)
    viewer.watch([replace(fetch, kind=kind, host=0, gap_s=0.0)])
    assert cost(belief(viewer, fleet)) * SLACK >= cost(before)


def says_the_host_is_back(fleet: dict[str, HostPrior], before: list[Fetch], reading: Fetch) -> bool:
    """Say whether a success counts: it does if it was asked for after its host's last failure."""
    snapshot = Viewer(Selector(3, fleet)).watch(same_host([*before, reading])).selector.snapshot()
    failed_s = snapshot["hosts"][HOSTS[0]]["failed_s"]
    return failed_s is None or snapshot["time_s"] - reading.total_s >= failed_s


REFUSED = Fetch(0.0, "http-error", 1.0, 1.0, 1, 0.0, None, None, cold=False, overlapped=False)


# Answered after 7 s, the fetch was asked for after the last failure, and says that the host is
# back; three times as late, it was asked for before, and does not. The failures to come then raise
# the odds of failing by another factor, from which the engine learns what a failure costs: here
# 1.5982 s instead of 1.5983 s, and the host is cheaper by 4e-5. P(down) is .999 either way.
@example(
    fleet={},
    before=[*[replace(REFUSED, ttfb_s=19.0)] * 5, replace(REFUSED, gap_s=1000.0, ttfb_s=3.0)],
    fetch=replace(REFUSED, gap_s=18.0, kind="ok", ttfb_s=7.0, mbps=900.0),
    after=[
        *[replace(REFUSED, ttfb_s=took_s) for took_s in (1.0, 2.0, 1.0, 1.0, 1.0)],
        replace(REFUSED, gap_s=1e6),
        replace(REFUSED, kind="corrupt"),
        replace(REFUSED, kind="ok"),
    ],
    worse=3.0,
    wait_s=0.0,
)
@given(fleets, histories, fetches, histories, st.floats(1, 25), st.floats(0, 1e5))
def test_a_slower_or_later_reading_never_makes_a_host_look_better_ever_after(
    fleet: dict[str, HostPrior],
    before: list[Fetch],
    fetch: Fetch,
    after: list[Fetch],
    worse: float,
    wait_s: float,
):
    """Its rate and TTFB never; its cost never, if both readings say alike whether it is back."""

    def believed(reading: Fetch) -> HostBelief:
        viewer = Viewer(Selector(3, fleet)).watch(same_host([*before, reading, *after]))
        return belief(viewer, fleet, wait_s)

    fetch = replace(fetch, kind="ok", mbps=max(fetch.mbps, 20.0))
    # A host known to be late is not thought down so soon when it stays silent once more.
    after = [each for each in after if each.kind != "aborted"]
    slower = replace(fetch, mbps=fetch.mbps / worse)
    later = replace(fetch, ttfb_s=fetch.ttfb_s * worse)
    good, slow, late = believed(fetch), believed(slower), believed(later)
    assert slow.rate_mbps <= good.rate_mbps * SLACK
    assert late.ttfb_s * SLACK >= good.ttfb_s
    is_back = says_the_host_is_back(fleet, before, fetch)
    if says_the_host_is_back(fleet, before, slower) == is_back:
        assert cost(slow) * SLACK >= cost(good)
    if says_the_host_is_back(fleet, before, later) == is_back:
        assert cost(late) * SLACK >= cost(good)


@given(fleets, histories, fetches, histories, st.sampled_from(FAILURES), st.floats(0, 1e5))
def test_one_failure_more_never_makes_failure_look_rarer_ever_after(
    fleet: dict[str, HostPrior],
    before: list[Fetch],
    fetch: Fetch,
    after: list[Fetch],
    kind: OutcomeKind,
    wait_s: float,
):
    extra = replace(fetch, kind=kind, gap_s=0.0)
    without = Viewer(Selector(3, fleet)).watch(same_host([*before, *after]))
    with_it = Viewer(Selector(3, fleet)).watch(same_host([*before, extra, *after]))
    worse, better = belief(with_it, fleet, wait_s), belief(without, fleet, wait_s)
    assert worse.p_down * SLACK >= better.p_down
    assert worse.error_rate * SLACK >= better.error_rate
