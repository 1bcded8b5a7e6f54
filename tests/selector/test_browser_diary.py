"""The JSON interface of the diary: unused or non-public outcomes are never reported."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selector.telemetry import Terms, from_json
from tests.selector.test_browser import NOW_S, OBSERVE, A, B, answer, ask, json_values

SECRET = "5f" * 16
TELL = {
    "now_s": NOW_S + 1,
    "context": {"connection": 2, "zone": 4, "hours": 3},
    "terms": Terms()._asdict(),
}
KEEP = {"secret": SECRET, "diary": None}
SEEN = OBSERVE | {"plan": 0}


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("selector.browser._diary", None)
    answer("open", {"seed": 1, "priors": {}})
    answer("keep_diary", KEEP)


def told(verb: str, **changes: object) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = answer(verb, TELL | changes)["lines"]
    return lines


def test_a_day_is_told_once_in_the_shape_of_the_contract():
    answer("observe", SEEN)
    (line,) = told("preview")
    assert set(line) == {"report", "truth"}
    assert line["truth"] == {"ttfb": 1, "rate": 4, "error": 0, "missing": 0}
    assert from_json(line["report"]).host == A
    assert told("tell") == [line]
    answer("observe", SEEN | {"host": B})
    assert told("tell", context={"connection": 0, "zone": 0, "hours": 0}) == [line]


@pytest.mark.parametrize("change", [{"public": False}, {"total_s": -1}, {"bytes": None}])
def test_what_is_not_public_or_not_used_is_not_told(change: dict[str, object]):
    answer("observe", SEEN | change)
    assert told("tell") == []


def test_the_diary_comes_back_at_the_next_visit_and_yesterday_can_still_be_told():
    answer("observe", SEEN)
    diary = json.loads(json.dumps(answer("diary", {})))
    answer("open", {"seed": 2, "priors": {}})
    answer("keep_diary", KEEP | {"diary": diary})
    assert told("tell", now_s=NOW_S + 86_400) == []
    assert len(told("tell")) == 1


def test_an_engine_that_starts_over_keeps_its_diary():
    answer("observe", SEEN)
    answer("open", {"seed": 2, "priors": {}})
    assert len(told("tell")) == 1


def test_without_a_secret_no_diary_is_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("selector.browser._diary", None)
    assert answer("observe", SEEN)["used"]
    for verb in ("diary", "preview", "tell"):
        assert ask(verb, TELL)["error"] == {"field": "verb", "reason": "must come after keep_diary"}


BAD = [
    ("keep_diary", KEEP, "secret", None),
    ("keep_diary", KEEP, "secret", "5f"),
    ("keep_diary", KEEP, "secret", "Z" * 32),
    ("keep_diary", KEEP, "diary", []),
    ("keep_diary", KEEP, "diary", {"format": "of tomorrow"}),
    ("tell", TELL, "now_s", -1),
    ("tell", TELL, "context", None),
    ("tell", TELL, "context", {"connection": 4, "zone": 0, "hours": 0}),
    ("tell", TELL, "context", {"connection": 0, "zone": 0, "hours": 0.5}),
    ("tell", TELL, "terms", {"epsilon": 100, "hosts": 1, "control": 0}),
    ("preview", TELL, "terms", {"epsilon": 2, "hosts": 9, "control": 0}),
]


@pytest.mark.parametrize(("verb", "body", "field", "value"), BAD)
def test_a_bad_field_is_named_and_the_diary_stays_as_it_was(
    verb: str, body: dict[str, object], field: str, value: object
):
    answer("observe", SEEN)
    before = answer("diary", {})
    said = ask(verb, body | {field: value})
    assert not said["ok"]
    assert said["error"]["field"].startswith(field)
    assert answer("diary", {}) == before


@given(st.sampled_from([("keep_diary", KEEP), ("tell", TELL), ("preview", TELL)]), st.data())
def test_a_mutated_message_is_answered_and_names_its_field(
    message: tuple[str, dict[str, object]], data: st.DataObject
):
    verb, fields = message
    name = data.draw(st.sampled_from(sorted(fields)))
    said = ask(verb, fields | {name: data.draw(json_values)})
    json.dumps(said, allow_nan=False)
    assert said["ok"] or said["error"]["field"].startswith(name)
