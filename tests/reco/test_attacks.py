"""Attacks: invalid events, replays, floods of fake viewers, a lying remote source."""

import math

import numpy as np
import pytest

from reco import Ask, Event, Model, Video
from tests.reco.streams import START_S, taught, world


def test_unknown_videos_and_impossible_times_change_nothing() -> None:
    some = world()
    model = taught(some.videos, some.events)
    before, sizes = model.digest(), (len(model.logs), len(model.catalogue))
    for k in range(100):
        assert model.learn(Event(f"x{k}", f"unknown {k}", 1, START_S)) == "unknown video"
    for at_s in (math.nan, math.inf, -1.0):
        assert model.learn(Event("x", "v1", 1, at_s)) == "impossible time"
    model.recommend(Ask(some.end_s, "never seen"))
    assert (model.digest(), (len(model.logs), len(model.catalogue))) == (before, sizes)


def test_a_replayed_event_is_refused() -> None:
    some = world()
    model = taught(some.videos, some.events)
    before = model.digest()
    assert model.learn(some.events[0]) == "already counted"
    assert model.learn(some.events[0]._replace(engaged=0, at_s=START_S)) == "already counted"
    assert model.digest() == before


@pytest.mark.parametrize("source", ["", "remote.example"])
def test_a_flood_of_fake_viewers_moves_a_video_no_further_than_the_cap(source: str) -> None:
    def similarity(fakes: int) -> float:
        model = Model()
        for name in ("target", "pushed"):
            model.put(Video(name, views=400))
        for k in range(400):
            model.learn(Event(f"u{k}", "target", 1, START_S))
        for k in range(fakes):
            model.learn(Event(f"fake {k}", "target", 1, START_S), source)
            model.learn(Event(f"fake {k}", "pushed", 1, START_S + 60), source)
        near = model.neighbours.of(model.catalogue.index["target"])
        return float(near.similarity.max())

    capped, flood = similarity(200), similarity(4_000)
    assert flood <= capped + 1e-9


def test_a_remote_source_knows_no_more_viewers_than_the_public_counter() -> None:
    model = Model()
    model.put(Video("target", views=1000))
    model.put(Video("pushed", views=3))
    for k in range(500):
        model.learn(Event(f"fake {k}", "target", 1, START_S), "remote.example")
        model.learn(Event(f"fake {k}", "pushed", 1, START_S + 60), "remote.example")
    target = model.catalogue.index["target"]
    _, together = model.neighbours.together("remote.example", target)
    assert together.tolist() == [3.0]


def test_no_pair_exceeds_what_either_video_was_watched() -> None:
    some = world()
    model = taught(some.videos, some.events)
    model.neighbours.read_as_of(int(some.end_s // (7 * 86_400)))
    for number in range(len(model.catalogue)):
        videos, together = model.neighbours.together("", number)
        assert np.all(together <= model.neighbours.plays("", videos) + 1e-9)


def test_at_most_one_video_of_a_page_rests_on_a_single_remote_source() -> None:
    some = world()
    model = taught(some.videos, some.events[:300])
    pushed = [Video(f"p{k}", published_s=START_S, views=10_000) for k in range(10)]
    for video in pushed:
        model.put(video, START_S)
    watched = [event.video for event in some.events[:300] if event.viewer == "u1"]
    for k in range(50):
        for at, video in enumerate([*watched, *(video.id for video in pushed)]):
            model.learn(Event(f"fake {k}", video, 1, START_S + at), "remote.example")
    found = model.recommend(Ask(some.end_s, "u1", surprise=0.0))
    from_there = {video.id for video in pushed} & {each.video for each in found}
    assert len(from_there) <= 1
