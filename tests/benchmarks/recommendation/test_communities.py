"""Properties of the second simulated federation, and which plays count."""

import numpy as np
import pytest

from benchmarks.recommendation.judging.prequential import asks
from benchmarks.recommendation.newcomers import GROUPS, played
from benchmarks.recommendation.streams.communities import communities
from benchmarks.recommendation.streams.stream import Stream


@pytest.fixture(scope="module")
def stream() -> Stream:
    return communities(1, viewers=60)


def test_the_same_seed_makes_the_same_communities(stream: Stream):
    again = communities(1, viewers=60)
    assert np.array_equal(stream.video, again.video) and np.array_equal(stream.at_s, again.at_s)
    assert not np.array_equal(communities(2, viewers=60).video[:50], stream.video[:50])


def test_plays_are_in_order_of_published_videos_and_of_nobody_twice(stream: Stream):
    assert (np.diff(stream.at_s) >= 0).all()
    assert (stream.published_s[stream.video] <= stream.at_s).all()
    assert len(set(zip(stream.viewer.tolist(), stream.video.tolist(), strict=True))) == len(stream)


def test_lists_favour_their_first_places_and_bursts_bring_guests(stream: Stream):
    assert stream.place is not None
    places = np.bincount(stream.place[stream.place > 0], minlength=11)
    assert places[1] > 1.5 * places[2] > 0
    assert (np.bincount(stream.viewer)[60:] == 1).all()


def test_plays_before_are_counted_by_viewer(stream: Stream):
    before = stream.plays_before
    for viewer in range(5):
        own = before[stream.viewer == viewer]
        assert own.tolist() == list(range(len(own)))


def test_first_plays_that_are_a_publication_are_never_asked_about(stream: Stream):
    first = np.unique(stream.video, return_index=True)[1]
    published_s = stream.published_s.copy()
    published_s[stream.video[first]] = stream.at_s[first]
    leaking = Stream(**{**stream.__dict__, "published_s": published_s})
    assert leaking.leaks.sum() == len(first)
    assert not np.isin(asks(leaking, len(stream), 1), first).any()


def test_a_newcomer_is_served_as_well_as_by_popularity(stream: Stream):
    found = played(stream, 200, 1, ["popularity"])
    before = stream.plays_before[found.events]
    assert set(before.tolist()) >= {0, 1, 2} and len(GROUPS) == 5
    new = before == 0
    assert found.hits("dial at 0.5")[new].mean() >= found.hits("popularity")[new].mean() - 0.05
