"""Small fleets whose truth is known."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from benchmarks.reports.devices import asked, reports
from instance.hosts.quality.answers import Answers, Floats
from instance.hosts.quality.counts import Counted
from selector.telemetry import ANSWERS, QUESTIONS, Question, Report

searched = settings(max_examples=60, deadline=None, derandomize=True, database=None)
HOSTS = ["https://a.example", "https://b.example"]
BLANK = Report("2026-05-14", HOSTS[0], 2.0, 1, 4, 2, 0)


def told_reports(days: int, epsilons: st.SearchStrategy[float]) -> st.SearchStrategy[Report]:
    """Return any reports of the two hosts, of the first `days` of May."""
    return st.builds(
        lambda question, answer, *rest: Report(*rest).answered(
            question, answer % ANSWERS[question]
        ),
        st.sampled_from(QUESTIONS),
        st.integers(0, 7),
        st.sampled_from([f"2026-05-{day:02}" for day in range(1, days + 1)]),
        st.sampled_from(HOSTS),
        epsilons,
        st.integers(0, 3),
        st.integers(0, 7),
        st.integers(0, 3),
        st.integers(0, 1),
    )


def expected(question: Question, shares: Floats, n: float, epsilon: float = 2.0) -> Floats:
    """Return the answers that `n` viewers with these truths give on average."""
    k, e = ANSWERS[question], float(np.exp(epsilon))
    chance = (np.ones((k, k)) + (e - 1.0) * np.eye(k)) / (e + k - 1.0)
    return n * shares @ chance


def drawn(question: Question, truth: list[float], n: int, seed: int) -> Answers:
    """Return answers of `n` viewers whose truths have these shares."""
    rng = np.random.default_rng(seed)
    return asked(question, rng.choice(len(truth), n, p=truth), 2.0, rng)


def counted(answers: Answers, blank: Report = BLANK) -> list[Counted]:
    """Return answers as reports that are otherwise like `blank`."""
    return [
        (blank._replace(epsilon=epsilon).answered(answers.question, answer), int(count))
        for epsilon, counts in answers.counts.items()
        for answer, count in enumerate(counts)
        if count
    ]


def fleet(viewer_days: int, regional: int, seed: int = 1) -> list[Counted]:
    """Return a month of reports of two hosts, told apart by `regional` buckets in zone 2."""
    rng = np.random.default_rng(seed)
    zone = rng.choice([2, 4], viewer_days)
    host = rng.integers(0, 2, viewer_days)
    shift = regional * np.where(zone == 2, 2 * host - 1, 0)
    buckets = np.clip(3 + host + shift + rng.integers(-1, 2, viewer_days), 0, 7)
    nowhere = np.zeros(viewer_days, dtype=np.int64)
    columns = {
        "day": rng.integers(0, 30, viewer_days),
        "host": host,
        "zone": zone,
        "connection": nowhere + 1,
        "hours": nowhere + 2,
        "control": nowhere,
    }
    failed = (rng.random(viewer_days) < 0.05).astype(np.int64)
    return reports({"ttfb": buckets, "rate": buckets, "error": failed}, columns, HOSTS, 2.0, rng)
