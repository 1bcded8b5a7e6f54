"""Whole visits: the engine against hosts that are fast, slow, late, dead or changing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest

from selector.bandit import HostPrior, Limits, Outcome, Plan, PlanRequest, Selector

NOW_S = 1_700_000_000.0
SEGMENT_S = 4.0
BYTES = 1_500_000
HOSTS = [f"https://{name}.example" for name in ("a", "b", "c", "d")]


@dataclass
class World:
    """Hosts with a rate and a TTFB that scatter; a rate of 0 is a host that never answers."""

    mbps: list[float]
    ttfb_s: list[float]
    random: Random

    def fetch(self, plan: int, host: str, now_s: float) -> Outcome:
        """Return how a fetch that begins at `now_s` ends."""
        number = HOSTS.index(host)
        if self.mbps[number] == 0.0:
            return Outcome(plan, host, now_s + 2.0, "timeout", None, None, 2.0, 0, False, False)
        ttfb_s = self.ttfb_s[number] * self.random.lognormvariate(0.0, 0.3)
        body_s = 8e-6 * BYTES / self.mbps[number] * self.random.lognormvariate(0.0, 0.25)
        total_s = ttfb_s + body_s
        return Outcome(plan, host, now_s + total_s, "ok", 206, ttfb_s, total_s, BYTES, False, False)


def alone(seed: int = 0, fleet: dict[str, HostPrior] | None = None) -> Selector:
    """Return a selector that keeps every range whole."""
    return Selector(seed, fleet, Limits(extra_requests=0.0))


def plans(
    selector: Selector,
    world: World,
    segments: int,
    change: Callable[[int, World], None] | None = None,
    begin_s: float = NOW_S,
) -> list[Plan]:
    """Return the plan of every segment."""
    made = []
    now_s = begin_s
    for number in range(segments):
        if change:
            change(number, world)
        request = PlanRequest(now_s, HOSTS, BYTES, SEGMENT_S, 20.0, starting=number == 0)
        plan = selector.plan(request)
        made.append(plan)
        for host in plan.ranking:
            outcome = world.fetch(plan.plan, host, now_s)
            assert selector.observe(outcome).used
            if outcome.kind == "ok":
                break
        now_s += max(outcome.total_s, SEGMENT_S)
    return made


def watch(
    selector: Selector,
    world: World,
    segments: int,
    change: Callable[[int, World], None] | None = None,
    begin_s: float = NOW_S,
) -> list[str]:
    """Return the host chosen for every segment."""
    return [plan.ranking[0] for plan in plans(selector, world, segments, change, begin_s)]


def believed_best(made: list[Plan]) -> list[str]:
    """Return the hosts of the segments that explored nothing."""
    return [plan.ranking[0] for plan in made if not plan.explored]


def world(*mbps: float, seed: int = 1) -> World:
    return World(list(mbps), [0.1] * len(HOSTS), Random(seed))  # noqa: S311


@pytest.mark.parametrize("seed", range(5))
def test_the_best_of_four_unknown_hosts_serves_most_segments(seed: int):
    chosen = watch(alone(seed), world(3.0, 6.0, 20.0, 1.5, seed=seed), 100)
    assert chosen[30:].count(HOSTS[2]) > 50


@pytest.mark.parametrize("seed", range(5))
def test_a_best_host_that_degrades_is_left_within_six_segments(seed: int):
    def degrade(number: int, hosts: World) -> None:
        if number == 50:
            hosts.mbps[2] = 2.0

    chosen = watch(alone(seed), world(3.0, 10.0, 25.0, 1.5, seed=seed), 80, degrade)
    assert HOSTS[2] in chosen[45:50]
    assert chosen[56:].count(HOSTS[1]) > 15


@pytest.mark.parametrize("seed", range(3))
def test_a_confident_wrong_fleet_is_overruled_within_a_dozen_segments(seed: int):
    mbps = [2.0, 4.0, 12.0, 25.0]
    fleet = {
        host: HostPrior(rate_mbps=said, rate_sd=0.35)
        for host, said in zip(HOSTS, reversed(mbps), strict=True)
    }
    made = plans(alone(seed, fleet), world(*mbps, seed=seed), 60)
    assert not {HOSTS[0], HOSTS[1]} & set(believed_best(made[12:]))


def test_a_dead_host_is_left_after_two_tries_and_tested_again_ever_more_rarely():
    def die(number: int, hosts: World) -> None:
        if number == 20:
            hosts.mbps[2] = 0.0

    chosen = watch(alone(1), world(3.0, 6.0, 30.0, 1.5), 2000, die)
    tested = [number for number in range(20, 2000) if chosen[number] == HOSTS[2]]
    gaps = [later - earlier for earlier, later in pairwise(tested)]
    assert len(tested) < 20
    assert len([number for number in tested if number < 25]) <= 2
    assert gaps[3] > gaps[1]
    assert gaps[6] > 2 * gaps[3]
    assert tested[-1] > 1000


def test_a_host_that_comes_back_is_found_again():
    def die_and_return(number: int, hosts: World) -> None:
        if number in (20, 60):
            hosts.mbps[2] = 0.0 if number == 20 else 30.0

    made = plans(alone(1), world(3.0, 6.0, 30.0, 1.5), 400, die_and_return)
    assert set(believed_best(made[-30:])) == {HOSTS[2]}
    assert len(believed_best(made[-30:])) > 20


def test_hosts_may_appear_and_vanish_between_requests():
    selector = alone(1)
    watch(selector, world(3.0, 6.0, 20.0, 1.5), 10)
    for number in range(100):
        hosts = [f"https://{number}-{name}.example" for name in range(5)]
        now_s = NOW_S + 100.0 + number
        plan = selector.plan(PlanRequest(now_s, [*hosts, HOSTS[0]], None, 4.0, 10.0))
        assert sorted(plan.ranking) == sorted([*hosts, HOSTS[0]])
    remembered = [host.host for host in selector.explain(NOW_S + 300.0).hosts]
    assert len(remembered) == 64
    assert HOSTS[0] in remembered
    assert HOSTS[1] not in remembered


def test_the_same_seed_and_calls_give_the_same_answers_and_another_seed_other_draws():
    def choices(seed: int) -> list[str]:
        return watch(alone(seed), world(10.0, 10.0, 10.0, 10.0), 40)

    assert choices(7) == choices(7)
    assert choices(7) != choices(8)


def test_what_was_learned_in_one_visit_serves_the_next():
    selector = alone(1)
    watch(selector, world(3.0, 6.0, 20.0, 1.5), 60)
    tomorrow = alone(2)
    tomorrow.restore(selector.snapshot())
    chosen = watch(tomorrow, world(3.0, 6.0, 20.0, 1.5), 10, begin_s=NOW_S + 86_400.0)
    assert chosen[0] == HOSTS[2]
    assert chosen.count(HOSTS[2]) >= 8


def test_the_last_choice_is_explained_with_numbers_that_add_up():
    selector = alone(1)
    watch(selector, world(3.0, 6.0, 20.0, 1.5), 30)
    cost, next_best, *_ = selector.explain(NOW_S + 120.0).last_choice
    assert set(re.findall(r"{(\w+)}", cost.say)) == set(cost.values)
    assert cost.values["host"] != next_best.values["host"]
    told = {name: float(value) for name, value in cost.values.items() if name != "host"}
    body_s = 8 * told["size_mb"] / told["rate_mbps"] * told["doubt"]
    assert told["body_s"] == pytest.approx(body_s, abs=0.02)
    cost_s = told["ttfb_s"] + told["body_s"] + told["errors_s"]
    assert told["cost_s"] == pytest.approx(cost_s, abs=0.02)


def test_every_belief_says_where_it_comes_from():
    selector = alone(1, {HOSTS[1]: HostPrior(rate_mbps=30.0)})
    selector.plan(PlanRequest(NOW_S, HOSTS[:3], None, 4.0, 10.0))
    for number in range(3):
        outcome = world(3.0, 6.0, 20.0, 1.5).fetch(0, HOSTS[0], NOW_S + 4.0 * number)
        selector.observe(outcome)
    words = {
        host.host: [clause.say.format(**clause.values) for clause in host.words]
        for host in selector.explain(NOW_S + 600.0).hosts
    }
    assert words[HOSTS[0]] == ["Used 3 times.", "Last heard of 10 minutes ago."]
    assert words[HOSTS[1]] == ["Never tried: what other viewers found."]
    assert words[HOSTS[2]] == ["Never tried: a wide guess."]


def test_a_plan_needs_a_host_and_a_time():
    with pytest.raises(ValueError, match="hosts"):
        Selector().plan(PlanRequest(NOW_S, [], None, 4.0, 10.0))
    with pytest.raises(ValueError, match="now_s"):
        Selector().plan(PlanRequest(float("nan"), HOSTS, None, 4.0, 10.0))
