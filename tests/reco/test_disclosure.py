"""Disclosure: whoever shows no token is told only of several people, and never of one play."""

import pytest

from reco import Ask, Event, Model
from reco.data.disclosure import BATCH, LEAST_PEOPLE
from reco.data.log import is_day
from tests.reco.streams import DAY_S, START_S, World, taught, world

RELATED = Ask(START_S + DAY_S, strategy="related", video="v1", count=50)


@pytest.fixture
def some() -> World:
    return world()


def pairs(model: Model, people: int, *videos: str) -> None:
    for viewer in range(people):
        for video in videos:
            model.learn(Event(f"{videos} {viewer}", video, 1, START_S))


def test_one_persons_plays_change_no_public_list(some: World) -> None:
    model = taught(some.videos, [])
    pairs(model, 2 * BATCH - 1, "v1", "v2")  # the last of whom waits for two others
    before = model.recommend(RELATED)
    nearest = [model.nearest(k).videos.tolist() for k in range(10)]
    for video in ("v1", "v2", "v3"):
        model.learn(Event("one", video, 1, START_S + 60.0))
    assert model.recommend(RELATED) == before
    assert [model.nearest(k).videos.tolist() for k in range(10)] == nearest


def test_pairs_of_fewer_than_three_people_influence_no_public_list(some: World) -> None:
    few = int(LEAST_PEOPLE) - 1
    model, never = taught(some.videos, []), taught(some.videos, [])
    pairs(model, few, "v1", "v2")
    for each in (model, never):
        if each is never:  # the same plays, by people who watched nothing else
            pairs(each, few, "v1")
            pairs(each, few, "v2")
        pairs(each, BATCH, "v9")
    assert len(model.nearest(model.catalogue.index["v1"]).videos) == 0
    scores = [[(r.video, r.score) for r in m.recommend(RELATED)] for m in (model, never)]
    assert scores[0] == scores[1]


def test_counts_that_everybody_is_told_move_in_steps(some: World) -> None:
    model = taught(some.videos, [])
    seen = set()
    for viewer in range(60):
        for video in ("v1", "v2"):
            model.learn(Event(f"u{viewer}", video, 1, START_S))
        seen |= set(model.nearest(model.catalogue.index["v1"]).viewers.round(2).tolist())
    assert seen <= {3.0, 4.5, 6.75, 10.12, 15.19, 22.78, 34.17, 51.26}


def test_the_viewers_own_list_knows_their_newest_plays(some: World) -> None:
    model = taught(some.videos, some.events)
    own = Ask(some.end_s, "u1", count=50)
    before = [each.video for each in model.recommend(own)]
    model.learn(Event("u1", before[0], 1, some.end_s - 60.0))
    assert before[0] not in [each.video for each in model.recommend(own)]


def test_whoever_is_forgotten_does_not_wait_to_become_public(some: World) -> None:
    model = taught(some.videos, [])
    for viewer in range(BATCH - 1):
        model.learn(Event(f"person {viewer}", "v1", 1, START_S))
    model.forget_viewer("person 1")
    assert b"person 1" not in model.snapshot()
    assert b"person 0" in model.snapshot()


def test_a_play_of_which_only_the_day_is_known_counts_and_is_of_the_session(some: World) -> None:
    model = taught(some.videos, [])
    day_s = START_S // DAY_S * DAY_S + DAY_S
    assert is_day(day_s)
    model.put(some.videos[0]._replace(views=1000), day_s + DAY_S / 2)  # the clock goes on
    for viewer in range(BATCH):
        model.learn(Event(f"u{viewer}", "v1", 1, day_s))
    now_s = day_s + DAY_S / 2 + 60.0
    level = model.popular[0].levels(now_s, slice(len(model.catalogue)))[1]
    assert level == pytest.approx(BATCH, rel=0.01)
    channel = "You have just watched the channel {channel}"
    for at_s, said in ((now_s, True), (now_s + DAY_S, False)):
        found = model.recommend(Ask(at_s, "u1", count=100))
        assert said == any(channel == r.say for each in found for r in each.reasons)
