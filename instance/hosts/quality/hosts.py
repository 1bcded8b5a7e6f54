"""Quality and use of each host, over any choice of reports: a day, a region, a connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import sqrt
from typing import NamedTuple

from instance.hosts.quality.answers import Counted, answers
from instance.hosts.quality.figures import (
    FEWEST_ANSWERS,
    Z95,
    Estimate,
    Figure,
    NotEnough,
    histogram,
    quantile,
    share_of_yes,
)
from selector.telemetry import CONNECTIONS, QUESTIONS
from selector.telemetry.report import ZONES


class HostQuality(NamedTuple):
    """How one host served the viewers whose reports were chosen.

    `share` is the share of all these viewers' fetches, as the host of a report is drawn in
    proportion to fetches. TTFB is in s and rate in bit/s; `ttfb_p95` is what 95 % of
    viewer-days stay below, `rate_p5` what 95 % exceed. `missing_rate` is the share of fetches
    whose file the host lacks.
    """

    host: str
    reports: int
    share: Figure
    ttfb_p50: Figure
    ttfb_p95: Figure
    rate_p50: Figure
    rate_p5: Figure
    error_rate: Figure
    missing_rate: Figure
    ttfb_histogram: tuple[Figure, ...]
    rate_histogram: tuple[Figure, ...]


class HostUse(NamedTuple):
    """Who uses one host: the shares of its fetches by time zone and by kind of connection."""

    host: str
    zones: tuple[Figure, ...]
    connections: tuple[Figure, ...]


def host_qualities(reports: Iterable[Counted]) -> tuple[HostQuality, ...]:
    """Return the quality of every host that `reports` name, by name."""
    by_host = _by_host(reports)
    total = sum(count for counted in by_host.values() for _, count in counted)
    return tuple(host_quality(host, own, total) for host, own in by_host.items())


def host_uses(reports: Iterable[Counted]) -> tuple[HostUse, ...]:
    """Return who uses every host that `reports` name, by name."""
    return tuple(
        HostUse(
            host,
            _shares(((report.zone, count) for report, count in own), ZONES),
            _shares(((report.connection, count) for report, count in own), len(CONNECTIONS)),
        )
        for host, own in _by_host(reports).items()
    )


def _by_host(reports: Iterable[Counted]) -> Mapping[str, list[Counted]]:
    by_host: dict[str, list[Counted]] = defaultdict(list)
    for report, count in reports:
        by_host[report.host].append((report, count))
    return dict(sorted(by_host.items()))


def _shares(counted: Iterable[tuple[int, int]], kinds: int) -> tuple[Figure, ...]:
    counts = [0] * kinds
    for kind, count in counted:
        counts[kind] += count
    return tuple(share(count, sum(counts)) for count in counts)


def host_quality(host: str, reports: Iterable[Counted], total: int) -> HostQuality:
    """Return the quality of `host` from its `reports`; `total` counts those of all hosts."""
    own = list(reports)
    ttfb, rate, error, missing = (answers(own, question) for question in QUESTIONS)
    count = sum(each for _, each in own)
    return HostQuality(
        host=host,
        reports=count,
        share=share(count, total),
        ttfb_p50=quantile(ttfb, 0.5),
        ttfb_p95=quantile(ttfb, 0.95),
        rate_p50=quantile(rate, 0.5),
        rate_p5=quantile(rate, 0.05),
        error_rate=share_of_yes(error),
        missing_rate=share_of_yes(missing),
        ttfb_histogram=histogram(ttfb),
        rate_histogram=histogram(rate),
    )


def share(count: int, total: int) -> Figure:
    """Return the share of `count` in `total` with Wilson's 95 % interval (JASA 1927).

    It is for fields that are not noised: host, zone and connection.

    >>> [round(figure, 3) for figure in share(30, 200)]
    [0.15, 0.107, 0.206, 200]
    """
    if total < FEWEST_ANSWERS:
        return NotEnough(total, FEWEST_ANSWERS)
    part, z2 = count / total, Z95**2
    middle = (part + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 * sqrt(part * (1 - part) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return Estimate(part, max(0.0, middle - half), min(1.0, middle + half), total)
