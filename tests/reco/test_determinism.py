"""Determinism: what a model says and learns depends on its events alone.

Not on what was asked, when it was stored, or what it cached: workers of one service, one of them
just started from a snapshot, give the same lists.
"""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from reco import Ask, Event, Model, Video
from tests.reco.streams import DAY_S, World, taught, world


@pytest.fixture(scope="module")
def some() -> World:
    return world(plays=1200)


def lists(model: Model, some: World, count: int = 200) -> list[object]:
    return [
        model.recommend(Ask(some.end_s + k, f"u{k % 45}", surprise=k % 3 / 2)) for k in range(count)
    ]


def changed(model: Model, step: int, some: World) -> None:
    """Do what happens beside plays: new videos and counters, removals, retention, forgetting."""
    at_s = some.events[step].at_s
    if step % 100 == 50:
        model.remove(f"v{step // 7 % 200}")
        model.put(Video(f"new {step}", f"channel {step}", (f"tag {step}", "tag 1"), "fr"), at_s)
    if step % 150 == 75:
        model.put(some.videos[step % 200]._replace(views=1000 + step), at_s)
    if step % 400 == 200:
        model.expire(at_s - 12 * DAY_S)
        model.forget_viewer(f"u{step // 100}")
        model.forget_source("there.example")


@pytest.mark.parametrize("seed", range(3))
def test_asks_and_saves_change_nothing_that_is_said_or_learned(some: World, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    quiet, busy = taught(some.videos, []), taught(some.videos, [])
    for step, event in enumerate(some.events):
        source = "there.example" if step % 9 == 0 else ""
        for model in (quiet, busy):
            model.learn(event, source)
            changed(model, step, some)
        if dice.random() < 0.2:
            busy.recommend(Ask(event.at_s + dice.choice([0, 400 * DAY_S]), f"u{step % 40}"))
        if dice.random() < 0.01:
            busy = Model.restore(busy.snapshot())
    assert busy.digest() == quiet.digest()
    assert busy.ranker.weights == quiet.ranker.weights
    assert lists(busy, some) == lists(quiet, some) == lists(Model.restore(quiet.snapshot()), some)


def test_lists_are_the_same_while_another_thread_saves(some: World) -> None:
    model = taught(some.videos, some.events)
    before = lists(model, some, 60)
    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(lambda: [model.snapshot() for _ in range(20)])
        assert lists(model, some, 60) == before
        assert len(set(saving.result())) == 1


def test_an_ask_about_another_time_blinds_no_later_one(some: World) -> None:
    model = taught(some.videos, some.events)
    ask = Ask(some.end_s, "u1")
    before = model.recommend(ask)
    for at_s in (some.end_s + 400 * DAY_S, 1e300, -1e300, float("nan"), float("inf")):
        model.recommend(replace(ask, now_s=at_s))
        model.recommend(replace(ask, surprise=at_s))
    assert model.recommend(ask) == before


def test_one_play_with_a_wrong_clock_ages_nothing(some: World) -> None:
    right, wrong = (taught(some.videos, some.events) for _ in range(2))
    for days in (5, 300, 401, 4000):
        wrong.learn(Event("liar", f"v{days % 200}", 1, some.end_s + days * DAY_S))
    assert wrong.learn(Event("liar", "v199", 1, some.end_s + 4000 * DAY_S)) == "impossible time"
    asks = [Ask(some.end_s, f"u{k}") for k in range(20)]
    kept = 0
    for ask in asks:
        found = [{each.video for each in model.recommend(ask)} for model in (right, wrong)]
        kept += len(found[0] & found[1])
    assert kept >= 140, "of two hundred"


def test_a_play_ahead_of_the_receivers_clock_is_refused(some: World) -> None:
    model = taught(some.videos, some.events)
    video = some.videos[0].id
    tomorrow, later = (Event("x", video, 1, some.end_s + days * DAY_S) for days in (1, 3))
    assert model.learn(later, now_s=some.end_s) == "impossible time"
    assert model.learn(tomorrow, now_s=some.end_s) == ""


@pytest.mark.parametrize("engaged", [7, -1, 2])
def test_an_answer_that_is_neither_yes_nor_no_is_refused(some: World, engaged: int) -> None:
    model = taught(some.videos, some.events)
    before = model.digest()
    assert model.learn(Event("x", "v1", engaged, some.end_s)) == "impossible engagement"
    assert model.digest() == before


def test_names_that_nothing_has_any_more_take_no_room() -> None:
    model = Model()
    model.put(Video("stays", "channel", ("tag",), "en"))
    for k in range(3_000):
        tags = (f"a {k}", f"b {k}")
        model.put(Video("changes", f"channel {k}", tags, f"{k}"))
        model.put(Video(f"v{k}", f"of {k}", tags[::-1]))
        model.learn(Event(f"u{k}", f"v{k}", 1, 1e9), f"source {k}.example")
        model.remove(f"v{k}")
    catalogue = model.catalogue
    assert max(len(each.names) for each in catalogue.codes) < 20
    assert catalogue.label_codes.numbers.keys() == {"", "#tag", "language en", "#a 2999"} | {
        "#b 2999",
        "language 2999",
    }
    assert model.ledger.sources == [""]
