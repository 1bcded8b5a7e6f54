"""`mirrorwise simulate`: fill a fresh instance with a month of invented reports."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from selector.bandit import FieldError
from selector.bandit.checks import host as checked_host
from selector.telemetry.day import checked_day

from ..clock import DAY_S, Clock
from ..hosts.report_store import entry
from ..hosts.simulation import DAYS, PATHS, month
from ..journal import REPORTS, Journal
from ..settings import Settings, SettingsError
from .storage import Progress, with_journal

BATCH = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the number of viewers, the seed, the hosts' names and the last day."""
    parser.add_argument("--viewers", type=int, default=3000, metavar="N", help="3000 by default")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other dice")
    parser.add_argument(
        "--hosts",
        type=lambda names: names.split(","),
        default=[*PATHS],
        metavar="ORIGIN,NEAR,WEST,SLOW,FADING",
        help="other names for the five hosts",
    )
    parser.add_argument(
        "--until", metavar="DAY", help="last day of the month, in UTC; yesterday by default"
    )


def run(settings: Settings, options: argparse.Namespace, clock: Clock) -> int:
    """Simulate; refuse when the database holds reports already."""
    if options.viewers < 1:
        raise SettingsError("--viewers must be at least 1")
    names = dict(zip(PATHS, _hosts(options.hosts), strict=True))
    # Yesterday, for today is not over.
    until = clock.today() - timedelta(days=1) if options.until is None else _day(options.until)

    async def simulate(journal: Journal) -> int:
        if (await journal.aggregate(REPORTS)).counts or await journal.read(limit=1):
            raise SettingsError(
                f"{settings.database_url} holds reports already, and invented ones must not mix "
                "with them: set MIRRORWISE_STATE_DIR to a new folder"
            )
        stored = await fill(journal, options.viewers, options.seed, until, names)
        print(
            f"{stored} reports of {options.viewers} invented viewers on {len(PATHS)} hosts "
            f"in {DAYS} days.\n"
            "Look at them with `mirrorwise report`, or `mirrorwise serve` and /report/."
        )
        return 0

    return with_journal(settings, simulate, begins=True)


def _hosts(names: Sequence[str]) -> list[str]:
    try:
        hosts = [checked_host(name, "--hosts") for name in names]
    except FieldError as error:
        raise SettingsError(str(error)) from None
    if len(set(hosts)) != len(PATHS):
        raise SettingsError(f"--hosts must name {len(PATHS)} hosts, with commas")
    return hosts


def _day(written: str) -> date:
    try:
        return date.fromisoformat(checked_day(written, "--until"))
    except FieldError:
        raise SettingsError(f"--until {written}: write a day such as 2026-05-14") from None


async def fill(
    journal: Journal, viewers: int, seed: int, until: date, names: Mapping[str, str] | None = None
) -> int:
    """Append and fold a month of reports, in batches as the plugin sends them; return how many.

    The month ends on `until`. `names` gives hosts other names.
    """
    progress, stored, names = Progress("reports"), 0, names or {}
    for midnight_s, reports in month(viewers, seed, until):
        day = range(0, len(reports), BATCH)
        await journal.append(
            [
                entry(
                    f"simulated-{midnight_s:.0f}-{start}",
                    [
                        report._replace(host=names.get(report.host, report.host)).to_json()
                        for report in reports[start : start + BATCH]
                    ],
                    midnight_s + DAY_S,
                )
                for start in day
            ]
        )
        while await journal.fold(REPORTS):
            pass
        progress(stored := stored + len(reports))
    progress.end()
    return stored
