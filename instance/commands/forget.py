"""`mirrorwise forget`: delete reports for real."""

import argparse
from datetime import UTC, datetime

from selector.bandit import FieldError
from selector.bandit.checks import host as checked_host
from selector.telemetry.day import checked_day

from ..journal import REPORTS, Journal
from ..ledger import naming
from ..settings import Settings, SettingsError
from .storage import Progress, with_journal

TOLD = """
--before deletes raw reports, and what was counted of them stays in the counts. --host and
--day delete the reports that name that host, that day, or both, and take them out of the
counts as well. A host that viewers still use is reported again; MIRRORWISE_HOSTS keeps it out.

Reports are anonymous: none can be found by its viewer, so nobody's reports can be deleted
singly. Copies in your backups, and in PostgreSQL's log until it is reused, are yours to delete."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take what to forget."""
    parser.epilog = f"{parser.epilog}\n{TOLD}"
    parser.add_argument("--before", metavar="DAY", help="raw reports accepted before, in UTC")
    parser.add_argument("--host", help="reports of this host, such as https://mirror.example")
    parser.add_argument("--day", help="reports of this day, such as 2026-05-14")


def run(settings: Settings, said: argparse.Namespace) -> int:
    """Delete what was accepted before a day, or what names a host or a day."""
    if (said.before is None) == (said.host is None and said.day is None):
        raise SettingsError("write either --before DAY, or --host HOST, --day DAY or both")
    if said.before is not None:
        midnight = datetime.fromisoformat(_day("--before", said.before)).replace(tzinfo=UTC)
        return with_journal(settings, lambda journal: _forget(journal, midnight.timestamp()))
    host = None if said.host is None else _host(said.host)
    day = None if said.day is None else _day("--day", said.day)
    return with_journal(settings, lambda journal: _erase(journal, host, day))


async def _forget(journal: Journal, before: float) -> int:
    print(f"{await journal.forget(before)} batches of raw reports deleted.")
    return 0


async def _erase(journal: Journal, host: str | None, day: str | None) -> int:
    progress = Progress("batches looked at")
    erased = await journal.erase(REPORTS, naming(host, day), progress)
    progress.end()
    print(f"{erased} reports deleted, and taken out of the counts.")
    return 0


def _day(option: str, written: str) -> str:
    try:
        return checked_day(written, option)
    except FieldError:
        raise SettingsError(f"{option} {written}: write a day such as 2026-05-14") from None


def _host(written: str) -> str:
    try:
        return checked_host(written.rstrip("/"), "--host")
    except FieldError:
        raise SettingsError(
            f"--host {written}: write an origin such as https://mirror.example"
        ) from None
