"""The operator's report on each host, from the counted reports of chosen days and viewers."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import takewhile
from math import ceil
from typing import NamedTuple

from selector.telemetry import CONNECTIONS, RATE_EDGES_BPS, TTFB_EDGES_S, Question

from .prior.fleet import Choice as Way
from .quality.comparison import COMPARED, NOT_COMPARED, Comparison, compare
from .quality.counts import Counted, Counts
from .quality.drift import Alarm, alarms
from .quality.figures import Estimate, Figure
from .quality.hosts import HostQuality, HostUse, host_qualities, host_uses

DAYS = 30
PERIODS = 5


class Choice(NamedTuple):
    """Whose reports are looked at: from one day to another, of a connection, of a time zone."""

    since: str
    until: str
    connection: str | None
    zone: int | None

    @classmethod
    def of(
        cls,
        today: date,
        since: str | None = None,
        until: str | None = None,
        connection: str | None = None,
        zone: int | None = None,
    ) -> "Choice":
        """Return the choice; without days, thirty whole ones and today, which is not over.

        A device whose clock is ahead may tell of tomorrow already.
        """
        until = until or (today + timedelta(days=1)).isoformat()
        last = date.fromisoformat(until)
        return cls(since or (last - timedelta(days=DAYS + 1)).isoformat(), until, connection, zone)

    def among(self, counted: Iterable[Counted]) -> Counts:
        """Return the chosen reports among those counted."""
        chosen = Counts.of(counted).between(self.since, self.until)
        if self.connection:
            chosen = chosen.where("connection", CONNECTIONS.index(self.connection))
        return chosen if self.zone is None else chosen.where("zone", self.zone)


class Day(NamedTuple):
    """How every host served on one day."""

    day: str
    hosts: tuple[HostQuality, ...]


class Span(NamedTuple):
    """How every host served from one day to another, both included."""

    since: str
    until: str
    hosts: tuple[HostQuality, ...]


class Scales(NamedTuple):
    """Edges between the buckets of TTFB, in s, and of rate, in bit/s."""

    ttfb_s: tuple[float, ...]
    rate_bps: tuple[float, ...]


class QualityReport(NamedTuple):
    """Everything an operator sees.

    `origin` is PeerTube's own address, if set; `periods` are the time in a few parts, as single
    days have few reports; `turns` are from each day on since which a host has served worse, to
    the end; `epsilons` are the ε of the reports, weakest
    noise last; `not_compared` says of what `gains` cannot tell and why; `prior` says how
    viewers' priors are predicted, whatever was chosen here.
    """

    choice: Choice
    origin: str | None
    reports: int
    epsilons: tuple[float, ...]
    scales: Scales
    hosts: tuple[HostQuality, ...]
    uses: tuple[HostUse, ...]
    days: tuple[Day, ...]
    periods: tuple[Span, ...]
    turns: tuple[Span, ...]
    gains: tuple[Comparison, ...]
    not_compared: Mapping[Question, str]
    alarms: tuple[Alarm, ...]
    prior: tuple[Way, ...]


def quality_report(
    counted: Iterable[Counted], choice: Choice, ways: Sequence[Way], origin: str | None
) -> QualityReport:
    """Compute the report of the chosen reports."""
    chosen = choice.among(counted)
    by_day = chosen.by("day", "host", "epsilon", "question", "answer")
    found = alarms(chosen)
    days = chosen.days
    turned = sorted({alarm.day for alarm in found if alarm.worse})
    return QualityReport(
        choice=choice,
        origin=origin,
        reports=chosen.total,
        epsilons=chosen.epsilons,
        scales=Scales(TTFB_EDGES_S, RATE_EDGES_BPS),
        hosts=host_qualities(by_day),
        uses=host_uses(chosen.by("host", "zone", "connection")),
        days=tuple(Day(day, host_qualities(by_day.between(day, day))) for day in days),
        periods=tuple(_span(by_day, since, until) for since, until in periods(days)),
        turns=tuple(_span(by_day, day, days[-1]) for day in turned),
        gains=tuple(compare(chosen, question) for question in COMPARED),
        not_compared=NOT_COMPARED,
        alarms=found,
        prior=tuple(ways),
    )


def _span(counted: Counts, since: str, until: str) -> Span:
    return Span(since, until, host_qualities(counted.between(since, until)))


def periods(days: Sequence[str]) -> list[tuple[str, str]]:
    """Return the first and the last day of at most five periods of equal length.

    Shorter periods would show more noise than trend. `days` are those with reports, in order.

    >>> periods(["2026-05-01", "2026-05-02", "2026-05-09"])
    [('2026-05-01', '2026-05-01'), ('2026-05-02', '2026-05-02'), ('2026-05-09', '2026-05-09')]
    >>> periods([f"2026-05-{day:02}" for day in range(1, 13)])[2:]
    [('2026-05-07', '2026-05-09'), ('2026-05-10', '2026-05-12')]
    """
    if len(days) <= PERIODS:
        return [(day, day) for day in days]
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    length = timedelta(days=ceil(((last - first).days + 1) / PERIODS))
    starts = takewhile(lambda start: start <= last, (first + n * length for n in range(PERIODS)))
    day = timedelta(days=1)
    return [(each.isoformat(), min(each + length - day, last).isoformat()) for each in starts]


COLUMNS = ("share", "ttfb_p50", "ttfb_p95", "rate_p50", "rate_p5", "error_rate", "missing_rate")


def as_csv(report: QualityReport) -> str:
    """Write one line for each day and host; a figure has a value, a low and a high end.

    A figure for which there are not enough reports yet is left empty.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    ends = [f"{name}{end}" for name in COLUMNS for end in ("", "_low", "_high")]
    table.writerow(["day", "host", "reports", *ends])
    for day in report.days:
        for host in day.hosts:
            figures = [end for name in COLUMNS for end in _ends(getattr(host, name))]
            table.writerow([day.day, host.host, host.reports, *figures])
    return out.getvalue()


