"""`mirrorwise report`: the operator's report in a terminal."""

import argparse
from collections.abc import Callable, Mapping

import orjson

from ..hosts.prior.fleet import fleet_prior
from ..hosts.report import Choice, QualityReport, as_csv, as_text, quality_report
from ..hosts.report_store import Ledger
from ..journal import Journal
from ..settings import Settings, SettingsError
from ..web.endpoints.operator import VIEW
from ..web.errors import RequestError
from ..web.json_schema import plain
from ..web.messages import checked
from .storage import with_journal

FORMATS: Mapping[str, Callable[[QualityReport], str]] = {
    "text": as_text,
    "csv": as_csv,
    "json": lambda report: orjson.dumps(plain(report), option=orjson.OPT_INDENT_2).decode(),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take a format and the choice of reports that the page offers too."""
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--since", metavar="DAY", help="first day, such as 2026-05-14")
    parser.add_argument("--until", metavar="DAY", help="last day")
    parser.add_argument("--connection", help="unknown, wired, wifi or cellular")
    parser.add_argument("--zone", help="band of three hours of time zone; 4 is UTC to UTC+2:59")


def run(settings: Settings, said: argparse.Namespace) -> int:
    """Print the report."""
    names = ("since", "until", "connection", "zone")
    asked = {name: getattr(said, name) for name in names if getattr(said, name) is not None}

    try:
        choice = Choice.of(**checked(asked, VIEW))
    except RequestError as error:
        raise SettingsError(f"--{error.field}: {error.reason}") from None

    async def show(journal: Journal) -> int:
        ledger = Ledger(journal, settings.retention_days)
        ways = fleet_prior((await ledger.recent()).counted).choices
        counted, _ = await ledger.between(choice.since, choice.until)
        report = quality_report(counted, choice, ways, settings.peertube_url)
        print(FORMATS[said.format](report))
        return 0

    return with_journal(settings, show)
