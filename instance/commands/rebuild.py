"""`mirrorwise rebuild`: recount the reports and compare with what was counted."""

import argparse

from ..journal import REPORTS, Journal
from ..settings import Settings
from .storage import Progress, with_journal


def arguments(_: argparse.ArgumentParser) -> None:
    """Take nothing."""


def run(settings: Settings, _: argparse.Namespace) -> int:
    """Recount; return 1 when the counts had to be corrected."""
    return with_journal(settings, rebuild)


async def rebuild(journal: Journal) -> int:
    """Say whether the stored counts are those of the journal, and correct them if not."""
    progress = Progress("batches recounted")
    recount = await journal.rebuild(REPORTS, progress)
    progress.end()
    print(f"stored     {recount.stored.digest}")
    print(f"recounted  {recount.recounted.digest}")
    if recount.intact:
        print(f"The counts are right: {sum(recount.stored.counts.values())} reports.")
        return 0
    print(f"{len(recount.difference())} counts were wrong and have been corrected.")
    return 1
