"""Compatibility: a model that version 0.1.0 stored loads, with the same recommendations.

Version 0.1.0 wrote `fixtures/model-0.1.0.bin`: two sources, one video removed, one with new
counters; and beside it what it recommended, to whom and why. Scores are compared to nine digits,
because numpy adds up in another order on other processors.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from reco import Ask, Event, Model

FIXTURES = Path(__file__).parent / "fixtures"
Case = dict[str, Any]
EXPECTED: Case = json.loads((FIXTURES / "model-0.1.0-expected.json").read_text())


@pytest.fixture
def model() -> Model:
    return Model.restore((FIXTURES / "model-0.1.0.bin").read_bytes())


def about(number: float) -> object:
    return pytest.approx(number, rel=1e-9, abs=1e-9)


def test_a_model_of_0_1_0_knows_what_it_knew(model: Model) -> None:
    assert model.digest() == EXPECTED["digest"]
    assert model.learned == EXPECTED["learned"]
    assert model.ranker.weights == EXPECTED["weights"]
    assert [list(shift) for shift in model.drift.shifts] == EXPECTED["shifts"]


@pytest.mark.parametrize("case", EXPECTED["asks"], ids=lambda case: str(case["ask"]))
def test_a_model_of_0_1_0_recommends_what_it_recommended(model: Model, case: Case) -> None:
    found = model.recommend(Ask(EXPECTED["now_s"], count=4, **case["ask"]))
    assert [each.video for each in found] == [each["video"] for each in case["answer"]]
    for each, expected in zip(found, case["answer"], strict=True):
        assert each.score == about(expected["score"])
        assert [reason.say for reason in each.reasons] == [it["say"] for it in expected["reasons"]]
        for reason, its in zip(each.reasons, expected["reasons"], strict=True):
            assert reason.values == its["values"]
            assert reason.points == about(its["points"])


def test_a_model_of_0_1_0_goes_on_learning_as_it_would_have(model: Model) -> None:
    later = EXPECTED["later"]
    for event in later["events"]:
        model.learn(Event(*event))
    assert model.digest() == later["digest"]
    for feature, weight in model.ranker.weights.items():
        assert weight == about(later["weights"][feature])
