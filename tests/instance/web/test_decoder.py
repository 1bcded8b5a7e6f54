"""The decoder of reports, tested with random bytes and almost valid reports."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instance.web.errors import RequestError
from instance.web.messages import BATCH, DEEPEST, ORIGIN, depth, read
from selector.bandit import FieldError
from selector.bandit.checks import host as checked_host
from selector.telemetry import FIELDS, from_json
from tests.instance.service import report

# Seeded, so that two runs search alike.
search = settings(max_examples=100, deadline=None, derandomize=True, database=None)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=20,
)
values = anything | st.sampled_from([0, 1, 3, 7, 2.0, "https://a.example", "2026-05-14"])
almost = st.dictionaries(
    st.sampled_from([field.name for field in FIELDS]), values, max_size=11
).map(lambda changes: report(**changes))


@search
@given(st.binary(max_size=300) | anything.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused_by_field(body: bytes):
    try:
        read(body, BATCH)
    except RequestError as refused:
        assert refused.status == 400
        assert refused.field
        assert refused.reason


@search
@given(almost)
def test_a_report_is_read_only_if_the_device_could_have_written_it(said: dict[str, Any]):
    body = json.dumps({"batch": "batch-01", "reports": [said]}).encode()
    try:
        (accepted,) = read(body, BATCH)["reports"]
    except RequestError:
        return
    assert from_json(accepted).to_json() == from_json(said).to_json()


@search
@given(st.from_regex(ORIGIN, fullmatch=True))
def test_an_origin_is_one_to_the_device_as_well(origin: str):
    try:
        assert checked_host(origin, "host") == origin
    except FieldError:
        assert len(origin) > 300


@search
@given(st.text(max_size=40).map(lambda rest: f"https://{rest}"))
def test_what_is_no_origin_to_the_device_is_none_to_the_service(origin: str):
    try:
        checked_host(origin, "host")
    except FieldError:
        assert not re.fullmatch(ORIGIN.strip("^$"), origin)


def nested(value: object) -> int:
    """Return how deep lists and objects are nested."""
    if isinstance(value, dict):
        return 1 + max(map(nested, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(nested, value), default=0)
    return 0


@search
@given(anything)
def test_depth_is_that_of_lists_and_objects_whatever_strings_hold(value: object):
    assert depth(json.dumps(value).encode()) == nested(value)


@pytest.mark.parametrize("body", [b'["\\', b'"', b'\\"[', b"]]]]", b"[" * 9 + b"]" * 9])
def test_broken_json_is_refused(body: bytes):
    with pytest.raises(RequestError, match=rf"JSON|more than {DEEPEST} deep"):
        read(body, BATCH)
