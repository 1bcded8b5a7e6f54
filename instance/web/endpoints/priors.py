"""Priors: what the fleet knows of hosts, for a viewer who has not tried them yet."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from time import monotonic
from typing import Annotated, Any, NamedTuple, cast

from aiohttp import ETag, web
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter

from selector.bandit import HostPrior
from selector.browser import MAX_CANDIDATES
from selector.telemetry import Context, Question, Terms
from selector.telemetry.report import CONNECTIONS

from ...hosts.prior.fleet import FleetPrior, Way, fleet_prior
from ...hosts.prior.labels import Cell
from ...hosts.prior.shares import shares
from ...hosts.report_store import ReportStore
from ..endpoint import endpoint, query
from ..errors import json_response
from ..json_schema import json_type, to_json
from ..messages import FIELD_TYPES, typed

# Reports come once a day from each viewer: what is a few minutes old is as good.
MAX_AGE_S = 300
# Learning takes at most this share of a processor, and happens at most once a minute.
BUSY_SHARE = 0.05
PAUSE_S = 60.0


def _split(value: object) -> object:
    return value.split(",") if isinstance(value, str) else value


_host: Any = FIELD_TYPES["host"]
_hosts = Annotated[
    list[_host],
    Field(min_length=1, max_length=MAX_CANDIDATES, description="Hosts of the video, with commas."),
    BeforeValidator(_split),
]


def _connection(value: object) -> object:
    """Take a connection's name, as the report does, for its number."""
    return CONNECTIONS.index(value) if value in CONNECTIONS else value


_number: Any = FIELD_TYPES["connection"]
_context = {name: FIELD_TYPES[name] for name in Context._fields}
_context |= {"connection": Annotated[_number, BeforeValidator(_connection)]}
ASKED: TypeAdapter[dict[str, Any]] = TypeAdapter(
    typed("Asked", {"hosts": _hosts} | _context, ConfigDict(extra="forbid"))
)


class Priors(NamedTuple):
    """What the engine is opened with.

    `priors` leaves out hosts of which nothing is known. `shares` says in which proportions
    viewers should start at the hosts, so that they do not all go to one. `served` says which
    way of predicting was better on reports that were held back, for each question. `terms` are
    those that viewers report on; a report with another ε is refused.
    """

    priors: Mapping[str, HostPrior]
    shares: Mapping[str, float]
    served: Mapping[Question, Way]
    terms: Terms


PRIORS: TypeAdapter[object] = TypeAdapter(json_type(Priors))


class FleetPriors:
    """Answers with priors, and learns them anew from time to time."""

    def __init__(self, store: ReportStore, terms: Terms) -> None:
        self._store = store
        self._terms = terms
        self._learning = asyncio.Lock()
        self._learned: FleetPrior | None = None
        self._version = 0

    @endpoint(
        "/api/v1/priors",
        "Say what the fleet knows of some hosts, for viewers in one context.",
        PRIORS,
        query=ASKED,
        down=True,
    )
    async def answer(self, request: web.Request) -> web.Response:
        """Answer with the priors of some hosts in a context; 304 when the client has them."""
        asked = query(request, ASKED)
        hosts = asked.pop("hosts")
        priors = _priors(await self.learned(), hosts, Context(**asked), self._terms)
        response = json_response(to_json(priors))
        etag = blake2b(cast(bytes, response.body), digest_size=12).hexdigest()
        response.etag = ETag(etag)
        response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
        # Weakly compared: a proxy that compresses makes ETags weak.
        if etag in {known.value for known in request.if_none_match or ()}:
            response.set_status(304)
            response.body = None
        return response

    async def learn(self) -> float:
        """Learn priors from the reports of the last days; return the pause in seconds."""
        began_s = monotonic()
        async with self._learning:
            counted, version = await self._store.recent()
            if self._learned is None or version != self._version:
                self._learned = await asyncio.to_thread(fleet_prior, counted)
                self._version = version
        return max(PAUSE_S, (monotonic() - began_s) / BUSY_SHARE)

    async def learned(self) -> FleetPrior:
        """Return the priors; before the first time, learn them, which may raise `Unavailable`."""
        while self._learned is None:
            await self.learn()
        return self._learned


def _priors(fleet: FleetPrior, hosts: Sequence[str], context: Context, terms: Terms) -> Priors:
    cells = {host: Cell(host, context) for host in hosts}
    known = {host: fleet.table[cell] for host, cell in cells.items() if cell in fleet.table}
    return Priors(
        known,
        shares({host: known.get(host, HostPrior()) for host in hosts}),
        {choice.question: choice.served for choice in fleet.choices},
        terms,
    )
