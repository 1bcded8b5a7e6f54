"""What is released can be read, heard, kept in a snapshot and dropped again."""

import json

import pytest

from reco import Ask, Model
from reco.data.ledger import week_of
from reco.federation.release import release
from reco.federation.statement import StatementError, read
from tests.reco.streams import START_S, taught, world

WEEK = week_of(START_S) + 1


@pytest.fixture(scope="module")
def said() -> dict[str, object]:
    some = world()
    parts = release(taught(some.videos, some.events), WEEK, 4.0)
    assert "weights" in parts, parts
    return parts


def test_what_is_released_survives_json_and_is_read(said: dict[str, object]) -> None:
    statement = read(json.loads(json.dumps(said)))
    assert statement.epsilon_thousandths == 4_000
    assert statement.sums


def test_dropping_all_that_was_heard_leaves_the_model_that_never_heard(
    said: dict[str, object],
) -> None:
    some = world()
    model, never = (taught(some.videos, some.events) for _ in range(2))
    for source in ("a.example", "b.example", "c.example"):
        model.hear(source, WEEK, read(said))
    again = Model.restore(model.snapshot())
    assert dict(again.heard) == dict(model.heard)
    assert list(again.trust()) == ["a.example", "b.example", "c.example"]
    assert [again.unhear(source) for source in [*again.heard]] == [1, 1, 1]
    assert again.unhear("a.example", WEEK) == 0
    asks = [Ask(some.end_s, f"u{k}") for k in range(5)]
    assert [again.recommend(ask) for ask in asks] == [never.recommend(ask) for ask in asks]
    assert again.snapshot() == never.snapshot()


def test_a_week_without_viewers_says_that_it_says_nothing() -> None:
    parts = release(Model(), WEEK, 4.0)
    # Noise alone passes for viewers once in some hundred times.
    if "weights" not in parts:
        assert read(parts).sums == {}


@pytest.mark.parametrize("parts", [None, [], {"more": 1}, {"weights": {}}, {"counts": {}}])
def test_other_parts_are_refused_with_a_reason(parts: object) -> None:
    with pytest.raises(StatementError, match=r"must|unknown|missing|counts"):
        read(parts)
