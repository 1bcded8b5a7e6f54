"""The diary: one report a day, nothing private in it, and validation of stored diaries."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selector.bandit import FieldError, Outcome
from selector.telemetry import ANSWERS, Context, Diary, Terms, from_json
from selector.telemetry.diary import DAYS_KEPT, MAX_HOSTS, MISSING_SHARE
from selector.telemetry.noise import likelihood
from tests.selector.telemetry.days import DAY_S, FETCH, HOST, NOON, SECRET, diary_of, searched

HERE = Context(2, 4, 2)
TERMS = Terms()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


def secrets(count: int) -> list[str]:
    """Return the secrets of so many viewers."""
    return [f"{number:032x}" for number in range(count)]


def test_a_report_is_told_once_and_stays_what_it_was():
    diary = diary_of([FETCH])
    told = diary.tell(NOON, HERE, TERMS)
    diary.observe(FETCH._replace(kind="timeout"), public=True)
    assert diary.tell(NOON + 60, Context(1, 1, 1), Terms(epsilon=8.0)) == told
    assert diary.preview(NOON + 60, HERE, TERMS) == told


def test_the_preview_is_what_would_be_told():
    diary = diary_of([FETCH])
    assert diary.preview(NOON, HERE, TERMS) == diary.tell(NOON, HERE, TERMS)


def test_looking_settles_nothing():
    diary = diary_of([FETCH])
    diary.preview(NOON, HERE, TERMS)
    assert diary.snapshot()["told"] == []


def restored(snapshot: object) -> Diary:
    """Return the diary as it comes back from storage."""
    return Diary.restore(SECRET, json.loads(json.dumps(snapshot)))


def test_a_restored_diary_throws_the_same_coins():
    diary = diary_of([FETCH])
    again = restored(diary.snapshot())
    told = diary.tell(NOON, HERE, TERMS)
    assert again.tell(NOON, HERE, TERMS) == told
    assert restored(diary.snapshot()).tell(NOON, HERE, TERMS) == told


def test_the_secret_is_kept_apart_from_the_diary():
    assert SECRET not in json.dumps(full_snapshot())


def test_videos_that_are_not_public_leave_no_trace():
    diary = Diary(SECRET)
    diary.observe(FETCH, public=False)
    assert diary.snapshot() == Diary(SECRET).snapshot()


def test_a_new_day_starts_empty():
    diary = diary_of([FETCH])
    assert diary.tell(NOON + DAY_S, HERE, TERMS) == ()
    diary.observe(FETCH._replace(now_s=NOON + DAY_S, host="https://other.example"), public=True)
    (line,) = diary.tell(NOON + DAY_S, HERE, TERMS)
    assert (line.report.day, line.report.host) == ("2026-05-15", "https://other.example")


def test_a_clock_set_back_does_not_have_a_day_told_twice():
    diary = diary_of([FETCH])
    told = diary.tell(NOON, HERE, TERMS)
    diary.observe(FETCH._replace(now_s=NOON + DAY_S), public=True)
    diary.observe(FETCH._replace(kind="timeout"), public=True)
    assert diary.tell(NOON, HERE, TERMS) == told


def test_days_told_are_forgotten_after_a_while():
    diary = Diary(SECRET)
    for day in range(3 * DAYS_KEPT):
        diary.observe(FETCH._replace(now_s=NOON + day * DAY_S), public=True)
        assert diary.tell(NOON + day * DAY_S, HERE, TERMS)
    assert len(diary.snapshot()["told"]) == DAYS_KEPT


@searched
@given(st.integers(1, 4), st.integers(1, 9), st.floats(0.4, 8.0))
def test_a_day_never_spends_more_than_its_epsilon(hosts: int, used: int, epsilon: float):
    diary = diary_of(FETCH._replace(host=f"https://m{n}.example") for n in range(used))
    lines = diary.tell(NOON, HERE, Terms(epsilon, hosts))
    assert len(lines) == min(hosts, used)
    assert sum(line.report.epsilon for line in lines) == pytest.approx(epsilon)
    assert len({line.report.host for line in lines}) == len(lines)
    assert all(from_json(line.report.to_json()) == line.report for line in lines)


def test_answers_of_many_viewers_are_distributed_as_the_mechanism_says():
    truth = diary_of([FETCH]).preview(NOON, HERE, TERMS)[0].truth
    told = Counter(
        (line.report.question, line.report.answer)
        for secret in secrets(6000)
        for line in diary_of([FETCH], secret).preview(NOON, HERE, TERMS)
    )
    for question, size in ANSWERS.items():
        for answer in range(size):
            asked = MISSING_SHARE if question == "missing" else (1.0 - MISSING_SHARE) / 3
            expected = likelihood(answer, truth[question], size, TERMS.epsilon) * asked
            assert told[question, answer] / 6000 == pytest.approx(expected, abs=0.015)


def test_hosts_are_reported_in_proportion_to_their_fetches():
    fetches = [FETCH] * 3 + [FETCH._replace(host="https://other.example")]
    told = Counter(
        diary_of(fetches, secret).preview(NOON, HERE, TERMS)[0].report.host
        for secret in secrets(2000)
    )
    assert told[HOST] / 2000 == pytest.approx(0.75, abs=0.03)


def test_the_control_coin_is_thrown_anew_each_day_and_is_what_the_report_says():
    thrown = []
    for day in range(2000):
        now_s = NOON + day * DAY_S
        diary = diary_of([FETCH._replace(now_s=now_s)])
        thrown.append(diary.in_control(now_s, TERMS))
        assert diary.preview(now_s, HERE, TERMS)[0].report.control == thrown[-1]
    assert sum(thrown) / 2000 == pytest.approx(TERMS.control, abs=0.015)
    assert not any(Diary(SECRET).in_control(NOON, Terms(control=0.0)) for _ in range(9))


def test_a_host_without_a_rate_yet_is_not_reported():
    assert diary_of([FETCH._replace(bytes=5000.0)]).tell(NOON, HERE, TERMS) == ()


def test_a_host_that_only_fails_is_reported_as_slowest():
    (line,) = diary_of([FETCH._replace(kind="timeout", ttfb_s=None)]).preview(NOON, HERE, TERMS)
    assert line.truth == {"ttfb": 7, "rate": 0, "error": 1, "missing": 0}


LACKED = FETCH._replace(kind="missing", status=404, bytes=0.0)


@pytest.mark.parametrize("lacked", [1, 3])
def test_missing_files_are_counted_apart_and_reported_as_a_share_of_fetches(lacked: int):
    fetches = [*[FETCH] * 3, *[LACKED] * lacked]
    truths = [
        diary_of(fetches, secret).preview(NOON, HERE, TERMS)[0].truth for secret in secrets(2000)
    ]
    assert {(truth["ttfb"], truth["rate"], truth["error"]) for truth in truths} == {(2, 4, 0)}
    share = sum(truth["missing"] for truth in truths) / 2000
    assert share == pytest.approx(lacked / (3 + lacked), abs=0.035)


def test_of_a_host_that_lacks_everything_only_that_is_told():
    told = [diary_of([LACKED], secret).preview(NOON, HERE, TERMS) for secret in secrets(2000)]
    reports = [line.report for lines in told for line in lines]
    assert {report.question for report in reports} == {"missing"}
    assert len(reports) / 2000 == pytest.approx(MISSING_SHARE, abs=0.03)


def test_whether_a_host_is_asked_about_missing_files_does_not_depend_on_what_it_lacked():
    def asked(fetches: list[Outcome]) -> list[bool]:
        lines = [diary_of(fetches, secret).preview(NOON, HERE, TERMS) for secret in secrets(200)]
        return [line.report.question == "missing" for (line,) in lines]

    assert asked([FETCH]) == asked([FETCH, LACKED, LACKED])


def test_a_day_of_an_older_version_ends_as_it_began_and_the_next_is_asked_everything():
    old = diary_of([FETCH]).snapshot()
    old |= {"format": "mirrorwise-diary/1", "hosts": {HOST: old["hosts"][HOST][:4]}}
    diary = restored(old)
    diary.observe(LACKED, public=True)
    (line,) = diary.preview(NOON, HERE, TERMS)
    assert list(line.truth) == ["ttfb", "rate", "error"]
    assert diary.snapshot()["format"] == "mirrorwise-diary/1"
    diary.observe(FETCH._replace(now_s=NOON + DAY_S), public=True)
    (line,) = diary.preview(NOON + DAY_S, HERE, TERMS)
    assert list(line.truth) == ["ttfb", "rate", "error", "missing"]
    assert diary.snapshot()["format"] == "mirrorwise-diary/2"


def test_a_hedge_given_up_early_says_nothing_and_given_up_late_that_it_was_slow():
    silent = FETCH._replace(kind="aborted", ttfb_s=None, bytes=0.0)
    early = diary_of([FETCH, *[silent._replace(total_s=0.05)] * 5])
    late = diary_of([FETCH, *[silent._replace(total_s=1.0)] * 5])
    assert early.preview(NOON, HERE, TERMS)[0].truth["ttfb"] == 2
    assert late.preview(NOON, HERE, TERMS)[0].truth["ttfb"] == 6


def test_memory_stays_bounded_whatever_hosts_are_named():
    diary = diary_of(FETCH._replace(host=f"https://m{n}.example") for n in range(3 * MAX_HOSTS))
    assert len(diary.snapshot()["hosts"]) == MAX_HOSTS


Path = tuple[str | int, ...]


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path to every value inside a JSON value."""
    yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else ())
    )
    for key, each in inner:
        yield from paths(each, (*path, key))


def put(value: Any, path: Path, new: object) -> Any:  # noqa: ANN401 - any JSON
    """Return `value` with `new` at `path`."""
    if not path:
        return new
    value[path[0]] = put(value[path[0]], path[1:], new)
    return value


def full_snapshot() -> dict[str, Any]:
    """Return a snapshot in which nothing is empty."""
    diary = diary_of([FETCH])
    diary.tell(NOON, HERE, TERMS)
    return diary.snapshot()


@searched
@given(st.sampled_from(list(paths(full_snapshot()))), JSON)
def test_a_damaged_snapshot_is_refused_by_field_or_understood(path: Path, damage: object):
    damaged = put(json.loads(json.dumps(full_snapshot())), path, damage)
    try:
        diary = Diary.restore(SECRET, damaged)
    except FieldError as error:
        assert error.field.startswith("diary")
    else:
        assert restored(diary.snapshot()).snapshot() == diary.snapshot()
        diary.preview(NOON, HERE, TERMS)


@pytest.mark.parametrize("secret", ["", "5f", "Z" * 32, "0" * 33])
def test_a_secret_that_can_be_guessed_is_refused(secret: str):
    with pytest.raises(FieldError, match="32 hexadecimal digits"):
        Diary(secret)
