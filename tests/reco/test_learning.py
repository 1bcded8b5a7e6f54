"""Online learning of the weights, and detection of drift."""

import json
from itertools import pairwise

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
        for viewer in "abc":
            ranker.learn(viewer, rows[:, played], np.delete(rows, played, 1), 0.0)
    assert ranker.weights == before
    ranker.publish()
    assert ranker.weights["fresh"] > before["fresh"] + 0.5
    assert ranker.weights["fresh for newcomers"] == before["fresh for newcomers"]
    assert ranker.weights["new"] == pytest.approx(before["new"], abs=0.2)


def test_a_start_weight_gives_way_to_evidence_only_where_there_is_some() -> None:
    rng, ranker = np.random.default_rng(2), Ranker()
    before, moved = ranker.weights, []
    today = FEATURES.index("popular today")
    for _ in range(400):
        rows = np.zeros((len(FEATURES), 30))
        rows[today] = rng.normal(size=30)
        played = int(np.argmax(rows[today]))
        for viewer in "abc":
            ranker.learn(viewer, rows[:, played], np.delete(rows, played, 1), 1.0)
        ranker.publish()
        moved.append(ranker.weights["popular today for newcomers"])
    assert moved[0] > before["popular today for newcomers"]
    assert moved[1] - moved[0] > moved[-1] - moved[-2] > 0.0
    others = {*before} - {"popular today for newcomers"}
    assert all(ranker.weights[name] == before[name] for name in others)


def test_weights_that_rank_change_only_with_a_batch_of_several_viewers() -> None:
    some = world()
    model = taught(some.videos, some.events)
    seen = [model.ranker.weights]
    for video in some.videos[:40]:
        model.learn(Event("a single viewer", video.id, 1, some.end_s))
        seen.append(model.ranker.weights)
    changes = sum(one != next_ for one, next_ in pairwise(seen))
    assert changes <= 1, "the batch that others had begun"
    for number in range(12):
        model.learn(Event(f"another {number}", "v50", 1, some.end_s))
    assert model.ranker.weights != seen[-1]


def test_weights_that_rank_do_not_tell_of_one_viewer_or_two() -> None:
    rng, ranker = np.random.default_rng(4), Ranker()
    before = ranker.weights
    for viewer in ("a", "a", "b", "gone", "a"):
        rows = rng.normal(size=(len(FEATURES), 20))
        ranker.learn(viewer, rows[:, 0], rows[:, 1:], 0.3)
        if viewer == "gone":
            ranker.forget("gone")
        ranker.publish()
        assert ranker.weights == before
    ranker.learn("c", rows[:, 0], rows[:, 1:], 0.3)
    ranker.publish()
    assert ranker.weights != before


def test_a_stored_ranker_goes_on_learning_the_same() -> None:
    rng, ranker, again = np.random.default_rng(3), Ranker(), Ranker()
    rows = rng.normal(size=(3, len(FEATURES), 20))
    ranker.learn("v", rows[0, :, 0], rows[0, :, 1:], 0.3)
    again.restore(json.loads(json.dumps(ranker.state())))
    for each in (ranker, again):
        assert each.weights != each.state()["last"]
        for more in rows[1:]:
            each.learn("w", more[:, 0], more[:, 1:], 0.3)
    assert ranker.is_like(again)
    assert ranker.state() == again.state()


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
