"""Comparisons and alarms: a difference is found, and where there is none, none is claimed."""

import pytest

from instance.hosts.quality.comparison import compare
from instance.hosts.quality.counts import Counted
from instance.hosts.quality.drift import alarms
from instance.hosts.quality.figures import Estimate, NotEnough
from selector.telemetry import Question
from tests.instance.hosts.fleets import BLANK, HOSTS, counted, drawn

FAST = [0.1, 0.5, 0.3, 0.1, 0.0, 0.0, 0.0, 0.0]
SLOW = [0.0, 0.1, 0.5, 0.3, 0.1, 0.0, 0.0, 0.0]


def groups(learned: list[float], control: list[float], n: int) -> list[Counted]:
    """Return TTFB reports of `n` viewers who learn and a tenth as many who do not."""
    return [
        *counted(drawn("ttfb", learned, n, 1)),
        *counted(drawn("ttfb", control, n // 10, 2), BLANK._replace(control=1)),
    ]


def test_viewers_who_wait_half_as_long_are_said_to_wait_less():
    found = compare(groups(FAST, SLOW, 20_000), "ttfb")
    assert found.verdict == "less"
    assert isinstance(found.change, Estimate)
    assert found.change.low < -0.5 < found.change.high < 0.0
    assert (found.learned, found.control) == (20_000, 2000)


def test_without_a_difference_nothing_is_claimed():
    assert compare(groups(FAST, FAST, 20_000), "ttfb").verdict == "cannot tell"


def test_a_control_group_too_small_says_how_large_it_would_have_to_be():
    found = compare(groups(FAST, SLOW, 500), "ttfb")
    assert (found.verdict, found.change) == ("cannot tell", NotEnough(50, 100))


def month(question: Question, before: list[float], after: list[float], a_day: int) -> list[Counted]:
    """Return 30 days that change on the 16th."""
    return [
        each
        for day in range(30)
        for each in counted(
            drawn(question, before if day < 15 else after, a_day, 100 + day),
            BLANK._replace(day=f"2026-05-{day + 1:02}"),
        )
    ]


@pytest.mark.parametrize(
    ("question", "before", "after", "worse"),
    [
        ("error", [0.98, 0.02], [0.9, 0.1], True),
        ("ttfb", FAST, SLOW, True),
        ("rate", FAST, SLOW, False),
    ],
)
def test_a_host_that_changes_rings_once_and_names_the_day(
    question: Question, before: list[float], after: list[float], worse: bool
):
    (alarm,) = alarms(month(question, before, after, 300))
    assert (alarm.question, alarm.worse) == (question, worse)
    assert abs(int(alarm.day[-2:]) - 16) <= 2
    assert isinstance(alarm.before, Estimate) and isinstance(alarm.after, Estimate)
    assert alarm.before.value < alarm.after.value


def test_a_quiet_month_does_not_ring():
    assert alarms(month("error", [0.95, 0.05], [0.95, 0.05], 300)) == ()


NEAR, FAR = BLANK._replace(zone=4), BLANK._replace(zone=6)
SLOWER = [0.0, 0.0, 0.0, 0.1, 0.5, 0.3, 0.1, 0.0]


def moving_month() -> list[Counted]:
    """Return a month in which one host fades and most of its far viewers go to the other.

    Both serve far viewers worse; the other serves everybody as before.
    """
    fades, stays = HOSTS
    served = {
        (fades, NEAR): [(300, FAST), (200, SLOW)],
        (fades, FAR): [(250, SLOW), (50, SLOWER)],
        (stays, NEAR): [(200, FAST), (300, FAST)],
        (stays, FAR): [(20, SLOWER), (220, SLOWER)],
    }
    return [
        each
        for number, ((host, viewer), halves) in enumerate(served.items())
        for day in range(30)
        for n, truth in [halves[day >= 15]]
        for each in counted(
            drawn("ttfb", truth, n, 100 * number + day),
            viewer._replace(host=host, day=f"2026-05-{day + 1:02}"),
        )
    ]


def test_a_fading_host_rings_and_not_the_one_that_its_far_viewers_go_to():
    (alarm,) = alarms(moving_month())
    assert (alarm.host, alarm.worse) == (HOSTS[0], True)
    assert abs(int(alarm.day[-2:]) - 16) <= 2


def test_viewers_of_one_zone_cannot_be_told_from_worse_service():
    unzoned = [(report._replace(zone=4), count) for report, count in moving_month()]
    assert {(alarm.host, alarm.worse) for alarm in alarms(unzoned)} == {
        (HOSTS[0], True),
        (HOSTS[1], True),
    }


def test_a_host_whose_viewers_all_change_has_nothing_to_compare():
    other = [
        (report._replace(zone=6 if report.day > "2026-05-15" else 4), count)
        for report, count in month("ttfb", FAST, SLOW, 300)
    ]
    assert alarms(other) == ()


def test_alarms_do_not_depend_on_the_order_of_reports():
    told = month("error", [0.98, 0.02], [0.85, 0.15], 200)
    shuffled = told[::2] + told[1::2]
    assert alarms(shuffled) == alarms(told) != ()


def test_an_alarm_does_not_need_every_day():
    gap = [each for each in month("ttfb", FAST, SLOW, 300) if each[0].day[-2:] not in ("10", "20")]
    assert len(alarms(gap)) == 1
