"""`mirrorwise simulate`: a fresh instance with a month of viewers, to look at the page at once."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from selector.bandit import FieldError
from selector.bandit.checks import host as checked_host

from ..hosts.report_store import entry
from ..hosts.simulation import DAYS, PATHS, month
from ..journal import REPORTS, Journal
from ..settings import Settings, SettingsError
from .storage import Progress, with_journal

BATCH = 200
DAY_S = 86_400.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take how many viewers, which, and of what hosts."""
    parser.add_argument("--viewers", type=int, default=3000, metavar="N", help="3000 by default")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other dice")
    parser.add_argument(
        "--hosts",
        type=lambda names: names.split(","),
        default=[*PATHS],
        metavar="ORIGIN,NEAR,WEST,SLOW,FADING",
        help="other names for the five hosts",
    )


def run(settings: Settings, said: argparse.Namespace) -> int:
    """Simulate, unless there are real reports."""
    if said.viewers < 1:
        raise SettingsError("--viewers must be at least 1")
    names = dict(zip(PATHS, _hosts(said.hosts), strict=True))

    async def simulate(journal: Journal) -> int:
        if (await journal.aggregate(REPORTS)).counts or await journal.read(limit=1):
            raise SettingsError(
                f"{settings.database_url} holds reports already, and invented ones must not mix "
                "with them: set MIRRORWISE_STATE_DIR to a new folder"
            )
        stored = await fill(journal, said.viewers, said.seed, names)
        print(
            f"{stored} reports of {said.viewers} invented viewers on {len(PATHS)} hosts in {DAYS} "
            "days.\nLook at them with `mirrorwise report`, or `mirrorwise serve` and /report/."
        )
        return 0

    return with_journal(settings, simulate)


def _hosts(names: Sequence[str]) -> list[str]:
    try:
        hosts = [checked_host(name, "--hosts") for name in names]
    except FieldError as error:
        raise SettingsError(str(error)) from None
    if len(set(hosts)) != len(PATHS):
        raise SettingsError(f"--hosts must name {len(PATHS)} hosts, with commas")
    return hosts


async def fill(
    journal: Journal, viewers: int, seed: int, names: Mapping[str, str] | None = None
) -> int:
    """Append and fold a month of reports, in batches as the plugin sends them; return how many.

    The month ends yesterday, for today is not over. `names` gives hosts other names.
    """
    progress, stored, names = Progress("reports"), 0, names or {}
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    for midnight_s, reports in month(viewers, seed, yesterday):
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
