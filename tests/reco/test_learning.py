"""Online learning of the weights, and detection of drift."""

import numpy as np
import pytest

from reco import Ask, Event
from reco.scoring.drift import Drift
from reco.scoring.features import FEATURES
from reco.scoring.ranker import Ranker
from tests.reco.streams import taught, world


def test_a_feature_that_decides_gains_weight_and_one_that_does_not_stays() -> None:
    rng, ranker = np.random.default_rng(1), Ranker()
    before = ranker.weights
    fresh, new = FEATURES.index("fresh"), FEATURES.index("new")
    for _ in range(500):
        rows = np.zeros((len(FEATURES), 30))
        rows[fresh], rows[new] = rng.normal(size=30), rng.normal(size=30)
        played = int(np.argmax(rows[fresh]))
        ranker.learn(rows[:, played], np.delete(rows, played, 1))
    assert ranker.weights["fresh"] > before["fresh"] + 0.5
    assert ranker.weights["new"] == pytest.approx(before["new"], abs=0.2)


def test_learning_lifts_what_is_played_next_above_popularity() -> None:
    some = world(plays=1600)
    model = taught(some.videos, some.events[:1000])
    popular = [each.video for each in model.recommend(Ask(some.end_s))]
    hits = chance = 0
    for event in some.events[1000:]:
        found = model.recommend(Ask(event.at_s, event.viewer, surprise=0.0))
        hits += event.video in [each.video for each in found]
        chance += event.video in popular
        model.learn(event)
    assert hits > 2 * chance


def test_a_shift_of_taste_is_logged_with_what_shifted() -> None:
    rng, drift = np.random.default_rng(1), Drift()
    for at in range(2000):
        fresh = rng.normal(0.0 if at < 1000 else 2.0)
        drift.observe({"fresh": fresh, "tags": rng.normal()}, float(at))
    assert drift.shifts
    assert {shift.feature for shift in drift.shifts} == {"fresh"}
    assert 1000 <= drift.shifts[0].at_s < 1200
    assert drift.shifts[0].after > drift.shifts[0].before


def test_events_may_come_out_of_order() -> None:
    some = world()
    model = taught(some.videos, some.events)
    late = Event(
        "u1",
        next(
            v.id
            for v in some.videos
            if model.catalogue.index[v.id] not in model.logs["", "u1"].seen
        ),
        1,
        some.events[0].at_s,
    )
    assert model.learn(late) == ""
    model.forget_viewer("u1")
    never = taught(some.videos, [event for event in some.events if event.viewer != "u1"])
    assert model.digest() == never.digest()
