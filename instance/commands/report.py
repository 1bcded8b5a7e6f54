"""`mirrorwise report`: the operator's report in a terminal."""

import argparse
from collections.abc import Callable, Mapping

import orjson

from ..clock import Clock
from ..hosts.prior.fleet import fleet_prior
from ..hosts.report import QualityReport, as_csv, as_text, quality_report
from ..hosts.report_store import ReportStore
from ..journal import Journal
from ..keys import keys
from ..settings import Settings, SettingsError
from ..web.endpoints.operator import VIEW, chosen
from ..web.errors import RequestError
from ..web.json_schema import to_json
from ..web.messages import checked
from ..web.server import address
from .storage import refuse_missing, with_journal

FORMATS: Mapping[str, Callable[[QualityReport], str]] = {
    "text": as_text,
    "csv": as_csv,
    "json": lambda report: orjson.dumps(to_json(report), option=orjson.OPT_INDENT_2).decode(),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the link, the format, and the same choice of reports as the report's page."""
    parser.add_argument(
        "--open", action="store_true", help="print a link that opens the page, with the admin token"
    )
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--since", metavar="DAY", help="first day, such as 2026-05-14")
    parser.add_argument("--until", metavar="DAY", help="last day")
    parser.add_argument("--connection", help="unknown, wired, wifi or cellular")
    parser.add_argument("--zone", help="band of three hours of time zone; 4 is UTC to UTC+2:59")


def run(settings: Settings, options: argparse.Namespace, clock: Clock) -> int:
    """Print the report, or the link to its page."""
    if options.open:
        if not settings.admin_token:
            refuse_missing(settings)
        url = settings.public_url or address(settings.host, settings.port)
        # After the #, which browsers do not send: no server or proxy logs it.
        print(f"{url}/report/#token={keys(settings).admin_token}")
        return 0
    names = ("since", "until", "connection", "zone")
    asked = {name: getattr(options, name) for name in names if getattr(options, name) is not None}

    try:
        choice = chosen(clock.today(), checked(asked, VIEW))
    except RequestError as error:
        raise SettingsError(f"--{error.field}: {error.reason}") from None

    async def show(journal: Journal) -> int:
        store = ReportStore(journal, settings.retention_days, clock)
        ways = fleet_prior((await store.recent()).counted).choices
        counted, _ = await store.between(choice.since, choice.until)
        report = quality_report(counted, choice, ways, settings.peertube_url)
        print(FORMATS[options.format](report))
        return 0

    return with_journal(settings, show)
