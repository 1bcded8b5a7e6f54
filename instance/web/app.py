"""The application of one worker: endpoints, their guards, and what runs beside them."""

from collections.abc import AsyncIterator
from time import monotonic

from aiohttp import web
from aiohttp.typedefs import Handler as AnyHandler

from ..journal import Journal
from ..keys import Keys
from ..ledger import Ledger
from ..settings import Settings
from .auth import Guard
from .counters import Counters
from .duties import Duties
from .endpoints import Endpoint, Handler
from .errors import as_json, json_response
from .health import Checkup
from .messages import ACCEPTED, ANYTHING, BATCH, HEALTH
from .metrics import MEDIA, metrics
from .openapi import document
from .operator import REPORT, VIEW, Operator
from .page import serve_page
from .priors import ASKED, PRIORS, Fleet
from .reports import Reports

PATHS = (
    "/api/v1/reports",
    "/api/v1/priors",
    "/report.json",
    "/report.csv",
    "/metrics",
    "/health",
    "/openapi.json",
    "other",
)


class Service:
    """All parts of one worker."""

    def __init__(
        self, settings: Settings, keys: Keys, journal: Journal, counters: Counters
    ) -> None:
        self.settings = settings
        self.journal = journal
        self._ledger = Ledger(journal)
        self._counters = counters
        self._guard = Guard(settings, keys)
        self._reports = Reports(settings, journal)
        self._checkup = Checkup(journal)
        self._fleet = Fleet(self._ledger, settings.retention_days, settings.terms)
        self._operator = Operator(self._ledger, self._fleet, settings.peertube_url)
        self._duties = Duties(
            journal, self._ledger, self._fleet, self._reports, settings.retention_days
        )
        self.endpoints = self._endpoints()
        self._openapi = document(self.endpoints)

    def app(self) -> web.Application:
        """Return the application that answers at the endpoints."""
        app = web.Application(
            middlewares=[self._count, as_json, self._guard.spare],
            client_max_size=self._reports.most_bytes,
        )
        for endpoint in self.endpoints:
            app.router.add_route(endpoint.method, endpoint.path, self._guarded(endpoint))
        serve_page(app, self.settings.report_dir)
        app.cleanup_ctx.append(self._background)
        return app

    def _endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint(
                "/api/v1/reports",
                "Store a batch of noised reports; it is durable when this is answered.",
                self._take,
                ACCEPTED,
                method="POST",
                who="plugin",
                body=BATCH,
                down=True,
            ),
            Endpoint(
                "/api/v1/priors",
                "Say what the fleet knows of some hosts, for viewers in one context.",
                self._fleet.answer,
                PRIORS,
                query=ASKED,
                down=True,
            ),
            Endpoint(
                "/report.json",
                "Say how well each host serves, with honest intervals.",
                self._operator.json,
                REPORT,
                who="admin",
                query=VIEW,
                down=True,
            ),
            Endpoint(
                "/report.csv",
                "Say the same as a table of days and hosts.",
                self._operator.csv,
                "text/csv",
                who="admin",
                query=VIEW,
                down=True,
            ),
            Endpoint(
                "/metrics",
                "Count requests and reports, for Prometheus.",
                self._metrics,
                "text/plain",
                who="admin",
            ),
            Endpoint(
                "/health",
                "Say whether the service can do its work.",
                self._checkup.answer,
                HEALTH,
                down=True,
            ),
            Endpoint("/openapi.json", "Describe all of this.", self._describe, ANYTHING),
        )

    def _guarded(self, endpoint: Endpoint) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if endpoint.who == "plugin":
                self._guard.plugin(request)
            if endpoint.who == "admin":
                await self._guard.admin(request)
            return await endpoint.handler(request)

        return answer

    @web.middleware
    async def _count(self, request: web.Request, handler: AnyHandler) -> web.StreamResponse:
        response = await handler(request)
        path = request.path if request.path in PATHS else "other"
        self._counters.answered(path, response.status)
        return response

    async def _background(self, _: web.Application) -> AsyncIterator[None]:
        async with self._duties.done():
            yield

    async def _take(self, request: web.Request) -> web.Response:
        began_s = monotonic()
        accepted = await self._reports.take(request)
        self._counters.stored(monotonic() - began_s)
        return json_response(accepted)

    async def _metrics(self, _: web.Request) -> web.Response:
        health = await self._checkup.look()
        counted = await self._ledger.counted() if health["status"] == "ok" else ()
        return web.Response(
            text=metrics(self._counters, health, counted), headers={"Content-Type": MEDIA}
        )

    async def _describe(self, _: web.Request) -> web.Response:
        return json_response(self._openapi)
