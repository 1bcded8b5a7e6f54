"""The operator's report as JSON and as CSV."""

import asyncio
from collections import OrderedDict
from typing import Annotated, Literal, NamedTuple, NotRequired

from aiohttp import web
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from selector.bandit.checks import FieldError
from selector.telemetry import CONNECTIONS
from selector.telemetry.day import checked_day

from ...hosts.redundancy import Shared, Sharing
from ...hosts.report import Choice, QualityReport, as_csv, quality_report
from ...hosts.report_store import Ledger
from ..endpoint import query
from ..errors import RequestError, json_response
from ..json_schema import plain, shape
from ..messages import DAY
from .priors import Fleet

# Some ten views of one operator, before a newer report replaces them.
MOST_VIEWS = 16


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


class Mirrors(NamedTuple):
    """With whom every mirror that was reported lately is shared."""

    mirrors: tuple[Shared, ...]


REPORT: TypeAdapter[object] = TypeAdapter(shape(QualityReport))
MIRRORS: TypeAdapter[object] = TypeAdapter(shape(Mirrors))


class Operator:
    """Answers with reports; each is computed once for as long as no new reports are counted."""

    def __init__(self, ledger: Ledger, fleet: Fleet, origin: str | None) -> None:
        self._ledger = ledger
        self._fleet = fleet
        self._origin = origin
        self._sharing = Sharing(origin)
        self._computing = asyncio.Lock()
        self._views: OrderedDict[tuple[Choice, int], QualityReport] = OrderedDict()

    async def json(self, request: web.Request) -> web.Response:
        """Answer with everything."""
        return json_response(plain(await self._report(request)))

    async def csv(self, request: web.Request) -> web.Response:
        """Answer with a table of days and hosts."""
        headers = {"Content-Disposition": 'attachment; filename="mirrorwise.csv"'}
        text = as_csv(await self._report(request))
        return web.Response(text=text, content_type="text/csv", headers=headers)

    async def mirrors(self, _: web.Request) -> web.Response:
        """Answer with what the mirrors themselves say of whom else they copy."""
        counted = (await self._ledger.recent()).counted
        mirrors = sorted({report.host for report, _ in counted} - {self._origin})
        return json_response(plain(Mirrors(tuple(await self._sharing.of(mirrors)))))

    async def _report(self, request: web.Request) -> QualityReport:
        choice = Choice.of(**query(request, VIEW))
        if choice.since > choice.until:
            raise RequestError(400, "since", f"must not be after {choice.until}")
        counted, version = await self._ledger.between(choice.since, choice.until)
        async with self._computing:
            view = choice, version
            if view not in self._views:
                ways = (await self._fleet.learned()).choices
                self._views[view] = await asyncio.to_thread(
                    quality_report, counted, choice, ways, self._origin
                )
            self._views.move_to_end(view)
            if len(self._views) > MOST_VIEWS:
                self._views.popitem(last=False)
            return self._views[view]
