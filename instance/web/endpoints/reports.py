"""Taking reports in: all of a batch is durable before it is acknowledged, or none is stored."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import time

from aiohttp import web

from selector.telemetry import Terms

from ...hosts.known_hosts import Roster
from ...hosts.quality.answers import Counted
from ...hosts.report_store import entry
from ...journal import Journal
from ...settings import Settings
from ..bodies import Bodies
from ..errors import RequestError
from ..messages import BATCH, Accepted, read


class Reports:
    """The door for reports."""

    def __init__(self, settings: Settings, journal: Journal, bodies: Bodies) -> None:
        self._settings = settings
        self._journal = journal
        self._hosts = Roster(settings.hosts, settings.max_hosts)
        self._bodies = bodies

    def recognise(self, counted: Sequence[Counted]) -> None:
        """Keep to the hosts that the reports stored lately have named."""
        self._hosts.heard({report.host for report, _ in counted})

    async def take(self, request: web.Request) -> Accepted:
        """Check a batch, store it, and acknowledge it."""
        async with self._bodies.read(request) as body:
            said = read(body, BATCH)
            self._check_days({report["day"] for report in said["reports"]})
            terms = Terms(**said["terms"]) if "terms" in said else self._settings.terms
            _check_epsilons({report["epsilon"] for report in said["reports"]}, terms)
            self._check_hosts({report["host"] for report in said["reports"]})
            stored = entry(said["batch"], said["reports"], time())
        await self._journal.append([stored])
        return {"accepted": len(said["reports"])}

    def _check_days(self, days: set[str]) -> None:
        today = datetime.now(UTC).date()
        allowed = {(today + timedelta(days=offset)).isoformat() for offset in (-1, 0, 1)}
        if wrong := days - allowed:
            raise RequestError(
                400,
                "reports[].day",
                f"{min(wrong)} is more than a day from the service's {today}; "
                "set the clock, or drop what is older",
            )

    def _check_hosts(self, hosts: set[str]) -> None:
        if (host := self._hosts.unknown(hosts)) is not None:
            raise RequestError(
                400,
                "reports[].host",
                f"{host:.80} is not a host of this instance; "
                "MIRRORWISE_HOSTS names them, or MIRRORWISE_MAX_HOSTS how many may be learned",
            )
        self._hosts.learn(hosts)


def _check_epsilons(epsilons: set[float], terms: Terms) -> None:
    """Refuse an ε that no player was told to use: who chooses ε chooses the own weight."""
    allowed = terms.epsilons
    if wrong := epsilons - set(allowed):
        raise RequestError(
            400,
            "reports[].epsilon",
            f"{min(wrong)} is not among {', '.join(map(str, allowed))}, the terms of the batch; "
            "where it states none, MIRRORWISE_EPSILON and MIRRORWISE_HOSTS_PER_DAY set them",
        )
