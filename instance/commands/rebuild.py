"""`mirrorwise rebuild`: recount the reports, fold the model again, compare, and correct."""

import argparse

from ..clock import Clock
from ..journal import REPORTS, Journal
from ..optional import lacks_for_recommendations
from ..recommendations.forgetting import rebuild as rebuild_model
from ..settings import Settings
from .storage import Progress, with_journal


def arguments(_: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def run(settings: Settings, _: argparse.Namespace, __: Clock) -> int:
    """Rebuild counts and model; return 1 when something had to be corrected."""

    async def both(journal: Journal) -> int:
        return max(await rebuild(journal), await refold(journal))

    return with_journal(settings, both)


async def refold(journal: Journal) -> int:
    """Compare the stored model with one folded from the journal, and correct it."""
    if lacking := lacks_for_recommendations():
        print(f"The model was not looked at: {lacking}.")
        return 0
    progress = Progress("batches folded again")
    rebuilt = await rebuild_model(journal, progress)
    progress.end()
    print(f"model      {rebuilt.stored or 'cannot be read'}")
    print(f"folded     {rebuilt.folded}")
    if rebuilt.intact:
        print("The model is right.")
        return 0
    if not rebuilt.weights:
        print("Its weights differ from those that its events teach.")
    lost = "" if rebuilt.base else "; what retention had deleted before is lost to it"
    print(f"The model was wrong and has been corrected{lost}.")
    return 1


async def rebuild(journal: Journal) -> int:
    """Compare the stored counts with those of the journal, and correct them."""
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
