"""Prequential evaluation: no model sees the future, and all choose from the same videos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recommendation.judging.attack import FAKES, pushed
from benchmarks.recommendation.judging.prequential import asks, play
from benchmarks.recommendation.models.recommender import SHOWN, Ask
from benchmarks.recommendation.models.registry import MODELS, OURS
from benchmarks.recommendation.streams.audience import federation
from benchmarks.recommendation.streams.federation import Size
from benchmarks.recommendation.streams.randomised_response import noised_bits
from benchmarks.recommendation.streams.stream import DAY_S, Stream, StreamError, load

NUMPY_ONLY = ("PeerTube today", "popularity", "additive co-watch")


@pytest.fixture(scope="module")
def stream() -> Stream:
    return federation(5, Size(viewers=60, videos=300, days=15, channels=30))


class Recorder:
    """A model that records its calls."""

    def __init__(self) -> None:
        self.out: set[int] = set()
        self.learned: list[tuple[int, int, int]] = []
        self.asked: list[Ask] = []

    def publish(self, video: int) -> None:
        self.out.add(video)

    def rank(self, ask: Ask) -> Sequence[int]:
        assert set(np.flatnonzero(ask.open).tolist()) <= self.out
        assert not any(ask.open[video] for viewer, video, _ in self.learned if viewer == ask.viewer)
        self.asked.append(ask)
        return []

    def learn(self, viewer: int, video: int, engaged: int, at_s: float) -> None:  # noqa: ARG002
        self.learned.append((viewer, video, engaged))


def test_a_model_is_asked_before_it_learns_and_only_for_what_is_out_and_unseen(stream: Stream):
    recorder = Recorder()
    asked = asks(stream, 50, 1)
    play(stream, recorder, asked)
    assert [ask.now_s for ask in recorder.asked] == stream.at_s[asked].tolist()
    assert all(
        ask.open[video] for ask, video in zip(recorder.asked, stream.video[asked], strict=True)
    )
    assert [video for _, video, _ in recorder.learned] == stream.video.tolist()


def test_what_is_not_told_is_not_learned(stream: Stream):
    recorder, bits = Recorder(), noised_bits(stream, 2.0, 1)
    play(stream, recorder, asks(stream, 5, 1), bits)
    assert len(recorder.learned) == (bits >= 0).sum() < len(stream)


def test_a_coin_at_epsilon_two_tells_the_truth_88_times_in_100(stream: Stream):
    honest = noised_bits(stream, 2.0, 1, a_day=None) == stream.engaged
    assert honest.mean() == pytest.approx(0.88, abs=0.03)


def test_nobody_tells_more_than_five_events_a_day(stream: Stream):
    days = ((stream.at_s - stream.at_s[0]) // DAY_S).astype(int)
    sent = noised_bits(stream, 2.0, 1) >= 0
    _, events = np.unique(np.stack([stream.viewer[sent], days[sent]]), axis=1, return_counts=True)
    assert events.max() == 5


@pytest.mark.parametrize("name", [OURS, *NUMPY_ONLY, "River BiasedMF"])
def test_every_model_shows_ten_open_videos_and_none_twice(stream: Stream, name: str):
    asked = asks(stream, 30, 1)
    shown = play(stream, MODELS[name](stream), asked).shown
    for event, row in zip(asked.tolist(), shown.tolist(), strict=True):
        seen = stream.video[:event][stream.viewer[:event] == stream.viewer[event]]
        assert len(set(row)) == SHOWN and -1 not in row
        assert not set(row) & set(seen.tolist())
        assert (stream.published_s[row] <= stream.at_s[event]).all()


def test_scores_read_from_river_are_rivers_own_predictions(stream: Stream):
    model = MODELS["River BiasedMF"](stream)
    play(stream, model, asks(stream, 1, 1))
    viewer = int(stream.viewer[-1])
    read = model.scores(Ask(viewer, 0.0, -1, np.ones(stream.videos, dtype=np.bool_)))
    known = np.unique(stream.video)[:20].tolist()
    theirs = [model._model.predict_one(viewer, video) for video in known]
    # River adds what is the same for all videos.
    assert np.ptp(np.array(theirs) - read[known]) == pytest.approx(0.0, abs=1e-9)


def test_weights_read_from_vowpal_wabbit_score_as_it_does(stream: Stream):
    model = MODELS["Vowpal Wabbit, our features"](stream)
    play(stream, model, asks(stream, 1, 1))
    ranker = model.model.ranker
    first, second = np.random.default_rng(1).random((2, len(ranker.weights)))
    theirs = [
        ranker._vw.predict("|f " + " ".join(f"f{k}:{x}" for k, x in enumerate(row)))
        for row in (first, second)
    ]
    assert theirs[0] - theirs[1] == pytest.approx(
        float(np.array([*ranker.weights.values()]) @ (first - second)), abs=1e-4
    )


def test_an_attack_begins_with_real_viewers_only():
    shares = pushed(federation(6, Size(viewers=60, videos=200, days=10, channels=20)), 1)
    assert all(len(each) == len(FAKES) and each[0] <= 0.1 for each in shares.values())


def _arrays(stream: Stream) -> dict[str, np.ndarray]:
    names = sorted({tag for tags in stream.tags for tag in tags})
    pairs = [(v, names.index(tag)) for v, tags in enumerate(stream.tags) for tag in tags]
    rows, columns = zip(*pairs, strict=True)
    return {
        "u": stream.viewer,
        "i": stream.video,
        "w": stream.watched,
        "t": stream.at_s,
        "pub": stream.published_s,
        "channel": stream.channel,
        "tag_rows": np.array(rows),
        "tag_cols": np.array(columns),
        "tags": np.array(names),
    }


def test_a_stream_can_be_read_from_a_file(stream: Stream, tmp_path: Path):
    np.savez(tmp_path / "stream.npz", **_arrays(stream))
    read = load(tmp_path / "stream.npz")
    assert np.array_equal(read.video, stream.video)
    assert [sorted(tags) for tags in read.tags] == [sorted(tags) for tags in stream.tags]


@pytest.mark.parametrize(
    ("name", "values"),
    [("i", [10_000]), ("w", [1.5]), ("t", [0.0, 1.0]), ("tag_cols", [-1]), ("pub", [[0.0]])],
)
def test_a_malformed_file_is_refused_with_the_array_named(
    stream: Stream, tmp_path: Path, name: str, values: list[float]
):
    arrays = _arrays(stream)
    length = 1 if name in ("t", "pub") else len(arrays[name])
    wrong = np.resize(np.array(values), (length, 1) if name == "pub" else length)
    np.savez(tmp_path / "stream.npz", **arrays | {name: wrong})
    with pytest.raises(StreamError, match=rf"\b{name}\b"):
        load(tmp_path / "stream.npz")


def test_a_file_that_is_no_stream_is_refused(tmp_path: Path):
    (tmp_path / "stream.npz").write_text("u,i,w,t")
    with pytest.raises(StreamError, match="npz"):
        load(tmp_path / "stream.npz")
