"""`mirrorwise simulate`: a fresh instance with a month of viewers, to look at the page at once."""

import argparse
from datetime import UTC, datetime

from ..journal import REPORTS, Journal
from ..ledger import entry
from ..settings import Settings, SettingsError
from ..simulation import DAYS, PATHS, month
from .storage import Progress, with_journal

BATCH = 200
DAY_S = 86_400.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take how many viewers, and which."""
    parser.add_argument("--viewers", type=int, default=3000, metavar="N", help="3000 by default")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other dice")


def run(settings: Settings, said: argparse.Namespace) -> int:
    """Simulate, unless there are real reports."""
    if said.viewers < 1:
        raise SettingsError("--viewers must be at least 1")

    async def simulate(journal: Journal) -> int:
        if (await journal.aggregate(REPORTS)).counts or await journal.read(limit=1):
            raise SettingsError(
                f"{settings.database_url} holds reports already, and invented ones must not mix "
                "with them: set MIRRORWISE_STATE_DIR to a new folder"
            )
        stored = await fill(journal, said.viewers, said.seed)
        print(
            f"{stored} reports of {said.viewers} invented viewers on {len(PATHS)} hosts in {DAYS} "
            "days.\nLook at them with `mirrorwise report`, or `mirrorwise serve` and /report/."
        )
        return 0

    return with_journal(settings, simulate)


async def fill(journal: Journal, viewers: int, seed: int) -> int:
    """Append and fold a month of reports, in batches as the plugin sends them; return how many."""
    progress, stored = Progress("reports"), 0
    for midnight_s, reports in month(viewers, seed, datetime.now(UTC).date()):
        day = range(0, len(reports), BATCH)
        await journal.append(
            [
                entry(
                    f"simulated-{midnight_s:.0f}-{start}",
                    [report.to_json() for report in reports[start : start + BATCH]],
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
