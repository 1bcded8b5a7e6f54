"""Counts in columns say, to the last digit, what a loop over the reports says."""

from collections import Counter, defaultdict
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river.drift import PageHinkley as RiverPageHinkley

from instance.hosts.prior.fleet import LEARNED
from instance.hosts.prior.labels import Cell, Label, labels, scores
from instance.hosts.quality.answers import answers
from instance.hosts.quality.counts import Counted, Counts
from instance.hosts.quality.drift import ALLOWANCE, BURN_IN, THRESHOLD, _order, alarms
from instance.hosts.quality.page_hinkley import PageHinkley
from selector.telemetry import ANSWERS, QUESTIONS, Context, Question, honesty
from tests.instance.hosts.fleets import searched, told_reports

REPORTS = told_reports(days=4, epsilons=st.sampled_from([0.1, 1.0, 2.0, 8.0]))
TOLD = st.lists(st.tuples(REPORTS, st.integers(1, 10**9)), max_size=40)


@searched
@given(TOLD, st.integers(0, 40))
def test_columns_are_the_same_reports_in_the_same_order(told: list[Counted], cut: int):
    counts = Counts.joined([Counts.of(told[:cut]), Counts.of(told[cut:])])
    assert [*counts] == told == [*Counts.of(told)]
    assert counts.total == sum(count for _, count in told)
    assert counts.hosts == sorted({report.host for report, _ in told})
    assert counts.days == sorted({report.day for report, _ in told})


@searched
@given(TOLD, st.sampled_from(QUESTIONS))
def test_answers_are_those_counted_one_by_one(told: list[Counted], question: Question):
    expected: dict[float, Counter[int]] = defaultdict(Counter)
    for report, count in told:
        if report.question == question:
            expected[report.epsilon][report.answer] += count
    found = answers(told, question)
    assert [*found.counts] == sorted(expected)
    for epsilon, counts in found.counts.items():
        assert counts.tolist() == [expected[epsilon][each] for each in range(ANSWERS[question])]


@searched
@given(TOLD)
def test_summing_over_columns_loses_no_report(told: list[Counted]):
    expected = Counter[tuple[str, int]]()
    for report, count in told:
        expected[report.host, report.zone] += count
    summed = Counts.of(told).by("host", "zone")
    assert [((one.host, one.zone), count) for one, count in summed] == sorted(expected.items())


@searched
@given(TOLD, st.sampled_from(LEARNED))
def test_labels_are_the_sums_of_a_loop_to_the_last_digit(told: list[Counted], question: Question):
    said, middle = scores(question), float(scores(question).mean())
    sums: dict[Cell, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for report, count in told:
        if report.question == question:
            honest = honesty(len(said), report.epsilon)
            entry = sums[Cell(report.host, Context(report.connection, report.zone, report.hours))]
            entry[0] += count * honest * (float(said[report.answer]) - (1.0 - honest) * middle)
            entry[1] += count * honest**2
    expected = {cell: Label(sums[cell][0] / sums[cell][1], sums[cell][1]) for cell in sorted(sums)}
    assert labels(told, question) == expected


@pytest.mark.parametrize("seed", range(6))
def test_page_s_test_alarms_where_river_s_does(seed: int):
    rng = np.random.default_rng(seed)
    river = RiverPageHinkley(
        min_instances=BURN_IN, delta=ALLOWANCE, threshold=THRESHOLD, alpha=1.0, mode="both"
    )
    ours = PageHinkley(BURN_IN, ALLOWANCE, THRESHOLD)
    for _ in range(30):
        # From quiet to alarms every few hundred values, and days of very unequal size.
        day = rng.normal(rng.normal(0, 0.2 * (seed + 1)), 1.0, rng.integers(0, 6000))
        alarmed = False
        for value in day.tolist():
            river.update(value)  # type: ignore[no-untyped-call]
            alarmed = alarmed or river.drift_detected
        assert ours.update(day) == alarmed


def test_answers_of_a_day_are_shuffled_as_they_always_were():
    for length in (0, 1, 2, 1000):
        expected = list(range(length))
        Random("2026-05-14").shuffle(expected)  # noqa: S311
        assert _order("2026-05-14", length).tolist() == expected


def test_no_report_is_no_fault():
    assert Counts.of(()).total == len(Counts.joined([])) == 0
    assert Counts.of(()).hosts == Counts.of(()).days == []
    assert alarms(()) == ()
