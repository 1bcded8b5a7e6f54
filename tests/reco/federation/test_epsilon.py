"""The ε that is claimed holds: by exact probabilities of the noise, and against an attack."""

from fractions import Fraction
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reco import Model
from reco.data.ledger import week_of
from reco.federation.leanings import BOUND, TOLD, Leaning, Leanings, bounded
from reco.federation.release import noised, release, scales
from tests.reco.streams import DAY_S, START_S, World, taught, world

WEEK = week_of(START_S) + 1
FINITE = st.floats(-1e9, 1e9)


def logarithm(value: int, scale: int) -> float:
    """Return ln of the discrete Laplace's probability of a value: (1−q)/(1+q)·q^|x|."""
    q = exp(-1.0 / scale)
    return log((1.0 - q) / (1.0 + q)) - abs(value) / scale


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 8), st.lists(FINITE, min_size=len(TOLD), max_size=len(TOLD)))
def test_no_viewer_adds_more_than_the_bound(plays: int, total: list[float]) -> None:
    assert sum(map(abs, bounded(Leaning(plays, tuple(total))))) <= BOUND


@settings(max_examples=200, deadline=None)
@given(
    st.integers(10, 4_000),
    st.lists(FINITE, min_size=len(TOLD), max_size=len(TOLD)),
    st.lists(st.integers(-20_000, 20_000), min_size=len(TOLD), max_size=len(TOLD)),
)
def test_neighbours_give_each_release_with_probabilities_within_exp_epsilon(
    thousandths: int, total: list[float], seen: list[int]
) -> None:
    scale, viewers_scale = scales(thousandths)
    assert Fraction(BOUND, scale) + Fraction(1, viewers_scale) <= Fraction(thousandths, 1_000)
    with_viewer = bounded(Leaning(1, tuple(total)))
    loss = sum(
        logarithm(each, scale) - logarithm(each - own, scale)
        for each, own in zip(seen, with_viewer, strict=True)
    )
    # The number of viewers changes by one: the worst case over all numbers that may be seen.
    loss_of_number = max(
        abs(logarithm(k, viewers_scale) - logarithm(k - 1, viewers_scale)) for k in (-5, 0, 1, 5)
    )
    assert abs(loss) + loss_of_number <= thousandths / 1_000 + 1e-9


def test_the_noise_that_is_drawn_has_the_probabilities_that_are_claimed() -> None:
    """Frequencies of 40,000 draws; a false alarm has a chance below 1e-9."""
    scale, draws = 3, 40_000
    drawn = np.array(noised([0] * draws, scale, 1))
    for value in range(-6, 7):
        chance = exp(logarithm(value, scale))
        # Hoeffding's bound would be looser; 7 standard deviations of a binomial number.
        room = 7.0 * np.sqrt(draws * chance * (1.0 - chance))
        assert abs(float((drawn == value).sum()) - draws * chance) <= room


@pytest.fixture(scope="module")
def some() -> World:
    return world(viewers=12, videos=60, plays=150)


def test_a_viewers_leanings_depend_on_nobody_else(some: World) -> None:
    others = [event._replace(viewer=f"x{k}") for k, event in enumerate(some.events)]
    own = [event for event in some.events if event.viewer == "u1"]
    crowded = taught(some.videos, sorted([*own, *others], key=lambda event: event.at_s))
    alone = taught(some.videos, own)
    told = {week: viewers["u1"] for week, viewers in crowded.leanings.weeks.items()}
    assert told == {week: viewers["u1"] for week, viewers in alone.leanings.weeks.items()}


def test_membership_inference_does_no_better_than_epsilon_allows() -> None:
    """An attacker who knows all other viewers guesses whether the thousandth was there.

    The guess is the best there is (Neyman and Pearson): by the likelihood of what was released.
    True positives less e^ε times false positives must not exceed 0 beyond chance; a false alarm
    has a chance below 1e-9.
    """
    epsilon, trials = 1.0, 1_000
    leanings = Leanings()
    target = Leaning(1, (30.0,) + (0.0,) * (len(TOLD) - 1))
    for k in range(20):
        leanings.weeks.setdefault(WEEK, {})[f"u{k}"] = Leaning(1, (0.1 * k,) * len(TOLD))
    speaker = Model()
    speaker.leanings = leanings
    number, sums = leanings.sums(WEEK)

    def guessed(present: bool) -> int:
        viewers = leanings.weeks[WEEK]
        viewers.pop("target", None)
        if present:
            viewers["target"] = target
        found = 0
        for _ in range(trials):
            parts = release(speaker, WEEK, epsilon)
            if "weights" not in parts:
                continue
            said = parts["weights"]
            ratio = sum(
                logarithm(said["sums"][name] - before - own, said["scale"])
                - logarithm(said["sums"][name] - before, said["scale"])
                for name, before, own in zip(TOLD, sums, bounded(target), strict=True)
            )
            ratio += logarithm(said["viewers"] - number - 1, said["viewers_scale"])
            ratio -= logarithm(said["viewers"] - number, said["viewers_scale"])
            found += ratio > 0.0
        return found

    true, false = guessed(present=True), guessed(present=False)
    # Deviations of each share by Hoeffding: exp(−2·trials·d²) = 1e-10 gives d.
    room = np.sqrt(np.log(1e10) / (2 * trials))
    assert true / trials - np.exp(epsilon) * (false / trials) <= room * (1 + np.exp(epsilon))
    # The attack is one: it tells more than guessing.
    assert true > false


def test_a_forgotten_viewer_is_in_no_later_release(some: World) -> None:
    model = taught(some.videos, some.events)
    model.forget_viewer("u1")
    never = taught(some.videos, [each for each in some.events if each.viewer != "u1"])
    assert model.leanings.weeks == never.leanings.weeks


def test_what_expires_is_told_of_no_more(some: World) -> None:
    model = taught(some.videos, some.events)
    model.expire(some.end_s + 30 * DAY_S)
    assert model.leanings.weeks == {}
