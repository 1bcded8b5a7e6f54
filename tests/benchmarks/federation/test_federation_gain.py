"""The benchmark of federations judges what the model itself would say."""

import numpy as np
import pytest

from benchmarks.federation.instances import homes
from benchmarks.federation.judging import hits, lie, said_by, union
from benchmarks.federation.recording import Recording, record
from benchmarks.recommendation.streams.audience import federation
from benchmarks.recommendation.streams.federation import Size
from benchmarks.recommendation.streams.stream import Ints, Stream
from reco.scoring.ranker import NAMES

Played = tuple[Stream, Ints, dict[str, Recording]]


@pytest.fixture(scope="module")
def played() -> Played:
    stream = federation(7, Size(viewers=40, videos=200, days=30, instances=3, channels=20))
    home = homes(stream, 7, (3, 2))
    return stream, home, {f"i{k}.example": record(stream, home, k, 40, 7) for k in range(2)}


def test_every_regular_viewer_is_at_home_in_one_instance(played: Played):
    stream, home, _ = played
    regular = np.bincount(stream.viewer, minlength=stream.viewers) > 1
    assert set(home[regular]) == {0, 1}
    assert set(home[~regular]) <= {-1}


def test_alone_is_ranked_by_what_the_model_had_published(played: Played):
    _, _, some = played
    own = some["i0.example"]
    alone = hits(own, {})
    assert len(alone) == len(own.asked) > 0
    ask = own.asked[-1]
    known, new = np.split(ask.weights, 2)
    scores = ((1 - ask.newcomer) * known + ask.newcomer * new) @ ask.features
    assert alone[-1] == ((scores[:-1] > scores[-1]).sum() < 10)


def test_statements_of_all_weeks_are_made_and_a_lie_is_read(played: Played):
    _, _, some = played
    said = said_by(some, 4.0)
    assert set(said) == set(some)
    weeks = sorted(said["i1.example"])
    assert weeks
    heard = {"i1.example": said["i1.example"], "liar.example": lie(weeks, 30.0)}
    assert len(hits(some["i0.example"], heard)) == len(some["i0.example"].asked)


def test_the_union_of_one_instance_is_that_instance(played: Played):
    _, _, some = played
    own = some["i0.example"]
    assert union([own]) == pytest.approx(own.learned[0], abs=1e-6)
    assert len(union([*some.values()])) == len(NAMES)
