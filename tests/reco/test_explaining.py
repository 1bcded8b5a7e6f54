"""Explanations: reasons add up to the score, and the ranking can be reproduced."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from reco import Ask, Event, Model
from reco.data.disclosure import BATCH
from tests.reco.streams import DAY_S, START_S, World, taught, world

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
    [(0.6, "Published today"), (1.4, "Published yesterday"), (2.9, "Published 2 days ago")],
)
def test_what_is_new_is_told_as_people_tell_it(
    model: Model, some: World, days: float, said: str
) -> None:
    newest = max(video.published_s for video in some.videos)
    fresh = model.recommend(Ask(newest + days * DAY_S, strategy="fresh", count=5))
    assert said in {reason.say.format(**reason.values) for each in fresh for reason in each.reasons}


def test_a_language_is_named_in_one_way(model: Model, some: World) -> None:
    reasons = [r for each in model.recommend(Ask(some.end_s, "u1")) for r in each.reasons]
    assert {"en", "de"} & {str(reason.values.get("language")) for reason in reasons}
    assert not any(str(r.values.get("label")).startswith("language ") for r in reasons)


@pytest.mark.parametrize(("people", "told"), [(2, None), (4, 3), (12, 10), (90, 76)])
def test_a_co_watch_reason_tells_of_whole_people_in_steps_and_of_three_at_least(
    some: World, people: int, told: int | None
) -> None:
    model = taught(some.videos, [])
    for viewer in range(people + BATCH):  # the last batch is not public
        for video in ("v1", "v2") if viewer < people else ("v9",):
            model.learn(Event(f"u{viewer}", video, 1, START_S + 60.0 * viewer))
    related = Ask(START_S + DAY_S, strategy="related", video="v1", surprise=0.0)
    reasons = [
        reason
        for ask in (related, Ask(START_S + DAY_S, "u1", surprise=0.0))
        for each in model.recommend(ask)
        for reason in each.reasons
        if "viewers" in reason.values
    ]
    assert {reason.values["viewers"] for reason in reasons} == ({told} if told else set())


def test_no_two_videos_of_a_list_begin_with_the_same_line_and_none_contradicts(
    model: Model, some: World
) -> None:
    for viewer in ("u1", "u2", "u3", "stranger"):
        found = model.recommend(Ask(some.end_s, viewer))
        first = [each.reasons[0] for each in found]
        assert all(reason.points > 0.0 for reason in first)
        for each in found:
            for reason in each.reasons:
                against = reason.say.startswith("It counts less")
                assert against == (reason.points < 0.0) or "Published" in reason.say
        if viewer != "stranger":
            lines = [reason.say.format(**reason.values) for reason in first]
            assert len(set(lines)) == len(lines)


def test_what_is_popular_in_the_viewers_language_is_said_so(model: Model, some: World) -> None:
    said = {
        reason.say for each in model.recommend(Ask(some.end_s, "u1")) for reason in each.reasons
    }
    assert "Popular in your language this week" in said
    stranger = {reason.say for each in model.recommend(Ask(some.end_s)) for reason in each.reasons}
    assert "Popular in your language this week" not in stranger


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
        {"strategy": "related", "video": "v6", "within": frozenset({"channel 2", "channel 6"})},
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


def test_nobody_says_of_a_popular_video_that_few_have_watched_it(model: Model, some: World) -> None:
    said = [
        {reason.say for reason in each.reasons}
        for viewer in ("", "u1", "u2", "u3", "u5", "u8")
        for each in model.recommend(Ask(some.end_s, viewer, count=40, surprise=1.0))
    ]
    few = [each for each in said if any("few people" in say.lower() for say in each)]
    popular = [each for each in said if any("Popular here" in say for say in each)]
    assert few
    assert popular
    assert not any(each in popular for each in few)
