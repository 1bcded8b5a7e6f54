"""Validation of reports: everything invalid is refused by the name of its field."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selector.bandit import FieldError
from selector.telemetry import FIELDS, QUESTIONS, Context, Field, Report, Terms, from_json
from selector.telemetry.day import iso_day
from tests.selector.telemetry.days import searched

GOOD = Report("2026-05-14", "https://mirror.example", 2.0, 2, 4, 3, 0, ttfb=3)


def test_a_report_survives_the_way():
    assert from_json(GOOD.to_json()) == GOOD


def test_the_fields_described_are_those_of_a_report_in_order():
    assert tuple(field.name for field in FIELDS) == Report._fields
    assert [field.name for field in FIELDS if field.noised] == list(QUESTIONS)


NUMBERS = [field for field in FIELDS if field.name not in ("day", "host")]


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
def test_a_number_out_of_range_is_refused_by_name(field: Field):
    for wrong in (field.low - 1, field.high + 1, "1", True, float("nan")):
        with pytest.raises(FieldError) as refused:
            from_json(GOOD.to_json() | {field.name: wrong})
        assert refused.value.field == f"report.{field.name}"


def test_a_field_that_no_report_has_is_refused_by_name():
    with pytest.raises(FieldError, match=r"report\.viewer is not a field"):
        from_json({"viewer": 7})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"day": "2026-13-01"}, "report.day"),
        ({"day": "2026-5-1"}, "report.day"),
        ({"day": "2026-05-14 "}, "report.day"),
        ({"day": "²026-05-14"}, "report.day"),
        ({"day": None}, "report.day"),
        ({"host": "https://mirror.example/videos/1"}, "report.host"),
        ({"host": "mirror.example"}, "report.host"),
        ({"ttfb": None}, "report"),
        ({"rate": 3}, "report"),
    ],
)
def test_a_report_that_is_not_one_is_refused_by_field(change: dict[str, object], field: str):
    with pytest.raises(FieldError) as refused:
        from_json(GOOD.to_json() | change)
    assert refused.value.field == field


@searched
@given(st.floats(0.0, 32_503_679_999.0))
def test_days_are_those_of_the_calendar(now_s: float):
    assert iso_day(now_s) == datetime.fromtimestamp(int(now_s), UTC).date().isoformat()


@searched
@given(st.floats(0.0, 1e10), st.integers(0, 3), st.floats(-1440.0, 1440.0))
def test_every_context_is_one_that_a_report_may_hold(
    now_s: float, connection: int, offset_min: float
):
    context = Context.at(now_s, connection, offset_min)
    report = GOOD._replace(**context._asdict())
    assert from_json(report.to_json()) == report


@pytest.mark.parametrize(
    "wrong", [{"epsilon": 0.1}, {"epsilon": 9}, {"hosts": 0}, {"hosts": 5}, {"control": 0.6}]
)
def test_terms_out_of_range_are_refused_by_name(wrong: dict[str, float]):
    with pytest.raises(FieldError) as refused:
        Terms.from_json({**Terms()._asdict(), **wrong}, "terms")
    assert refused.value.field == f"terms.{next(iter(wrong))}"
