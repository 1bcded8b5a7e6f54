"""Properties of the simulated federation."""

import dataclasses

import numpy as np
import pytest

from benchmarks.recommendation.streams.audience import federation
from benchmarks.recommendation.streams.federation import MAX_TAGS, Size
from benchmarks.recommendation.streams.stream import DAY_S, Stream

SIZE = Size(viewers=150, videos=800, days=20, channels=60)


@pytest.fixture(scope="module")
def stream() -> Stream:
    return federation(3, SIZE)


def test_the_same_seed_makes_the_same_federation(stream: Stream):
    again = federation(3, SIZE)
    for field in dataclasses.fields(Stream):
        first, second = getattr(stream, field.name), getattr(again, field.name)
        assert np.all(first == second)
    assert len(federation(4, SIZE)) != len(stream)


def test_events_come_in_order_of_time_and_last_as_long_as_asked(stream: Stream):
    assert (np.diff(stream.at_s) >= 0).all()
    assert 18 * DAY_S < np.ptp(stream.at_s) < 22 * DAY_S


def test_nobody_watches_a_video_before_it_is_out(stream: Stream):
    assert (stream.published_s[stream.video] <= stream.at_s).all()


def test_nobody_watches_a_video_twice(stream: Stream):
    assert len(set(zip(stream.viewer.tolist(), stream.video.tolist(), strict=True))) == len(stream)


def test_a_video_has_no_more_tags_than_peertube_allows_and_some_have_none(stream: Stream):
    numbers = [len(tags) for tags in stream.tags]
    assert min(numbers) == 0 and max(numbers) <= MAX_TAGS


def test_a_few_videos_get_many_of_the_plays(stream: Stream):
    plays = np.sort(np.bincount(stream.video, minlength=stream.videos))[::-1]
    assert plays[: len(plays) // 10].sum() > 0.3 * plays.sum()


def test_viewers_come_in_sessions(stream: Stream):
    gaps = [
        gap
        for viewer in range(stream.viewers)
        for gap in np.diff(stream.at_s[stream.viewer == viewer]).tolist()
    ]
    assert 0.25 < np.mean(np.array(gaps) < 3600) < 0.75


def test_a_watched_fraction_is_one_and_a_thumb_up_means_engaged(stream: Stream):
    assert (stream.watched >= 0).all() and (stream.watched <= 1).all()
    assert stream.engaged[stream.liked].all()
    assert 0.6 < stream.engaged.mean() < 0.97
