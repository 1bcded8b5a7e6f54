"""Features, and the shortcuts to their weighted sum."""

import numpy as np
import pytest

from reco import Ask, Event
from reco.data.popularity import DecayedCounter
from tests.reco.streams import taught, world


@pytest.mark.parametrize("viewer", ["u1", "stranger"])
def test_scores_made_without_features_are_those_made_of_features(viewer: str) -> None:
    some = world()
    model = taught(some.videos, some.events)
    model.learn(Event(viewer, some.videos[5].id, True, some.end_s - 60.0))
    ask = Ask(some.end_s, viewer, subscribed=frozenset({"channel 3"}))
    known = model._viewer(ask, model.logs["", viewer])
    assert known is not None
    tables = model.features.tables(known, model.features.co_watches(known))
    every, weights = np.arange(len(model.catalogue), dtype=np.int32), model.ranker.for_viewer(0.5)
    features = model.features.of(tables, every, ask.now_s)
    for videos in (slice(len(every)), every[::3]):
        shortcut = model.features.weighed(tables, weights, videos, ask.now_s)
        assert shortcut == pytest.approx(weights @ features[:, videos], abs=1e-12)


def test_logarithms_that_are_kept_follow_what_is_counted_and_forgotten() -> None:
    plays, every = DecayedCounter(half_life_s=600.0), slice(3)
    plays.add(0, 1.0, at_s=0.0)
    for at_s in (30.0, 59.0, 61.0, 4_000.0, 1e6):
        plays.logs(at_s, every)
        plays.add(1, 2.0, at_s)
        plays.clear(0)
        plays.add(2, 1.0, at_s)
        assert plays.logs(at_s, every) == pytest.approx(np.log(1.0 + plays.levels(at_s, every)))
