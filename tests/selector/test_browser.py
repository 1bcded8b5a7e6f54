"""The JSON interface: every message of `web/plugin/messages.ts`, and invalid messages."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selector.browser import handle

A, B = "https://a.example", "http://b.example:8080"
NOW_S = 1_700_000_000

PLAN = {
    "now_s": NOW_S,
    "hosts": [A, B],
    "bytes": 1_000_000,
    "segment_s": 4,
    "buffer_s": 10.5,
    "segments_left": None,
    "starting": False,
    "attempt": 0,
}
PROGRESS = {
    "plan": 1,
    "host": A,
    "now_s": NOW_S + 1,
    "ttfb_s": 0.1,
    "body_s": 1.0,
    "bytes": 40_000,
    "bytes_left": 960_000,
    "buffer_s": 8,
    "tried": [A],
    "rescues": 0,
}
OBSERVE = {
    "plan": 1,
    "host": A,
    "now_s": NOW_S + 1,
    "kind": "ok",
    "status": 206,
    "ttfb_s": 0.1,
    "total_s": 0.9,
    "bytes": 1_000_000,
    "cold": True,
    "overlapped": False,
    "public": True,
}
PRIOR = {"rate_mbps": 10, "rate_sd": 1, "ttfb_s": 0.2, "ttfb_sd": 0.5, "error_rate": 0.01}


def ask(verb: str, body: object) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(handle(json.dumps({"id": 7, "verb": verb, "body": body})))
    assert answer["id"] == 7
    return answer


def answer(verb: str, body: object) -> Any:  # noqa: ANN401
    said = ask(verb, body)
    assert said["ok"], said
    return said["answer"]


@pytest.fixture(autouse=True)
def opened():
    answer("open", {"seed": 1, "priors": {A: PRIOR, B: {}}})


def test_every_verb_answers_in_the_shape_of_the_contract():
    plan = answer("plan", PLAN)
    assert list(plan) == [
        "plan", "ranking", "hedge", "stall_s", "propensity", "explored", "why",
        "parts",
    ]  # fmt: skip
    assert {tuple(part) for part in plan["parts"]} == {("host", "bytes", "hedge")}
    assert set(answer("plan", PLAN | {"bytes": None})["hedge"]) == {"host", "after_s"}
    idle = {"plan": 1, "host": A, "now_s": PLAN["now_s"], "parts": []}
    assert set(answer("idle", idle)) == {"part", "bytes", "why"}
    assert set(answer("progress", PROGRESS)) == {"rescue", "why"}
    assert answer("observe", OBSERVE) == {"used": True, "reason": None}
    explanation = answer("explain", {"now_s": NOW_S + 2})
    assert set(explanation) == {"hosts", "last_choice", "plans", "outcomes", "dropped"}
    assert set(explanation["hosts"][0]) == {
        "host", "ttfb_s", "ttfb_s_90", "rate_mbps", "rate_mbps_90", "p_down", "error_rate", "used",
        "cost_s", "words",
    }  # fmt: skip
    snapshot = answer("snapshot", {})
    assert snapshot["format"] == "mirrorwise-bandit/2"
    assert answer("restore", {"snapshot": snapshot}) == {"hosts": 2}


def test_a_single_host_has_no_hedge():
    assert answer("plan", PLAN | {"hosts": [A]})["hedge"] is None


def test_an_outcome_that_javascript_could_not_measure_is_dropped_not_refused():
    answer("plan", PLAN)
    for absurd in (None, -1, 1e999, 10**400):
        assert not answer("observe", OBSERVE | {"total_s": absurd})["used"]
    assert answer("explain", {"now_s": NOW_S})["dropped"] == 4


BAD = [
    ("plan", PLAN, "now_s", "noon"),
    ("plan", PLAN, "now_s", None),
    ("plan", PLAN, "now_s", float("nan")),
    ("plan", PLAN, "now_s", -1),
    ("plan", PLAN, "now_s", 10**400),
    ("plan", PLAN, "hosts", []),
    ("plan", PLAN, "hosts", A),
    ("plan", PLAN, "hosts", [None]),
    ("plan", PLAN, "hosts", ["javascript:alert(1)"]),
    ("plan", PLAN, "hosts", ["//a.example"]),
    ("plan", PLAN, "hosts", ["https://a.example/static/x"]),
    ("plan", PLAN, "hosts", ["https://user@a.example"]),
    ("plan", PLAN, "hosts", ["https://" + "a" * 300]),
    ("plan", PLAN, "hosts", ["https://\ud800"]),
    ("plan", PLAN, "hosts", [f"https://{number}.example" for number in range(34)]),
    ("plan", PLAN, "bytes", -1),
    ("plan", PLAN, "bytes", True),
    ("plan", PLAN, "segment_s", float("inf")),
    ("plan", PLAN, "buffer_s", None),
    ("plan", PLAN, "segments_left", 1.5),
    ("plan", PLAN, "starting", 1),
    ("plan", PLAN, "attempt", -1),
    ("progress", PROGRESS, "plan", "1"),
    ("progress", PROGRESS, "body_s", -0.1),
    ("progress", PROGRESS, "tried", {}),
    ("progress", PROGRESS, "rescues", None),
    ("observe", OBSERVE, "kind", "fine"),
    ("observe", OBSERVE, "kind", ["ok"]),
    ("observe", OBSERVE, "host", "a.example"),
    ("observe", OBSERVE, "status", "206"),
    ("observe", OBSERVE, "total_s", "1"),
    ("observe", OBSERVE, "bytes", False),
    ("observe", OBSERVE, "cold", None),
    ("observe", OBSERVE, "public", None),
    ("observe", OBSERVE, "public", 1),
    ("explain", {"now_s": NOW_S}, "now_s", []),
    ("open", {"seed": 1, "priors": {}}, "seed", 2**53),
    ("open", {"seed": 1, "priors": {}}, "priors", []),
    ("open", {"seed": 1, "priors": {}}, "priors", {"ftp://a.example": {}}),
]


@pytest.mark.parametrize(("verb", "body", "field", "value"), BAD)
def test_a_bad_field_is_named_and_nothing_changes(
    verb: str, body: dict[str, object], field: str, value: object
):
    answer("plan", PLAN)
    before = answer("snapshot", {})
    said = ask(verb, body | {field: value})
    assert (said["ok"], said["error"]["field"]) == (False, field)
    assert said["error"]["reason"].startswith("must ")
    assert answer("snapshot", {}) == before


@pytest.mark.parametrize("name", ["rate_mbps", "rate_sd", "ttfb_s", "ttfb_sd", "error_rate"])
@pytest.mark.parametrize("value", [-1, "1", float("inf"), 1e9])
def test_a_bad_prior_is_named(name: str, value: object):
    said = ask("open", {"seed": 1, "priors": {A: {name: value}}})
    assert said["error"]["field"] == f"priors.{A}.{name}"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "message"),
        ("{", "message"),
        ("null", "message"),
        ("[]", "message"),
        ("[" * 100_000, "message"),
        (" " * 600_000, "message"),
        ('{"id": "1", "verb": "plan", "body": {}}', "id"),
        ('{"id": 1, "body": {}}', "verb"),
        ('{"id": 1, "verb": "stop", "body": {}}', "verb"),
        ('{"id": 1, "verb": ["plan"], "body": {}}', "verb"),
        ('{"id": 1, "verb": "plan"}', "body"),
        ('{"id": 1, "verb": "restore", "body": {}}', "snapshot"),
    ],
)
def test_what_is_no_request_is_answered_with_what_is_missing(text: str, field: str):
    said = json.loads(handle(text))
    assert (said["ok"], said["error"]["field"]) == (False, field)


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from([A, B, "ok", "plan", 1, 0.5]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
bodies = st.sampled_from(
    [("plan", PLAN), ("progress", PROGRESS), ("observe", OBSERVE), ("explain", {"now_s": NOW_S})]
)


@given(bodies, st.data())
def test_a_mutated_message_is_answered_and_changes_nothing_unless_it_is_valid(
    body: tuple[str, dict[str, object]], data: st.DataObject
):
    verb, fields = body
    name = data.draw(st.sampled_from(sorted(fields)))
    before = answer("snapshot", {})
    said = ask(verb, fields | {name: data.draw(json_values)})
    json.dumps(said, allow_nan=False)
    if not said["ok"]:
        assert said["error"]["field"] == name
        assert answer("snapshot", {}) == before


@given(st.one_of(st.text(), json_values.map(json.dumps)))
def test_no_text_makes_it_raise(text: str):
    assert isinstance(json.loads(handle(text))["ok"], bool)
