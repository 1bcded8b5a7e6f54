"""End to end: the instance estimates what devices measured, from reports of their own code."""

from collections import Counter

from instance.hosts.prior.fleet import fleet_prior
from instance.hosts.quality.answers import answers
from instance.hosts.quality.figures import Estimate, quantile, share_of_yes
from selector.telemetry import Context, Diary, Report, Terms, from_json
from tests.selector.telemetry.days import FETCH, HOST, NOON

HERE = Context(2, 4, 2)


def told_by_device(number: int) -> Report:
    """Return the report of a viewer who waits .15 s, and of whose fetches every tenth fails."""
    diary = Diary(f"{number:032x}")
    diary.observe(FETCH._replace(ttfb_s=0.15), public=True)
    diary.observe(FETCH._replace(ttfb_s=0.15), public=True)
    if number % 10 == 0:
        diary.observe(FETCH._replace(kind="http-error", status=503), public=True)
    (line,) = diary.tell(NOON, HERE, Terms())
    return from_json(line.report.to_json())


def test_the_instance_finds_what_the_devices_met():
    counted = list(Counter(map(told_by_device, range(3000))).items())
    failed, median = (
        share_of_yes(answers(counted, "error")),
        quantile(answers(counted, "ttfb"), 0.5),
    )
    assert isinstance(failed, Estimate) and failed.low < 0.1 < failed.high
    assert isinstance(median, Estimate) and median.low <= 0.15 <= median.high
    prior = fleet_prior(counted).priors(HERE)[HOST]
    assert 0.1 < prior.ttfb_s < 0.25
    assert 5.0 < prior.rate_mbps < 16.0
