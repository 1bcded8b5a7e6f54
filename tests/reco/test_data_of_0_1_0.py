"""Compatibility: a model that version 0.1.0 stored loads, with all that it has counted.

Version 0.1.0 wrote `fixtures/model-0.1.0.bin`: two sources, one video removed, one with new
counters; and beside it its weights and to whom it recommended. It ranked by fewer features, so that
lists are not the same; counts are, to the last one.
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


def test_a_model_of_0_1_0_knows_what_it_knew(model: Model) -> None:
    assert model.digest() == EXPECTED["digest"]
    assert model.learned == EXPECTED["learned"]
    assert model.ranker.weights.items() >= EXPECTED["weights"].items()
    assert [list(shift) for shift in model.drift.shifts] == EXPECTED["shifts"]


@pytest.mark.parametrize("case", EXPECTED["asks"], ids=lambda case: str(case["ask"]))
def test_a_model_of_0_1_0_recommends_to_whom_it_recommended(model: Model, case: Case) -> None:
    found = model.recommend(Ask(EXPECTED["now_s"], count=4, **case["ask"]))
    assert len(found) == len(case["answer"])
    for each in found:
        assert each.score == pytest.approx(sum(reason.points for reason in each.reasons))


def test_a_model_of_0_1_0_goes_on_counting_as_it_would_have(model: Model) -> None:
    later = EXPECTED["later"]
    for event in later["events"]:
        model.learn(Event(*event))
    assert model.digest() == later["digest"]
    assert model.ranker.weights != EXPECTED["weights"]
