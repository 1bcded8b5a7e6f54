"""Quality and use of each host, over any choice of reports: a day, a region, a connection."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import NamedTuple

from instance.hosts.quality.answers import answers
from instance.hosts.quality.counts import Column, Counted, Counts
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
from selector.telemetry import QUESTIONS


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
    counts = Counts.of(reports)
    return tuple(host_quality(host, own, counts.total) for host, own in counts.by_host())


def host_uses(reports: Iterable[Counted]) -> tuple[HostUse, ...]:
    """Return who uses every host that `reports` name, by name."""
    return tuple(
        HostUse(host, _shares(own, "zone"), _shares(own, "connection"))
        for host, own in Counts.of(reports).by_host()
    )


def _shares(own: Counts, column: Column) -> tuple[Figure, ...]:
    counts = own.table(column)
    return tuple(share(int(count), own.total) for count in counts)


def host_quality(host: str, own: Counts, total: int) -> HostQuality:
    """Return the quality of `host` from its `own` reports; `total` counts those of all hosts."""
    ttfb, rate, error, missing = (answers(own, question) for question in QUESTIONS)
    return HostQuality(
        host=host,
        reports=own.total,
        share=share(own.total, total),
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
