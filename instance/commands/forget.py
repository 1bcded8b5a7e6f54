"""`mirrorwise forget`: delete raw reports for real."""

import argparse
from datetime import UTC, datetime

from ..journal import Journal
from ..settings import Settings, SettingsError
from .storage import with_journal

TOLD = """
Reports are anonymous: none can be found by its viewer, so nobody's reports can be deleted
singly. What is deleted is overwritten; what was counted of it stays in the counts. Copies in
your backups are yours to delete."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take the day before which to forget."""
    parser.epilog = f"{parser.epilog}\n{TOLD}"
    parser.add_argument("--before", metavar="DAY", required=True, help="such as 2026-05-14, in UTC")


def run(settings: Settings, said: argparse.Namespace) -> int:
    """Delete what was accepted before that day."""
    try:
        before = datetime.fromisoformat(said.before).replace(tzinfo=UTC)
    except ValueError:
        raise SettingsError(f"--before {said.before}: write a day such as 2026-05-14") from None

    async def forget(journal: Journal) -> int:
        deleted = await journal.forget(before.timestamp())
        print(f"{deleted} batches of raw reports deleted.")
        return 0

    return with_journal(settings, forget)
