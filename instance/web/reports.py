"""Taking reports in: all of a batch is durable before it is acknowledged, or none is stored."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import time

from aiohttp import hdrs, web

from ..journal import Journal
from ..ledger import entry
from ..quality.answers import Counted
from ..roster import Roster
from ..settings import Settings
from .errors import RequestError
from .messages import BATCH, Accepted, read

# Bodies in memory at once: 32 of 256 kB, and some ten times that while they are parsed.
MOST_BODIES = 32
CLOSE = {"Connection": "close"}


class Reports:
    """The door for reports."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._settings = settings
        self._journal = journal
        self._hosts = Roster(settings.hosts, settings.max_hosts)
        self._bodies = asyncio.Semaphore(MOST_BODIES)

    @property
    def most_bytes(self) -> int:
        """Return how large a body may be."""
        return self._settings.max_body_bytes

    def recognise(self, counted: Sequence[Counted]) -> None:
        """Keep to the hosts that the reports stored lately have named."""
        self._hosts.heard({report.host for report, _ in counted})

    async def take(self, request: web.Request) -> Accepted:
        """Check a batch, store it, and acknowledge it."""
        async with self._bodies:
            said = read(await self._body(request), BATCH)
            self._check_days({report["day"] for report in said["reports"]})
            self._check_epsilons({report["epsilon"] for report in said["reports"]})
            self._check_hosts({report["host"] for report in said["reports"]})
            stored = entry(said["batch"], said["reports"], time())
        await self._journal.append([stored])
        return {"accepted": len(said["reports"])}

    async def _body(self, request: web.Request) -> bytes:
        most = self._settings.max_body_bytes
        if request.content_type != "application/json" or hdrs.CONTENT_ENCODING in request.headers:
            raise RequestError(415, "content-type", "must be application/json, without compression")
        if (request.content_length or 0) > most:
            raise _too_large(most)
        try:
            async with asyncio.timeout(self._settings.read_timeout_s):
                return await request.read()
        except TimeoutError:
            raise RequestError(408, "body", "did not arrive in time", CLOSE) from None
        except web.HTTPRequestEntityTooLarge:
            raise _too_large(most) from None

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

    def _check_epsilons(self, epsilons: set[float]) -> None:
        """Refuse an ε that nobody was told to use: who chooses ε chooses the own weight."""
        allowed = self._settings.terms.epsilons
        if wrong := epsilons - set(allowed):
            raise RequestError(
                400,
                "reports[].epsilon",
                f"{min(wrong)} is not among {', '.join(map(str, allowed))}, the terms that "
                "/api/v1/priors gives; MIRRORWISE_EPSILON and MIRRORWISE_HOSTS_PER_DAY set them",
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


def _too_large(most: int) -> RequestError:
    return RequestError(413, "body", f"must be at most {most} bytes", CLOSE)
