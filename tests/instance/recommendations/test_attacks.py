"""Attack by invented viewers: they gain no more than PeerTube's view counters cover."""

import random

import pytest

from instance.clock import DAY_S
from instance.recommendations.journal_records import Counts, Play, Put
from instance.recommendations.public_video import parse
from instance.recommendations.state import AHEAD, State
from reco import Ask
from reco.data.ledger import HERE
from tests.instance.recommendations.peertube import uuid, video

VIDEOS, VIEWERS, PUSHED = 200, 400, 199
NOW_S = 1.8e9


def crowd(cover_of_pushed: int) -> State:
    """Return what 400 viewers with five tastes have taught; nobody has watched the last video."""
    rng, state = random.Random(1), State()  # noqa: S311
    for number in range(VIDEOS):
        found = parse(video(number, publishedAt="2026-09-01T00:00:00.000Z"))
        assert found
        state.apply(Put(found), NOW_S)
        state.apply(Counts(uuid(number), 100 + VIEWERS, 1), NOW_S)
    state.covered[uuid(PUSHED)] = cover_of_pushed
    for viewer in range(VIEWERS):
        taste = [number for number in range(PUSHED) if number % 5 == viewer % 5]
        for number in rng.sample(taste, 5):
            at_s = NOW_S - rng.random() * 9 * DAY_S
            state.apply(Play(f"real{viewer}", uuid(number), 1, 2.0, at_s), NOW_S)
    return state


def flood(state: State, fakes: int) -> None:
    """Let made-up viewers watch what one taste likes, and then what they push."""
    for fake in range(fakes):
        for number in (0, 5, 10, PUSHED):
            state.apply(Play(f"fake{fake}", uuid(number), 1, 2.0, NOW_S + 1), NOW_S)


def reach(state: State) -> float:
    """Return to which share of the real viewers the pushed video is shown among ten."""
    asks = [Ask(NOW_S + 2, viewer=f"real{viewer}") for viewer in range(0, VIEWERS, 8)]
    lists = [[found.video for found in state.model.recommend(ask)] for ask in asks]
    return sum(uuid(PUSHED) in each for each in lists) / len(lists)


def test_a_thousand_fake_viewers_reach_no_more_than_the_few_that_are_covered_could():
    free, covered = crowd(10_000), crowd(AHEAD)
    for state in (free, covered):
        flood(state, 1000)
    number = covered.model.catalogue.index[uuid(PUSHED)]
    assert sum(number in log.seen for log in covered.model.logs.values()) == AHEAD
    _, together = covered.model.neighbours.together(HERE, number)
    assert together.max() <= AHEAD
    assert reach(covered) <= 0.25 < 0.75 <= reach(free)


def test_a_made_up_viewer_who_is_refused_takes_no_memory():
    state = crowd(AHEAD)
    before = len(state.model.logs)
    for fake in range(100 * AHEAD):
        state.apply(Play(f"fake{fake}", uuid(PUSHED), 1, 2.0, NOW_S), NOW_S)
        state.apply(Play(f"fake{fake}", uuid(5000 + fake), 1, 2.0, NOW_S), NOW_S)
    assert len(state.model.logs) == before + AHEAD
    assert len(state.public_videos) == len(state.covered) == VIDEOS


@pytest.mark.parametrize("pushed", [1, 5])
def test_claimed_views_put_no_video_into_more_than_a_few_lists(pushed: int):
    state = crowd(AHEAD)
    for number in range(VIDEOS):  # views of the last days, most of them of a few videos
        state.apply(Counts(uuid(number), 600 + 2000 // (1 + number), 1), NOW_S)
    before = reach(state)
    for number in range(pushed):
        state.apply(Counts(uuid(PUSHED - number), 1_000_000 + number, 1), NOW_S + 1)
    assert reach(state) <= before + 0.07
