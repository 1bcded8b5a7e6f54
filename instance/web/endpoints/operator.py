"""The operator's report as JSON and as CSV, and with whom each mirror is shared."""

import asyncio
from collections import OrderedDict
from datetime import date
from typing import Annotated, Literal, NamedTuple, NotRequired

from aiohttp import web
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from selector.bandit.checks import FieldError
from selector.telemetry import CONNECTIONS
from selector.telemetry.day import checked_day

from ...clock import Clock
from ...hosts.redundancy import Redundancy, Shared
from ...hosts.report import Choice, QualityReport, as_csv, quality_report
from ...hosts.report_store import ReportStore
from ...settings import Settings
from ..endpoint import endpoint, query
from ..errors import RequestError, json_response
from ..json_schema import json_type, to_json
from ..messages import DAY
from .priors import FleetPriors

# Some ten views of one operator, before a newer report replaces them.
MOST_VIEWS = 16
# What does not change of past days is then at hand (`drift._order`).
PREPARE_S = 3600.0


def _in_calendar(day: str) -> str:
    try:
        return checked_day(day, "it")
    except FieldError:
        raise ValueError("must be a day such as 2026-05-14") from None


Day = Annotated[str, Field(pattern=DAY, json_schema_extra={"format": "date"})]
QueriedDay = Annotated[Day, AfterValidator(_in_calendar)]


@with_config(ConfigDict(extra="forbid"))
class View(TypedDict):
    """Which reports to look at; by default all of the last thirty days."""

    since: NotRequired[Annotated[QueriedDay, Field(description="First day, in UTC.")]]
    until: NotRequired[Annotated[QueriedDay, Field(description="Last day, in UTC.")]]
    connection: NotRequired[
        Annotated[Literal[CONNECTIONS], Field(description="Kind of connection.")]  # type: ignore[valid-type]
    ]
    zone: NotRequired[
        Annotated[int, Field(ge=0, le=7, description="Band of three hours of time zone.")]
    ]


VIEW: TypeAdapter[View] = TypeAdapter(View)


def chosen(today: date, view: View) -> Choice:
    """Return the choice that a valid view makes; days the wrong way round are refused."""
    choice = Choice.of(today, **view)
    if choice.since > choice.until:
        raise RequestError(400, "since", f"must not be after {choice.until}")
    return choice


class Mirrors(NamedTuple):
    """With whom every mirror that was reported lately is shared."""

    mirrors: tuple[Shared, ...]


REPORT: TypeAdapter[object] = TypeAdapter(json_type(QualityReport))
MIRRORS: TypeAdapter[object] = TypeAdapter(json_type(Mirrors))


class OperatorReport:
    """Answers with reports; each view is cached until new reports are counted."""

    def __init__(
        self, store: ReportStore, priors: FleetPriors, settings: Settings, clock: Clock
    ) -> None:
        self._store = store
        self._priors = priors
        self._origin = settings.peertube_url
        self._clock = clock
        self._redundancy = Redundancy(settings.peertube_url, settings.hosts or ())
        self._lock = asyncio.Lock()
        self._views: OrderedDict[tuple[Choice, int], QualityReport] = OrderedDict()

    @endpoint(
        "/report.json",
        "Say how well each host serves, with honest intervals.",
        REPORT,
        who="admin",
        query=VIEW,
        down=True,
    )
    async def json(self, request: web.Request) -> web.Response:
        """Answer with the whole report."""
        return json_response(to_json(await self._report(request)))

    @endpoint(
        "/report.csv",
        "Say the same as a table of days and hosts.",
        "text/csv",
        who="admin",
        query=VIEW,
        down=True,
    )
    async def csv(self, request: web.Request) -> web.Response:
        """Answer with a table of days and hosts."""
        headers = {"Content-Disposition": 'attachment; filename="mirrorwise.csv"'}
        text = as_csv(await self._report(request))
        return web.Response(text=text, content_type="text/csv", headers=headers)

    @endpoint(
        "/api/v1/operator/mirrors",
        "Say of which other instances the mirrors keep copies, as they say themselves.",
        MIRRORS,
        who="admin",
        down=True,
    )
    async def mirrors(self, _: web.Request) -> web.Response:
        """Answer with the other instances that each mirror says it copies."""
        counted = (await self._store.recent()).counted
        mirrors = [host for host in counted.hosts if host != self._origin]
        return json_response(to_json(Mirrors(tuple(await self._redundancy.of(mirrors)))))

    async def prepare(self) -> float:
        """Compute the default view, so that the first answer need not; return the pause in s."""
        await self._view(Choice.of(self._clock.today()))
        return PREPARE_S

    async def _report(self, request: web.Request) -> QualityReport:
        return await self._view(chosen(self._clock.today(), query(request, VIEW)))

    async def _view(self, choice: Choice) -> QualityReport:
        counted, version = await self._store.between(choice.since, choice.until)
        async with self._lock:
            view = choice, version
            if view not in self._views:
                ways = (await self._priors.learned()).choices
                self._views[view] = await asyncio.to_thread(
                    quality_report, counted, choice, ways, self._origin
                )
            self._views.move_to_end(view)
            if len(self._views) > MOST_VIEWS:
                self._views.popitem(last=False)
            return self._views[view]
