"""Snapshots: a restored model is the same model; other bytes are refused."""

from collections.abc import Callable

import pytest

from reco import Ask, Event, Model, SnapshotError, Video
from tests.reco.streams import taught, world


def test_a_restored_model_says_and_learns_the_same() -> None:
    some = world()
    model = taught(some.videos, some.events)
    model.learn(some.events[0], "there.example")
    model.remove("v5")
    data = model.snapshot()
    again = Model.restore(data)
    assert again.digest() == model.digest()
    asks = [Ask(some.end_s, f"u{k}") for k in range(5)]
    assert [again.recommend(ask) for ask in asks] == [model.recommend(ask) for ask in asks]
    for each in (model, again):
        each.put(Video("new", published_s=some.end_s))
        for viewer in range(40):
            each.learn(Event(f"u{viewer}", "new", 1, some.end_s))
    assert again.digest() == model.digest()
    assert again.ranker.weights == pytest.approx(model.ranker.weights)


def test_an_empty_model_can_be_written_and_read() -> None:
    assert Model.restore(Model().snapshot()).digest() == Model().digest()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:0],
        lambda data: data[:-1],
        lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:],
        lambda data: data.replace(b"recommender 4", b"recommender 1", 1),
    ],
)
def test_a_damaged_or_foreign_snapshot_is_refused_with_the_way_out(
    spoil: Callable[[bytes], bytes],
) -> None:
    with pytest.raises(SnapshotError, match="mirrorwise rebuild"):
        Model.restore(spoil(Model().snapshot()))
