"""Intake of reports: a batch is durable as a whole before it is acknowledged, or not stored."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import blake2b
from time import monotonic
from typing import Any

import orjson
from aiohttp import web

from selector.telemetry import Terms

from ...clock import Clock
from ...hosts.address_shares import AddressShares
from ...hosts.known_hosts import KnownHosts
from ...hosts.report_store import entry
from ...journal import Journal
from ...settings import Settings
from ..bodies import Bodies
from ..counters import Counters
from ..endpoint import endpoint
from ..errors import RequestError, json_response
from ..messages import ACCEPTED, BATCH, Accepted, read

# Where a batch states none.
SHARE = 5


class ReportIntake:
    """Checks batches of reports and appends them to the journal."""

    def __init__(
        self,
        settings: Settings,
        journal: Journal,
        bodies: Bodies,
        counters: Counters,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._known_hosts = KnownHosts(settings.hosts, settings.max_hosts)
        self._bodies = bodies
        self._counters = counters
        self._clock = clock
        self._shares = AddressShares()

    def refresh_hosts(self, names: Iterable[str]) -> None:
        """Know the hosts that the stored reports name, and forget others."""
        self._known_hosts.refresh(names)

    @endpoint(
        "/api/v1/reports",
        "Store a batch of noised reports; it is durable when this is answered.",
        ACCEPTED,
        method="POST",
        who="plugin",
        body=BATCH,
        down=True,
    )
    async def answer(self, request: web.Request) -> web.Response:
        """Take a batch, and count how long that took."""
        began_s = monotonic()
        accepted = await self._take(request)
        self._counters.stored(monotonic() - began_s)
        return json_response(accepted)

    async def _take(self, request: web.Request) -> Accepted:
        """Check a batch, store it, and acknowledge it."""
        async with self._bodies.read(request) as body:
            said = read(body, BATCH)
            self._check_days({report["day"] for report in said["reports"]})
            terms = Terms(**said["terms"]) if "terms" in said else self._settings.terms
            _check_epsilons({report["epsilon"] for report in said["reports"]}, terms)
            self._check_hosts({report["host"] for report in said["reports"]})
        name = _entry_id(said["batch"], said["reports"])
        share = said.get("share", SHARE)
        counted = self._shares.admitted(said["reports"], share, self._clock.today().isoformat())
        if counted:
            await self._store(name, counted)
        return {"accepted": len(counted)}

    async def _store(self, name: str, reports: list[Mapping[str, Any]]) -> None:
        try:
            await self._journal.append([entry(name, reports, self._clock.now_s())])
        except BaseException:
            self._shares.withdraw(reports)
            raise

    def _check_days(self, days: set[str]) -> None:
        today = self._clock.today()
        allowed = {(today + timedelta(days=offset)).isoformat() for offset in (-1, 0, 1)}
        if wrong := days - allowed:
            raise RequestError(
                400,
                "reports[].day",
                f"{min(wrong)} is more than a day from the service's {today}; "
                "set the clock, or drop what is older",
            )

    def _check_hosts(self, hosts: set[str]) -> None:
        if (host := self._known_hosts.unknown(hosts)) is not None:
            raise RequestError(
                400,
                "reports[].host",
                f"{host:.80} is not a host of this instance; "
                "MIRRORWISE_HOSTS names them, or MIRRORWISE_MAX_HOSTS how many may be learned",
            )
        self._known_hosts.learn(hosts)


def _entry_id(batch: str, reports: Sequence[Mapping[str, Any]]) -> str:
    """Return a hash of the batch's name and content: other content is another entry."""
    return blake2b(batch.encode() + orjson.dumps(reports), digest_size=16).hexdigest()


def _check_epsilons(epsilons: set[float], terms: Terms) -> None:
    """Refuse an ε that no player was told to use: a higher ε gives a report more weight."""
    allowed = terms.epsilons
    if wrong := epsilons - set(allowed):
        raise RequestError(
            400,
            "reports[].epsilon",
            f"{min(wrong)} is not among {', '.join(map(str, allowed))}, the terms of the batch; "
            "where it states none, MIRRORWISE_EPSILON and MIRRORWISE_HOSTS_PER_DAY set them",
        )
