"""The application of one worker: endpoints, their guards, and what runs beside them."""

from collections.abc import AsyncIterator
from time import monotonic

from aiohttp import web
from aiohttp.typedefs import Handler as AnyHandler

from ..hosts.report_store import Ledger
from ..journal import Journal
from ..keys import Keys
from ..recommendations.recommender import Recommender
from ..recommendations.replica import NoModel
from ..settings import Settings
from .auth import Guard
from .background_tasks import Duties
from .bodies import Bodies
from .counters import Counters
from .endpoint import Endpoint, Handler
from .endpoints.catalogue import DROPPED, FORGET_ME, LEFT, RECEIPT, Catalogue
from .endpoints.events import EVENTS, TAKEN, Watching
from .endpoints.health import Checkup
from .endpoints.metrics import MEDIA, metrics
from .endpoints.operator import MIRRORS, REPORT, VIEW, Operator
from .endpoints.pages import serve_pages
from .endpoints.priors import ASKED, PRIORS, Fleet
from .endpoints.recommendations import ASKED as ASKED_NEXT
from .endpoints.recommendations import (
    GRAPH,
    GRAPH_ASKED,
    LISTED,
    SAID,
    TABLE,
    Recommending,
)
from .endpoints.reports import Reports
from .errors import RequestError, as_json, json_response
from .messages import ACCEPTED, ANYTHING, BATCH, HEALTH
from .openapi import document

PATHS = (
    "/api/v1/reports",
    "/api/v1/priors",
    "/api/v1/events",
    "/api/v1/videos/gone",
    "/api/v1/forget",
    "/api/v1/recommendations/videos",
    "/api/v1/recommendations/neighbours",
    "/api/v1/operator/mirrors",
    "/api/v1/operator/recommendations",
    "/api/v1/operator/graph",
    "/api/v1/operator/ranking",
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
        self._ledger = Ledger(journal, settings.retention_days)
        self._counters = counters
        self._guard = Guard(settings, keys)
        bodies = Bodies(settings)
        self._reports = Reports(settings, journal, bodies)
        self._checkup = Checkup(journal)
        self._fleet = Fleet(self._ledger, settings.terms)
        self._operator = Operator(self._ledger, self._fleet, settings.peertube_url)
        self._duties = Duties(
            journal, self._ledger, self._fleet, self._reports, settings.retention_days
        )
        self.recommender = Recommender(settings, journal)
        self._watching = Watching(settings, self.recommender, bodies)
        self._catalogue = Catalogue(self.recommender, bodies)
        self._recommending = Recommending(self.recommender)
        self.endpoints = (*self._endpoints(), *self._recommendations())
        self._openapi = document(self.endpoints)

    def app(self) -> web.Application:
        """Return the application that answers at the endpoints."""
        app = web.Application(
            middlewares=[self._count, as_json, self._guard.spare],
            client_max_size=self.settings.max_body_bytes,
        )
        for endpoint in self.endpoints:
            app.router.add_route(endpoint.method, endpoint.path, self._guarded(endpoint))
        serve_pages(app, self.settings.report_dir)
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
                "/api/v1/operator/mirrors",
                "Say of which other instances the mirrors keep copies, as they say themselves.",
                self._operator.mirrors,
                MIRRORS,
                who="admin",
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

    def _recommendations(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint(
                "/api/v1/events",
                "Count watch events; those accepted are durable when this is answered.",
                self._watching.answer,
                TAKEN,
                method="POST",
                who="plugin",
                body=EVENTS,
                down=True,
            ),
            Endpoint(
                "/api/v1/videos/gone",
                "Take out videos that were deleted or are no longer public.",
                self._catalogue.gone,
                DROPPED,
                method="POST",
                who="plugin",
                body=LEFT,
                down=True,
            ),
            Endpoint(
                "/api/v1/forget",
                "Forget a viewer, and give a signed receipt.",
                self._catalogue.forget,
                RECEIPT,
                method="POST",
                who="plugin",
                body=FORGET_ME,
                down=True,
            ),
            Endpoint(
                "/api/v1/recommendations/videos",
                "Say what to watch next, and why.",
                self._recommending.videos,
                LISTED,
                query=ASKED_NEXT,
                down=True,
            ),
            Endpoint(
                "/api/v1/recommendations/neighbours",
                "Say which videos are watched by the same people, for ranking on a device.",
                self._recommending.neighbours,
                TABLE,
                down=True,
            ),
            Endpoint(
                "/api/v1/operator/recommendations",
                "Say how wide and how even recommendations are, and when taste shifted.",
                self._recommending.figures,
                SAID,
                who="admin",
                down=True,
            ),
            Endpoint(
                "/api/v1/operator/graph",
                "Draw the instance's content: videos, tags, channels, and what connects them.",
                self._recommending.graph,
                GRAPH,
                who="admin",
                query=GRAPH_ASKED,
                down=True,
            ),
            Endpoint(
                "/api/v1/operator/ranking",
                "Hand out all that decides one list, so that it can be made again elsewhere.",
                self._recommending.ranking,
                ANYTHING,
                who="admin",
                query=ASKED_NEXT,
                down=True,
            ),
        )

    def _guarded(self, endpoint: Endpoint) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if endpoint.who == "plugin":
                self._guard.plugin(request)
            if endpoint.who == "admin":
                await self._guard.admin(request)
            try:
                return await endpoint.handler(request)
            except NoModel as error:
                raise RequestError(503, "recommendations", f"{error}") from None

        return answer

    @web.middleware
    async def _count(self, request: web.Request, handler: AnyHandler) -> web.StreamResponse:
        response = await handler(request)
        path = request.path if request.path in PATHS else "other"
        self._counters.answered(path, response.status)
        return response

    async def _background(self, _: web.Application) -> AsyncIterator[None]:
        async with self._duties.done(), self.recommender.working():
            yield

    async def _take(self, request: web.Request) -> web.Response:
        began_s = monotonic()
        accepted = await self._reports.take(request)
        self._counters.stored(monotonic() - began_s)
        return json_response(accepted)

    async def _metrics(self, _: web.Request) -> web.Response:
        health = await self._checkup.look()
        recent = (await self._ledger.recent()).counted if health["status"] == "ok" else ()
        return web.Response(
            text=metrics(self._counters, health, recent), headers={"Content-Type": MEDIA}
        )

    async def _describe(self, _: web.Request) -> web.Response:
        return json_response(self._openapi)
