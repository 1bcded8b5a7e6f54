"""The metrics, on cases that can be computed by hand."""

from math import log, log2

import numpy as np
import pytest

from benchmarks.recommendation.judging.metrics import SMOOTHING, figures, interval
from benchmarks.recommendation.judging.prequential import Run
from benchmarks.recommendation.models.recommender import SHOWN
from benchmarks.recommendation.streams.stream import Stream


def _stream() -> Stream:
    """Return two viewers who both watch videos 0, 1 and 2; video 4 never comes out."""
    return Stream(
        viewer=np.array([0, 1, 0, 1, 0, 1]),
        video=np.array([0, 0, 1, 1, 2, 2]),
        watched=np.full(6, 0.9),
        at_s=np.arange(6.0),
        published_s=np.array([0.0, 0.0, 0.0, 0.0, 99.0]),
        channel=np.array([0, 0, 1, 1, 1]),
        tags=(("a",), ("b",), ("a", "b"), (), ("a",)),
        language=("en",) * 5,
        liked=np.zeros(6, dtype=np.bool_),
    )


def _run(*lists: tuple[int, list[int]]) -> Run:
    shown = np.full((len(lists), SHOWN), -1)
    for row, (_, videos) in enumerate(lists):
        shown[row, : len(videos)] = videos
    return Run(np.array([event for event, _ in lists]), shown, 0.0, 0.0)


def test_recall_asks_whether_and_ndcg_how_high_the_next_video_stood():
    found = figures(_stream(), _run((2, [1, 2, 3]), (4, [3, 2]), (5, [3])))
    assert found.recall.tolist() == [1.0, 1.0, 0.0]
    assert found.ndcg.tolist() == pytest.approx([1.0, 1 / log2(3), 0.0])


def test_coverage_is_the_share_of_published_videos_shown_to_anybody():
    assert figures(_stream(), _run((2, [1, 3]), (3, [1]))).coverage == 0.5


def test_diversity_is_what_tags_and_channels_do_not_share():
    found = figures(_stream(), _run((2, [1, 2]), (3, [0, 1]), (4, [2])))
    # 1: tag b, channel 0; 2: tags a and b, channel 1; 0: tag a, channel 0.
    assert found.diversity[:2] == pytest.approx([1 - 1 / 6**0.5, 0.5])
    assert np.isnan(found.diversity[2])


def test_calibration_compares_the_lists_tags_with_those_of_the_viewers_history():
    found = figures(_stream(), _run((0, [1]), (2, [0]), (4, [0]), (5, [3])))
    assert np.isnan(found.calibration[0])  # no history yet
    assert found.calibration[1] == pytest.approx(0.0)  # watched a, shown a
    q = 1.0 - SMOOTHING / 2  # watched a and b, shown a
    assert found.calibration[2] == pytest.approx(
        0.5 * log(0.5 / q) + 0.5 * log(0.5 / (SMOOTHING / 2)), abs=1e-3
    )
    assert np.isnan(found.calibration[3])  # a list without tags


def test_an_interval_holds_the_mean_and_shrinks_with_the_number_of_viewers():
    rng = np.random.default_rng(1)
    few, many = (rng.normal(1.0, 1.0, n) for n in (100, 2500))
    wide, narrow = (interval([(x, np.arange(len(x)))]) for x in (few, many))
    assert wide.low < wide.mean < wide.high
    assert narrow.high - narrow.low < (wide.high - wide.low) / 3


def test_an_interval_knows_that_the_asks_of_one_viewer_hang_together():
    values = np.repeat(np.random.default_rng(1).normal(size=20), 50)
    apart = interval([(values, np.arange(1000))])
    together = interval([(values, np.repeat(np.arange(20), 50))])
    assert together.high - together.low > 3 * (apart.high - apart.low)
