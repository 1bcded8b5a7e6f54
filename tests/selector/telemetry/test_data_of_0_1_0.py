"""Compatibility: data that version 0.1.0 stored in a browser load, with the same beliefs.

Version 0.1.0 wrote the files in `fixtures`: the snapshot of an engine after a varied visit, the
snapshot of a diary of four days, and the answers that it gave. The tests lie in this folder
because the suite in Pyodide leaves it out: it copies no JSON, and exponentials of another libm may
differ in the last digit.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from selector.bandit import Limits, PlanRequest, Selector
from selector.telemetry import Context, Diary, Terms

FIXTURES = Path(__file__).parents[1] / "fixtures"


def stored(name: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads((FIXTURES / f"{name}.json").read_text())


def as_json(value: object) -> Any:  # noqa: ANN401 - any JSON
    """Return what the page receives: named tuples below the top level are lists."""
    return json.loads(json.dumps(value))


def assert_same(value: object, expected: object) -> None:
    """Compare JSON values, floats with a tolerance of 1e-12 for another libm."""
    if isinstance(expected, dict):
        assert isinstance(value, dict) and list(value) == list(expected)
        for key, each in expected.items():
            assert_same(value[key], each)
    elif isinstance(expected, list):
        assert isinstance(value, list) and len(value) == len(expected)
        for one, other in zip(value, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, float):
        assert value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    else:
        assert value == expected


def restored() -> Selector:
    selector = Selector(limits=Limits(extra_requests=1.0))
    assert selector.restore(stored("engine-0.1.0")) == 4
    return selector


def test_an_engine_of_0_1_0_believes_what_it_believed():
    selector = restored()
    for moment in stored("engine-0.1.0-expected")["explanations"]:
        explanation = selector.explain(moment["now_s"])
        hosts = [belief._asdict() for belief in explanation.hosts]
        assert_same(as_json(explanation._asdict() | {"hosts": hosts}), moment["explanation"])


def test_an_engine_of_0_1_0_decides_what_it_would_have_decided():
    selector = restored()
    for case in stored("engine-0.1.0-expected")["plans"]:
        plan = selector.plan(PlanRequest(**case["request"]))
        parts = [part._asdict() | {"hedge": _as_dict(part.hedge)} for part in plan.parts]
        told = plan._asdict() | {"hedge": _as_dict(plan.hedge), "parts": parts}
        assert_same(as_json(told), case["plan"])


def _as_dict(message: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any named tuple
    return message and message._asdict()


def test_an_engine_of_0_1_0_is_stored_as_it_was():
    assert restored().snapshot() == stored("engine-0.1.0")


def test_a_diary_of_0_1_0_tells_of_its_days_what_it_told():
    expected = stored("diary-0.1.0-expected")
    diary = Diary.restore(expected["secret"], stored("diary-0.1.0"))
    context, terms = Context(**expected["context"]), Terms(**expected["terms"])
    for day in expected["days"]:
        lines = diary.preview(day["now_s"], context, terms)
        told = [{"report": line.report.to_json(), "truth": dict(line.truth)} for line in lines]
        assert_same(as_json(told), day["lines"])
        assert diary.in_control(day["now_s"], terms) == day["in_control"]


def test_a_diary_of_0_1_0_is_stored_as_it_was():
    expected = stored("diary-0.1.0-expected")
    diary = Diary.restore(expected["secret"], stored("diary-0.1.0"))
    assert as_json(diary.snapshot()) == stored("diary-0.1.0")
