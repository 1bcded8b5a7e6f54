"""Snapshots: they restore the engine; an invalid one is refused and changes nothing."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selector.bandit import FieldError, HostPrior, Outcome, PlanRequest, Selector

A, B = "https://a.example", "https://b.example"
NOW_S = 1_700_000_000.0


def lived() -> Selector:
    """Return a selector that has seen everything a snapshot holds."""
    selector = Selector(5, {A: HostPrior(rate_mbps=12.0)})
    for number in range(6):
        now_s = NOW_S + 4.0 * number
        plan = selector.plan(PlanRequest(now_s, [A, B], 1_000_000, 4.0, 10.0))
        for host in (A, B):
            kind = "timeout" if number == 3 else "ok"
            outcome = Outcome(plan.plan, host, now_s + 1.0, kind, 206, 0.1, 0.9, 1e6, False, False)
            selector.observe(outcome)
    return selector


SNAPSHOT = lived().snapshot()


def test_a_snapshot_is_json_and_restores_to_itself():
    selector = Selector()
    assert selector.restore(json.loads(json.dumps(SNAPSHOT))) == 2
    assert selector.snapshot() == SNAPSHOT


def with_value(path: str, value: object) -> dict[str, Any]:
    """Return the snapshot with another value at `path`, such as hosts|https://a.example|rate|0."""
    damaged = deepcopy(SNAPSHOT)
    *way, last = path.split("|")
    target: Any = damaged
    for step in way:
        target = target[int(step) if isinstance(target, list) else step]
    target[int(last) if isinstance(target, list) else last] = value
    return damaged


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("format", "mirrorwise-bandit/1", "snapshot.format"),
        ("format", None, "snapshot.format"),
        ("seed", -1, "snapshot.seed"),
        ("seed", 1.5, "snapshot.seed"),
        ("time_s", float("nan"), "snapshot.time_s"),
        ("wall_s", float("inf"), "snapshot.wall_s"),
        ("decisions", True, "snapshot.decisions"),
        ("error_cost_s", 1e9, "snapshot.error_cost_s"),
        ("usual_bytes", -5, "snapshot.usual_bytes"),
        ("rate_doubt", [1.0], "snapshot.rate_doubt"),
        ("hosts", [], "snapshot.hosts"),
        ("hosts", {f"https://{n}.example": {} for n in range(65)}, "snapshot.hosts"),
        ("hosts", {"https://a.example/static/x": {}}, "snapshot.hosts"),
        ("hosts", {"javascript:alert(1)": {}}, "snapshot.hosts"),
        (f"hosts|{A}", [], f"snapshot.hosts.{A}"),
        (f"hosts|{A}|prior", None, f"snapshot.hosts.{A}.prior"),
        (f"hosts|{A}|rate|1", "fast", f"snapshot.hosts.{A}.rate"),
        (f"hosts|{A}|rate|2", 0.0, f"snapshot.hosts.{A}.rate"),
        (f"hosts|{A}|rate|5", 1e12, f"snapshot.hosts.{A}.rate"),
        (f"hosts|{A}|outage|0", 1.0, f"snapshot.hosts.{A}.outage"),
        (f"hosts|{A}|outage|3", 0.5, f"snapshot.hosts.{A}.outage"),
        (f"hosts|{A}|used", -1, f"snapshot.hosts.{A}.used"),
        ("pending", [[1, [A]]], "snapshot.pending"),
        ("pending", [[99, [A], 0.0]], "snapshot.pending"),
        ("pending", None, "snapshot.pending"),
    ],
)
def test_a_damaged_snapshot_is_refused_by_the_name_of_its_field(
    path: str, value: object, field: str
):
    selector = lived()
    before = selector.snapshot()
    with pytest.raises(FieldError) as refused:
        selector.restore(with_value(path, value))
    assert refused.value.field == field
    assert selector.snapshot() == before


@pytest.mark.parametrize("snapshot", [None, 3, [], "mirrorwise-bandit/1", {}])
def test_what_is_no_snapshot_is_refused(snapshot: object):
    with pytest.raises(FieldError):
        Selector().restore(snapshot)


def leaves(value: object, path: str = "") -> list[str]:
    """Return the paths of all single values in `value`."""
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, f"{path}|{key}")]
    if isinstance(value, list):
        return [leaf for key, item in enumerate(value) for leaf in leaves(item, f"{path}|{key}")]
    return [path[1:]]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(leaves(SNAPSHOT)),
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_snapshot_is_either_refused_or_fit_to_decide_with(damages: list[tuple[str, object]]):
    snapshot: Any = deepcopy(SNAPSHOT)
    for path, value in damages:
        target = snapshot
        *way, last = path.split("|")
        for step in way:
            target = target[int(step) if isinstance(target, list) else step]
        target[int(last) if isinstance(target, list) else last] = value
    selector = Selector()
    try:
        selector.restore(snapshot)
    except FieldError:
        return
    plan = selector.plan(PlanRequest(NOW_S + 60.0, [A, B], 1_000_000, 4.0, 10.0))
    assert sorted(plan.ranking) == [A, B]
    json.dumps(selector.snapshot(), allow_nan=False)
    json.dumps(selector.explain(NOW_S + 60.0), allow_nan=False)


def test_priors_of_today_replace_those_of_the_last_visit():
    today = Selector(0, {B: HostPrior(rate_mbps=99.0)})
    today.restore(SNAPSHOT)
    assert today.snapshot()["hosts"][B]["prior"][0] == 99.0
    assert today.snapshot()["hosts"][A]["prior"][0] == 12.0
