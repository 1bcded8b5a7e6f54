"""Validation of entries, and the backend that an address chooses."""

import math
from typing import Any

import pytest

from instance.journal import (
    REPORTS,
    Entry,
    PostgresJournal,
    SqliteJournal,
    StreamJournal,
    batch,
    digest,
    open_journal,
)
from tests.instance.journal.servers import program


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("kind", "Reports", "lower-case letters"),
        ("kind", "", "lower-case letters"),
        ("id", "a\0b", "letters, digits, hyphens"),
        ("id", "a" * 65, "1 to 64"),
        ("id", "a\n", "letters, digits, hyphens"),
        ("payload", bytes((1 << 20) + 1), "at most 1048576 bytes"),
        ("accepted_at", math.nan, "finite"),
    ],
)
def test_a_bad_entry_cannot_be_made_and_says_what_is_allowed(
    field: str, value: object, allowed: str
):
    good: dict[str, Any] = {"kind": "reports", "id": "1", "payload": b"{}", "accepted_at": 0.0}
    with pytest.raises(ValueError, match=f"{field} .*{allowed}"):
        Entry(**{**good, field: value})


def test_a_batch_holds_one_to_many_reports_that_can_be_keys():
    with pytest.raises(ValueError, match="at least one report"):
        batch("1", [], 0.0)
    with pytest.raises(ValueError, match="at most 2000 bytes"):
        batch("1", [{"host": "x" * 2000}], 0.0)


def test_a_line_separator_inside_a_report_does_not_split_it():
    reports = [{"host": "a\u2028b\nc\x85d"}]
    assert sum(REPORTS.count(batch("1", reports, 0.0).payload).values()) == 1


def test_the_digest_tells_any_two_aggregates_apart():
    same = [{"a": 1, "b": 2}, {"b": 2, "a": 1, "c": 0}]
    others = [{"a": 2, "b": 1}, {"a": 1}, {"a": 1, "b": 3}, {'a",1],["b': 2}, {}]
    assert len({digest(counts) for counts in same}) == 1
    assert len({digest(counts) for counts in same + others}) == 1 + len(others)


def test_an_address_names_its_backend_and_nothing_is_connected_yet():
    assert isinstance(open_journal("sqlite:/nowhere/journal.db"), SqliteJournal)
    assert isinstance(open_journal("postgresql://nowhere/peertube"), PostgresJournal)
    assert isinstance(open_journal("postgresql://nowhere", "redis://nowhere"), StreamJournal)


@pytest.mark.parametrize("addresses", [["mysql://a"], ["sqlite:a", "redis://b"], [""]])
def test_another_address_is_refused_with_the_forms_there_are(addresses: list[str]):
    with pytest.raises(ValueError, match=r"sqlite:PATH or postgresql://.*redis://HOST"):
        open_journal(*addresses)


def test_a_server_that_is_not_installed_is_named_with_its_package():
    with pytest.raises(FileNotFoundError, match="apt-get install some-package"):
        program("no-such-server", "some-package")
