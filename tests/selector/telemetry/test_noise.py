"""Randomised response: ε bounds every likelihood ratio, computed from the mechanism itself."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reports.devices import noised
from instance.hosts.quality.answers import Floats
from selector.telemetry import ANSWERS, QUESTIONS
from selector.telemetry.noise import coin, honesty, likelihood, respond
from selector.telemetry.report import EPSILON_MAX, EPSILON_MIN
from tests.selector.telemetry.days import searched

EPSILONS = st.floats(EPSILON_MIN, EPSILON_MAX)
SIZES = st.integers(2, 16)
TRUTHS = [
    dict(zip(QUESTIONS, values, strict=True))
    for values in product(*(range(ANSWERS[name]) for name in QUESTIONS))
]


def report_likelihoods(epsilon: float) -> Floats:
    """Return P(question and answer | truth): a row for each of the 128 truths of a day."""
    return np.array(
        [
            [
                likelihood(answer, truth[name], ANSWERS[name], epsilon) / len(QUESTIONS)
                for name in QUESTIONS
                for answer in range(ANSWERS[name])
            ]
            for truth in TRUTHS
        ]
    )


@searched
@given(EPSILONS)
def test_no_report_is_more_than_e_to_the_epsilon_times_likelier_under_another_truth(epsilon: float):
    each = report_likelihoods(epsilon)
    assert each.sum(axis=1) == pytest.approx(np.ones(len(TRUTHS)))
    worst = (each.max(axis=0) / each.min(axis=0)).max()
    assert np.log(worst) <= epsilon + 1e-9


@searched
@given(EPSILONS, st.integers(1, 4))
def test_reports_of_several_hosts_compose_to_epsilon_and_no_more(epsilon: float, hosts: int):
    # Coins of different hosts are independent, so the worst ratios multiply.
    each = report_likelihoods(epsilon / hosts)
    worst = (each.max(axis=0) / each.min(axis=0)).max() ** hosts
    assert np.log(worst) == pytest.approx(epsilon, abs=1e-9)


@searched
@given(SIZES, EPSILONS, st.data())
def test_answers_come_as_often_as_the_mechanism_says(
    answers: int, epsilon: float, data: st.DataObject
):
    truth = data.draw(st.integers(0, answers - 1))
    grid = 4000
    drawn = [respond(truth, answers, epsilon, (step + 0.5) / grid) for step in range(grid)]
    for answer in range(answers):
        share = drawn.count(answer) / grid
        assert share == pytest.approx(likelihood(answer, truth, answers, epsilon), abs=2 / grid)


def test_the_last_representable_uniform_is_still_an_answer():
    assert respond(0, 8, 2.0, 1.0 - 2.0**-53) == 7


def test_the_benchmarks_draw_what_devices_draw():
    rng = np.random.default_rng(1)
    drawn = noised(np.full(200_000, 3), 8, 2.0, rng)
    expected = [likelihood(answer, 3, 8, 2.0) for answer in range(8)]
    assert np.bincount(drawn, minlength=8) / 200_000 == pytest.approx(expected, abs=0.005)


def test_coins_of_secrets_days_hosts_and_purposes_are_unrelated():
    coins = [
        coin(secret, purpose, day, host)
        for secret, purpose, day, host in product(
            ("0" * 32, "1" * 32), ("answer", "question"), ("2026-05-14", "2026-05-15"), "abcdefgh"
        )
    ]
    assert len(set(coins)) == len(coins)
    assert 0.35 < sum(coins) / len(coins) < 0.65


def test_more_epsilon_is_more_truth():
    told = [honesty(8, epsilon) for epsilon in (0.1, 1.0, 2.0, 8.0)]
    assert told == sorted(told)
    assert 0.0 < told[0] < told[-1] < 1.0
