"""Explanations: reasons add up to the score, and the ranking can be reproduced."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from reco import Ask, Model
from tests.reco.streams import DAY_S, World, taught, world

SCRIPT = Path(__file__).parents[2] / "docs" / "reproduce_ranking.py"


@pytest.fixture(scope="module")
def some() -> World:
    return world()


@pytest.fixture(scope="module")
def model(some: World) -> Model:
    model = taught(some.videos, some.events)
    for event in some.events[::3]:
        model.learn(event, "there.example")
    return model


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reproduce_ranking", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reasons_add_up_to_the_score(model: Model, some: World) -> None:
    for each in model.recommend(Ask(some.end_s, "u1", subscribed=frozenset({"channel 1"}))):
        assert each.score == pytest.approx(sum(reason.points for reason in each.reasons))
        for reason in each.reasons:
            assert "{" not in reason.say.format(**reason.values)


@pytest.mark.parametrize(
    ("days", "said"),
    [(0.6, "Published today"), (1.4, "Published yesterday"), (2.5, "Published 2.5 days ago")],
)
def test_what_is_new_is_told_as_people_tell_it(
    model: Model, some: World, days: float, said: str
) -> None:
    newest = max(video.published_s for video in some.videos)
    fresh = model.recommend(Ask(newest + days * DAY_S, strategy="fresh", count=5))
    assert said in {reason.say.format(**reason.values) for each in fresh for reason in each.reasons}


def test_a_co_watch_reason_tells_how_many_and_how_many_of_them_here(
    model: Model, some: World
) -> None:
    reasons = [
        reason
        for each in model.recommend(Ask(some.end_s, "u1"))
        for reason in each.reasons
        if "viewers" in reason.values
    ]
    assert reasons
    for reason in reasons:
        assert 0 <= float(reason.values["here"]) <= float(reason.values["viewers"])
    assert any(float(r.values["here"]) < float(r.values["viewers"]) for r in reasons)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"viewer": "stranger"},
        {"surprise": 0.0},
        {"surprise": 1.0, "count": 25},
        {"start": 5, "muted": frozenset({"channel 1"}), "languages": frozenset({"en"})},
        {"strategy": "related", "video": "v6", "subscribed": frozenset({"channel 2"})},
        {"strategy": "same-channel", "video": "v6"},
        {"strategy": "fresh", "dismissed": frozenset({"v3"})},
        {"strategy": "explore"},
    ],
)
def test_the_script_in_docs_reproduces_the_ranking(
    model: Model, some: World, script: ModuleType, changes: dict[str, object]
) -> None:
    ask = replace(Ask(some.end_s, "u1"), **changes)  # type: ignore[arg-type]
    document = json.loads(json.dumps(model.export(ask)))
    assert script.rank(document) == [each.video for each in model.recommend(ask)]
