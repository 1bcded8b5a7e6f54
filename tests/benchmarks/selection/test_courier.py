"""The simulated courier carries plans out: hedge, rescue, failover, parts."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.selection.viewer.courier import SegmentFetch, Tally
from benchmarks.selection.viewer.policy import (
    FetchSoFar,
    Hedge,
    Host,
    Outcome,
    Part,
    Plan,
    PlanRequest,
    Policy,
)
from benchmarks.selection.world.network import Clock, Network
from benchmarks.selection.world.world import Fault, Path, Visit

Flat = Callable[..., Path]
MakeVisit = Callable[..., Visit]


class Scripted(Policy):
    """A policy with a fixed plan, and at most one rescue."""

    def __init__(self, plan: Plan, rescue: Host | None = None) -> None:
        super().__init__("a", ("a", "b"), {}, 0)
        self.script, self.rescue = plan, rescue
        self.told: list[tuple[Host, str]] = []
        self.outcomes: list[Outcome] = []

    def plan(self, request: PlanRequest) -> Plan:  # noqa: ARG002
        return self.script

    def progress(self, so_far: FetchSoFar) -> Host | None:
        return self.rescue if so_far.host == "a" else None

    def observe(self, outcome: Outcome) -> None:
        self.told.append((outcome.host, outcome.kind))
        self.outcomes.append(outcome)


def fetch(visit: Visit, policy: Scripted) -> tuple[float, bool, int, Network, Tally]:
    """Fetch 1 MB; return when it ended, whether it is complete, and what is missing."""
    clock = Clock()
    network, tally = Network(visit, clock), Tally()
    ends: list[tuple[float, bool, int]] = []
    request = PlanRequest(visit.start_s, ("a", "b"), 1_000_000, 4.0, 8.0)
    SegmentFetch(
        network,
        policy,
        tally,
        0,
        request,
        lambda: 8.0,
        lambda complete, missing: ends.append((clock.now, complete, missing)),
    )
    clock.run(200.0)
    assert len(ends) == 1, "a fetch ends exactly once"
    return (*ends[0], network, tally)


def test_a_hedge_wins_when_the_first_host_is_silent(flat: Flat, flat_visit: MakeVisit):
    visit = flat_visit({"a": flat(8, fault=[Fault.SILENT] * 300), "b": flat(8)})
    policy = Scripted(Plan(("a", "b"), hedge=Hedge("b", 0.4)))
    ended_s, complete, _, network, tally = fetch(visit, policy)
    assert complete
    assert ended_s == pytest.approx(1.6, abs=0.15)
    assert policy.told == [("a", "aborted"), ("b", "ok")]
    assert (network.requests, tally.errors) == (2, 0)


def test_a_rescue_fetches_only_what_is_missing(flat: Flat, flat_visit: MakeVisit):
    visit = flat_visit({"a": flat(1), "b": flat(8)})
    policy = Scripted(Plan(("a", "b")), rescue="b")
    _, complete, _, network, _ = fetch(visit, policy)
    assert complete
    assert policy.told == [("a", "switched"), ("b", "ok")]
    assert sum(outcome.bytes for outcome in policy.outcomes) == pytest.approx(1_000_000, abs=3)
    assert network.received == pytest.approx(1_000_000, abs=3)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(Fault.REFUSING, "http-error"), (Fault.SILENT, "timeout"), (Fault.DYING, "stall")],
)
def test_a_failed_host_is_followed_by_the_next_in_the_ranking(
    fault: Fault, kind: str, flat: Flat, flat_visit: MakeVisit
):
    visit = flat_visit({"a": flat(8, fault=[fault] * 300), "b": flat(8)})
    policy = Scripted(Plan(("a", "b"), stall_s=1.0))
    _, complete, _, network, tally = fetch(visit, policy)
    assert complete
    assert policy.told == [("a", kind), ("b", "ok")]
    assert tally.errors == 1
    assert network.received == pytest.approx(1_000_000, abs=3)


def test_a_ranking_that_is_used_up_gives_the_rest_back(flat: Flat, flat_visit: MakeVisit):
    visit = flat_visit({"a": flat(8, fault=[Fault.DYING] * 300), "b": flat(8)})
    _, complete, missing, _, _ = fetch(visit, Scripted(Plan(("a",))))
    assert not complete
    assert missing == pytest.approx(750_000, abs=3)


def test_wrong_bytes_are_fetched_again_from_another_host(flat: Flat, flat_visit: MakeVisit):
    visit = flat_visit({"a": flat(8, corrupt=np.ones(20, bool)), "b": flat(8)})
    policy = Scripted(Plan(("a", "b")))
    _, complete, _, network, _ = fetch(visit, policy)
    assert complete
    assert policy.told == [("a", "corrupt"), ("b", "ok")]
    assert network.received == pytest.approx(2_000_000, abs=3)


def test_when_every_host_sends_wrong_bytes_the_whole_segment_is_given_back(
    flat: Flat, flat_visit: MakeVisit
):
    wrong = np.ones(20, bool)
    visit = flat_visit({"a": flat(8, corrupt=wrong), "b": flat(8, corrupt=wrong)})
    policy = Scripted(Plan(("a", "b")))
    _, complete, missing, _, _ = fetch(visit, policy)
    assert (complete, missing) == (False, 1_000_000)
    assert policy.told == [("a", "corrupt"), ("b", "corrupt")]


def test_two_parts_use_both_paths_at_once(flat: Flat, flat_visit: MakeVisit):
    visit = flat_visit({"a": flat(6), "b": flat(2)})
    policy = Scripted(Plan(("a", "b"), parts=(Part("a", 750_000, None), Part("b", 250_000, None))))
    ended_s, complete, _, network, _ = fetch(visit, policy)
    assert complete
    assert ended_s == pytest.approx(1.2, abs=0.2)
    assert {outcome.bytes for outcome in policy.outcomes} == {750_000, 250_000}
    assert all(outcome.overlapped for outcome in policy.outcomes)
    assert network.requests == 2


def test_a_failed_part_is_taken_over_while_the_other_goes_on(flat: Flat, flat_visit: MakeVisit):
    visit = flat_visit({"a": flat(6), "b": flat(2, fault=[Fault.DYING] * 300)})
    policy = Scripted(
        Plan(("a", "b"), stall_s=1.0, parts=(Part("a", 750_000, None), Part("b", 250_000, None)))
    )
    _, complete, _, network, _ = fetch(visit, policy)
    assert complete
    assert ("b", "stall") in policy.told
    assert network.received == pytest.approx(1_000_000, abs=3)


def test_a_host_that_has_failed_one_part_comes_last_for_another(flat: Flat, flat_visit: MakeVisit):
    down = [Fault.REFUSING] * 300
    visit = flat_visit(
        {"a": flat(8, fault=down), "b": flat(8, rtt_s=0.2, fault=down), "c": flat(8)}
    )
    halves = (Part("a", 500_000, None), Part("b", 500_000, None))
    policy = Scripted(Plan(("a", "b", "c"), parts=halves))
    _, complete, _, _, _ = fetch(visit, policy)
    assert complete
    assert [host for host, kind in policy.told if kind != "ok"] == ["a", "b", "b"]
