"""`mirrorwise forget`: erase reports, viewers, videos and sources, and verify receipts."""

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson

from selector.bandit import FieldError
from selector.bandit.checks import host as checked_host
from selector.telemetry.day import checked_day

from ..clock import Clock
from ..hosts.report_store import report_matcher
from ..journal import REPORTS, Journal, StillReadable
from ..peertube_json import UUID
from ..recommendations.forgetting import Receipt, forget, is_ours
from ..recommendations.journal_records import Subject
from ..recommendations.pseudonyms import TOKEN, pseudonyms
from ..recommendations.replica import NoModel
from ..settings import Settings, SettingsError
from ..web.json_schema import to_json
from .storage import Progress, refuse_missing, with_journal

TOLD = """
--before deletes raw reports, and what was counted of them stays in the counts. --host and
--day delete the reports that name that host, that day, or both, and take them out of the
counts as well. A host that viewers still use is reported again; MIRRORWISE_HOSTS keeps it out.

viewer TOKEN (the viewer's panel shows it), video UUID and source ORIGIN take all watch events of
theirs out of the recommender, which is folded again from the rest, and print a signed receipt.
--verify FILE says whether a receipt is ours. A video that is still public and watched is counted
again.

Reports are anonymous: none can be found by its viewer, so nobody's reports can be deleted
singly. Copies in your backups, and in PostgreSQL's log until it is reused, are yours to delete."""

FORMS = {"viewer": TOKEN, "video": UUID, "source": r"^https?://[^\s/]+$"}
# Each waits for some seconds.
WIPE_TRIES = 30
ADVICE = {
    "viewer": "the viewer's token, 22 to 64 letters, digits, _ or -",
    "video": "the video's UUID, in lower case",
    "source": "an origin such as https://sister.example",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to forget, or which receipt to verify."""
    parser.epilog = f"{parser.epilog}\n{TOLD}"
    parser.add_argument("--before", metavar="DAY", help="raw reports accepted before, in UTC")
    parser.add_argument("--host", help="reports of this host, such as https://mirror.example")
    parser.add_argument("--day", help="reports of this day, such as 2026-05-14")
    parser.add_argument("what", nargs="?", choices=FORMS, help="what the recommender forgets")
    parser.add_argument("name", nargs="?", help="the viewer's token, the UUID, or the origin")
    parser.add_argument(
        "--verify", type=Path, metavar="FILE", help="look whether a receipt is ours"
    )


def run(settings: Settings, options: argparse.Namespace, clock: Clock) -> int:
    """Delete reports by age, host or day; forget a subject; or verify a receipt."""
    if options.verify:
        return _verify(settings, options.verify)
    if options.what:
        return _forget_subject(settings, clock, options.what, options.name)
    if (options.before is None) == (options.host is None and options.day is None):
        raise SettingsError(
            "write either --before DAY, or --host HOST, --day DAY or both, or what and its name"
        )
    if options.before is not None:
        midnight = datetime.fromisoformat(_day("--before", options.before)).replace(tzinfo=UTC)
        return with_journal(settings, lambda journal: _forget(journal, midnight.timestamp()))
    host = None if options.host is None else _host(options.host)
    day = None if options.day is None else _day("--day", options.day)
    return with_journal(settings, lambda journal: _erase(journal, host, day))


async def _forget(journal: Journal, before: float) -> int:
    await _refuse_empty(journal)
    progress = Progress("batches deleted")
    deleted = await journal.forget(before, progress)
    progress.end()
    print(f"{deleted} batches of raw reports deleted.")
    return 0


async def _erase(journal: Journal, host: str | None, day: str | None) -> int:
    await _refuse_empty(journal)
    progress = Progress("batches looked at")
    erased = await journal.erase(REPORTS, report_matcher(host, day), progress)
    progress.end()
    print(f"{erased} reports deleted, and taken out of the counts.")
    return 0


async def _refuse_empty(journal: Journal) -> None:
    """Refuse where there is nothing to delete: who must delete means another folder."""
    # What was counted once leaves its position behind, also when all of it has been erased since.
    # No key is below the empty one, so that only the position is read.
    counted = await journal.aggregate(REPORTS, above="")
    if not (counted.position or await journal.read(limit=1)):
        raise SettingsError(
            "nothing was deleted: no report has ever come here. If the service keeps its state "
            "elsewhere, name that folder by MIRRORWISE_STATE_DIR"
        )


def _forget_subject(settings: Settings, clock: Clock, what: str, name: str | None) -> int:
    """Erase a viewer, video or source from the recommender, and print the receipt."""
    if not name or not re.fullmatch(FORMS[what], name):
        raise SettingsError(f"forget {what}: write {ADVICE[what]}")
    refuse_missing(settings)
    names = pseudonyms(settings)
    subject = Subject(what, names.of(name) if what == "viewer" else name)  # type: ignore[arg-type]

    async def work(journal: Journal) -> int:
        progress = Progress("batches looked at")
        try:
            receipt = await forget(journal, subject, names, clock, progress)
        except NoModel as error:
            raise SettingsError(f"{error}") from None
        progress.end()
        await _wipe(journal)
        print(orjson.dumps(to_json(receipt), option=orjson.OPT_INDENT_2).decode())
        return 0

    return with_journal(settings, work)


async def _wipe(journal: Journal) -> None:
    """Make deleted data unreadable; wait for other readers, and say what is waited for."""
    for _ in range(WIPE_TRIES - 1):
        try:
            await journal.wipe(everything=True)
        except StillReadable as error:
            print(f"{error}; waiting for it …", file=sys.stderr)
        else:
            return
    await journal.wipe(everything=True)


def _verify(settings: Settings, file: Path) -> int:
    """Verify a receipt; return 1 unless this instance signed it."""
    refuse_missing(settings)
    try:
        receipt = Receipt(**orjson.loads(file.read_bytes()))
        ours = is_ours(receipt, pseudonyms(settings))
    except (OSError, orjson.JSONDecodeError, TypeError, AttributeError) as error:
        raise SettingsError(f"--verify {file}: is no receipt ({error})") from None
    print(
        "This instance gave that receipt." if ours else "This instance did not give that receipt."
    )
    return int(not ours)


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