def _ends(figure: Figure) -> Sequence[float | str]:
    return figure[:3] if isinstance(figure, Estimate) else ("", "", "")


# Errors are not among them: a day counts when any fetch failed, so hosts do not compare by it.
HEAD = ("host", "reports", "share", "TTFB p50, s", "p95, s", "rate p50, Mbit/s", "lacks")


def as_text(report: QualityReport) -> str:
    """Write the report for a terminal."""
    return "\n".join(_lines(report))


def _lines(report: QualityReport) -> Iterator[str]:
    # The days asked for may reach into tomorrow, which a clock that is ahead has reached.
    days = [day.day for day in report.days] or [report.choice.since, report.choice.until]
    yield f"{report.reports} reports from {days[0]} to {days[-1]}"
    rows = [HEAD, *map(_row, report.hosts)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for gain in report.gains:
        change = figure_text(gain.change, 100, " %")
        yield f"{gain.question} with Mirrorwise: {change} ({gain.verdict})"
    for question, why in report.not_compared.items():
        yield f"{question} with Mirrorwise: not compared, because {why}"
    for alarm in report.alarms:
        became = "worse" if alarm.worse else "better"
        yield f"since {alarm.day} the {alarm.question} of {alarm.host} is {became}"


def _row(host: HostQuality) -> tuple[str, ...]:
    return (
        host.host,
        str(host.reports),
        figure_text(host.share, 100, " %"),
        figure_text(host.ttfb_p50),
        figure_text(host.ttfb_p95),
        figure_text(host.rate_p50, 1e-6),
        figure_text(host.missing_rate, 100, " %"),
    )


def figure_text(figure: Figure, times: float = 1.0, unit: str = "") -> str:
    """Return a figure with its interval as text.

    >>> figure_text(Estimate(0.148, 0.1, 0.2, 1000))
    '0.148 (0.1–0.2)'
    """
    if not isinstance(figure, Estimate):
        return f"not enough reports yet ({figure.answers} of {figure.needed})"
    value, low, high = (times * each for each in figure[:3])
    return f"{value:.3g}{unit} ({low:.3g}–{high:.3g})"
