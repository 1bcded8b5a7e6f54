"""The application of one worker: it puts the parts of the service together."""

from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.typedefs import Handler as AnyHandler

from ..clock import Clock
from ..federation.federation import Federation
from ..hosts.report_store import ReportStore
from ..journal import Journal
from ..keys import Keys
from ..optional import lacks_for_recommendations
from ..recommendations.recommender import Recommender
from ..recommendations.replica import NoModel
from ..settings import Settings
from ..steady_time import SteadyTime
from .auth import Guard
from .background_tasks import BackgroundTasks
from .bodies import Bodies
from .counters import Counters
from .endpoint import Endpoint, Handler, endpoints, handlers
from .endpoints.catalogue import Catalogue
from .endpoints.events import WatchEvents
from .endpoints.federation import FederationApi
from .endpoints.health import HealthCheck
from .endpoints.metrics import Metrics
from .endpoints.openapi import Description
from .endpoints.operator import OperatorReport
from .endpoints.pages import serve_pages
from .endpoints.priors import FleetPriors
from .endpoints.recommendations import Recommendations
from .endpoints.reports import ReportIntake
from .errors import RequestError, as_json

PARTS = (
    ReportIntake,
    FleetPriors,
    OperatorReport,
    Metrics,
    HealthCheck,
    Description,
    WatchEvents,
    Catalogue,
    Recommendations,
    FederationApi,
)
"""Every class that declares endpoints, in the order of `/openapi.json`."""

ENDPOINTS = tuple(each for part in PARTS for each in endpoints(part))
OTHER = "other"
PATHS = (*dict.fromkeys(each.path for each in ENDPOINTS), OTHER)
"""What `/metrics` counts answers by."""


class Service:
    """All parts of one worker."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        journal: Journal,
        counters: Counters,
        clock: Clock,
    ) -> None:
        self.settings = settings
        self.journal = journal
        steady_time = SteadyTime(journal, clock)
        recommending = settings
        if lacks_for_recommendations():  # nothing is crawled or folded in vain
            recommending = settings.model_copy(update={"peertube_url": None})
        self.recommender = Recommender(recommending, journal, clock, steady_time)
        self.federation = Federation(recommending, self.recommender, journal, clock, steady_time)
        self._counters = counters
        self._guard = Guard(settings, keys)
        bodies = Bodies(settings)
        store = ReportStore(journal, settings.retention_days, clock)
        intake = ReportIntake(settings, journal, bodies, counters, clock)
        priors = FleetPriors(store, settings.terms)
        report = OperatorReport(store, priors, settings, clock)
        health = HealthCheck(journal)
        parts = (
            intake,
            priors,
            report,
            Metrics(counters, health, store),
            health,
            Description(ENDPOINTS),
            WatchEvents(settings, self.recommender, bodies, clock),
            Catalogue(self.recommender, bodies),
            Recommendations(self.recommender, bodies, clock),
            FederationApi(self.federation, bodies, clock),
        )
        self._handlers = [each for part in parts for each in handlers(part)]
        self._background_tasks = BackgroundTasks(
            journal, store, priors, intake, report, settings.retention_days, steady_time
        )

    @property
    def endpoints(self) -> list[Endpoint]:
        """Return the endpoints that this worker answers at."""
        return [endpoint for endpoint, _ in self._handlers]

    def app(self) -> web.Application:
        """Return the application that answers at the endpoints."""
        app = web.Application(
            middlewares=[self._count, as_json, self._guard.limit_rate],
            client_max_size=self.settings.max_body_bytes,
        )
        for endpoint, handler in self._handlers:
            app.router.add_route(endpoint.method, endpoint.path, self._guarded(endpoint, handler))
        serve_pages(app, self.settings.report_dir)
        app.cleanup_ctx.append(self._background)
        return app

    def _guarded(self, endpoint: Endpoint, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if endpoint.who == "plugin":
                self._guard.plugin(request)
            if endpoint.who == "admin":
                await self._guard.admin(request)
            try:
                return await handler(request)
            except NoModel as error:
                raise RequestError(503, "recommendations", f"{error}") from None

        return answer

    @web.middleware
    async def _count(self, request: web.Request, handler: AnyHandler) -> web.StreamResponse:
        response = await handler(request)
        path = request.path if request.path in PATHS else OTHER
        self._counters.answered(path, response.status)
        return response

    async def _background(self, _: web.Application) -> AsyncIterator[None]:
        async with (
            self._background_tasks.running(),
            self.recommender.running(),
            self.federation.running(),
        ):
            yield
