"""Merging: what others say counts as far as it helps here, and leaves nothing behind."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reco import Ask, Event, Model
from reco.federation.leanings import TOLD
from reco.federation.pooling import ALONE, Estimate, Prior, estimate, pooled, posterior
from reco.federation.statement import Statement
from reco.federation.trust import ODDS, trusted, voices
from reco.scoring.ranker import NAMES, Ranker
from tests.reco.streams import World, taught, world

SOURCES = ("a.example", "b.example", "c.example", "d.example")
WEEK = 2_811


def saying(lean: float, viewers: int = 200, scale: int = 3_750) -> Statement:
    """Return a statement of viewers who lean to everything by so much."""
    return Statement(dict.fromkeys(TOLD, round(1_000 * lean * viewers)), viewers, scale, 5, 1_000)


class Step(NamedTuple):
    """Something that happens to a model."""

    what: str
    source: str
    week: int
    lean: float


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["hear", "hear", "unhear", "unhear all", "learn", "forget"]),
        st.sampled_from(SOURCES),
        st.integers(WEEK, WEEK + 2),
        st.floats(-0.5, 0.5),
    ),
    max_size=16,
)


@pytest.fixture(scope="module")
def some() -> World:
    return world(viewers=8, videos=60, plays=200)


def play(model: Model, steps: Sequence[Step], events: Sequence[Event], hears: bool) -> None:
    """Let the steps happen; one that does not hear only learns and forgets."""
    coming = iter(events)
    for step in steps:
        if step.what == "learn":
            for _ in range(10):
                if event := next(coming, None):
                    model.learn(event)
        elif step.what == "forget":
            model.forget_viewer(f"u{step.week - WEEK}")
        elif hears and step.what == "hear":
            model.hear(step.source, step.week, saying(step.lean))
        elif hears:
            model.unhear(step.source, step.week if step.what == "unhear" else None)
        if hears:
            model.trust()


@settings(max_examples=10, deadline=None)
@given(STEPS)
def test_after_taking_everything_back_a_model_equals_one_that_never_heard(
    some: World, steps: Sequence[Step]
) -> None:
    model, never = (taught(some.videos, some.events[:40]) for _ in range(2))
    play(model, steps, some.events[40:], hears=True)
    play(never, steps, some.events[40:], hears=False)
    heard = sum(len(model.heard[source]) for source in model.heard)
    assert sum(model.unhear(source) for source in [*model.heard]) == heard
    assert model.digest() == never.digest()
    assert model.snapshot() == never.snapshot()
    ask = Ask(some.end_s, "u3")
    assert model.recommend(ask) == never.recommend(ask)


@settings(max_examples=10, deadline=None)
@given(STEPS)
def test_a_restored_model_and_one_that_heard_in_another_order_say_the_same(
    some: World, steps: Sequence[Step]
) -> None:
    model, other = (taught(some.videos, some.events[:40]) for _ in range(2))
    play(model, steps, some.events[40:], hears=True)
    play(other, steps, some.events[40:], hears=False)
    for source in reversed([*model.heard]):
        for week, statement in reversed([*model.heard[source].items()]):
            other.hear(source, week, statement)
    ask = Ask(some.end_s, "u3")
    for each in (other, Model.restore(model.snapshot())):
        assert each.trust() == model.trust()
        assert each.recommend(ask) == model.recommend(ask)


def test_the_posterior_of_another_prior_is_what_the_same_steps_teach_from_it() -> None:
    """With one step from the start both are the same Newton step, but for where it began."""
    dice, ranker = np.random.default_rng(1), Ranker()
    start, _ = ranker.belief
    rows = dice.normal(size=(len(NAMES) // 2, 5))
    ranker.learn("v", rows[:, 0], rows[:, 1:], 0.5)
    weights, covariance = ranker.belief
    assert posterior(weights, covariance, ALONE) is weights
    same = posterior(weights, covariance, Prior(*ALONE))
    assert same == pytest.approx(weights)
    sure = Prior(ALONE.means + 1.0, np.full(len(NAMES), 1e-9))
    assert posterior(weights, covariance, sure) == pytest.approx(start + 1.0, abs=1e-4)
    # Where plays have told everything, a prior changes nothing.
    assert posterior(weights, 1e-9 * covariance, Prior(ALONE.means + 1.0, ALONE.variances)) == (
        pytest.approx(weights, abs=1e-6)
    )


def test_an_instance_without_plays_starts_from_three_sources_and_not_from_two(some: World) -> None:
    model = taught(some.videos, [])
    own = dict(model.merged.weights) or model.ranker.weights
    for source in SOURCES[:2]:
        model.hear(source, WEEK, saying(0.5))
    assert model.merged.weights == own
    assert all(each.influence == 0.0 for each in model.trust().values())
    model.hear(SOURCES[2], WEEK, saying(0.5))
    assert model.merged.weights != own
    influence = sum(each.influence for each in model.trust().values())
    assert influence == pytest.approx(ODDS / (1.0 + ODDS))


@pytest.mark.parametrize("lie", [-1e6, -3.0, 3.0, 1e6])
@pytest.mark.parametrize("viewers", [1, 200, 10_000_000])
def test_one_liar_moves_the_pool_no_further_than_the_honest_lie_apart(
    lie: float, viewers: int
) -> None:
    honest = [estimate({WEEK: saying(lean)}) for lean in (0.02, 0.05, 0.08, 0.11, 0.14)]
    liar = estimate({WEEK: saying(lie, viewers, scale=1)})
    estimates = [each for each in (*honest, liar) if each]
    shifts = np.stack([each.shift for each in estimates[:-1]])
    prior, shares = pooled(estimates)
    moved = prior.means - ALONE.means
    told = [NAMES.index(name) for name in TOLD]
    low = np.minimum(shifts.min(axis=0), 0.0)
    high = np.maximum(shifts.max(axis=0), 0.0)
    assert np.all(moved[told] >= low - 1e-9)
    assert np.all(moved[told] <= high + 1e-9)
    assert shares[-1] <= 1 / 3 + 1e-9


def test_a_source_that_says_nothing_is_no_voice(some: World) -> None:
    model = taught(some.videos, some.events)
    own = model.ranker.weights
    for source in SOURCES:
        model.hear(source, WEEK, Statement())
    assert model.merged.weights == own
    assert set(model.trust()) == set(SOURCES)


def test_a_source_that_makes_forecasts_worse_loses_its_voice() -> None:
    names = [f"u{k}" for k in range(20)]
    bad = trusted(np.full(20, -0.1) + 0.01 * np.arange(20) / 20, names)
    good = trusted(np.full(20, 0.1) + 0.01 * np.arange(20) / 20, names)
    unknown = trusted(np.zeros(2), names[:2])
    assert bad.high < 0.0 < good.low
    assert voices({"bad": bad, "good": good, "unknown": unknown}) == ["good"]
    assert voices({"bad": bad, "a": unknown, "b": unknown, "c": unknown}) == ["a", "b", "c"]


def test_what_one_play_has_taught_shows_in_no_weights(some: World) -> None:
    model = taught(some.videos, some.events[:100])
    for source in SOURCES:
        model.hear(source, WEEK, saying(0.3))
    before = model.merged.weights
    shown = [before]
    for event in some.events[100:]:
        if event.viewer == "u1":
            model.learn(event)
            shown.append(model.merged.weights)
    # At most one batch becomes public, together with the plays of two others.
    assert sum(a != b for a, b in pairwise(shown)) <= 1


def test_a_forgotten_viewer_judges_nobody(some: World) -> None:
    model = taught(some.videos, some.events)
    model.forget_viewer("u1")
    every = [*model.recent.public, *model.recent.pending]
    assert every
    assert all(each.viewer != "u1" for each in every)


def test_a_pool_of_one_is_what_it_says_shrunk_to_the_start() -> None:
    said = Estimate(np.full(len(TOLD), 0.2), np.full(len(TOLD), 0.05))
    prior, shares = pooled([said])
    told = [NAMES.index(name) for name in TOLD]
    moved = (prior.means - ALONE.means)[told]
    assert np.all((moved > 0.0) & (moved < 0.2))
    assert shares.tolist() == [pytest.approx(1.0)]
