"""The score follows its equation."""

import math

import numpy as np
import pytest

from benchmarks.selection.judging.metrics import paired_interval, score
from benchmarks.selection.viewer.player import Record, Segment


def test_quality_of_experience_by_hand():
    visit = Record(
        wanted=4,
        segments={
            0: Segment(0.3, 1.0, 1.0, 0.5),
            1: Segment(1.2, 4.0, 1.0, 4.5),
            2: Segment(0.75, 2.0, math.inf, 6.5),
        },
        startup_s=0.5,
        stalls_s={1: 0.5, 3: 1.5},
        requests=5,
        received=1100.0,
        useful=1000.0,
        from_peers=1,
    )
    judged = score([visit], {"stall": 1}, decisions=10, decision_s=0.1)
    worth = (0.3 + 1.2 + 0.75) - 4.3 * 2.0 - (0.9 + 0.45) - 0.5
    assert judged.qoe == pytest.approx(worth / 4)
    assert judged.worths[3] == pytest.approx(-4.3 * 1.5)
    assert math.exp(judged.ln_time_ratio) == pytest.approx(2.0)
    assert judged.rebuffer_ratio == pytest.approx(2.0 / 14.0)
    assert judged.errors_per_1000 == pytest.approx(250.0)
    assert judged.extra_requests == pytest.approx(0.5)
    assert judged.extra_bytes == pytest.approx(0.1)
    assert judged.decisions_per_s == pytest.approx(100.0)


@pytest.mark.parametrize(("segment_s", "top_mbps"), [(1.0, 4.3), (4.0, 8.6), (8.0, 1.0)])
def test_the_same_time_is_worth_the_same_with_other_segments_and_another_ladder(
    segment_s: float, top_mbps: float
):
    count = int(32 / segment_s)
    segments = {i: Segment(top_mbps * (0.5 if i else 0.25), 1.0, 1.0, 0.5) for i in range(count)}
    visit = Record(count, segments, 2.0, {count - 1: 1.5}, segment_s=segment_s, top_mbps=top_mbps)
    judged = score([visit], {}, decisions=1, decision_s=0.1)
    # In 32 s: half of 4.3 but for the first segment, one step of a quarter, and the seconds lost.
    quality = 4.3 * (0.5 * 32 - 0.25 * segment_s) / 4
    assert 8 * judged.qoe == pytest.approx(quality - 4.3 * 0.25 - 4.3 * 1.5 - 2.0)


def test_the_interval_narrows_with_viewers_and_holds_the_true_difference():
    rng = np.random.default_rng(0)
    few = paired_interval([rng.normal(0.2, 0.1, 8) for _ in range(3)])
    many = paired_interval([rng.normal(0.2, 0.1, 200) for _ in range(3)])
    assert many[2] - many[1] < few[2] - few[1]
    assert many[1] < 0.2 < many[2]
