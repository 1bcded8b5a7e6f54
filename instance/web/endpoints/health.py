"""`/health`: alive when the service answers, ready when its database and stream do."""

import asyncio

from aiohttp import web

from ...journal import Damaged, Journal, Unavailable
from ..endpoint import endpoint
from ..errors import RETRY_AFTER_S, json_response
from ..messages import HEALTH, Health

TIMEOUT_S = 2.0
DAMAGED = "is damaged: `mirrorwise repair` leads out"


class HealthCheck:
    """Asks the database, and the stream if there is one."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @endpoint("/health", "Say whether the service can do its work.", HEALTH, down=True)
    async def answer(self, _: web.Request) -> web.Response:
        """Answer 200 when all parts work, else 503."""
        found = await self.check()
        if found["status"] == "ok":
            return json_response(found)
        return json_response(found, 503, {"Retry-After": str(RETRY_AFTER_S)})

    async def check(self) -> Health:
        """Return which parts work."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                health = await self._journal.health()
        except (Unavailable, TimeoutError) as error:
            # The error may name hosts and users of the network; the log and `doctor` have it.
            part = error.part if isinstance(error, Unavailable) else "database"
            said = DAMAGED if isinstance(error, Damaged) else "is not available"
            return {"status": "down", "parts": {part: said}}
        return {"status": "ok", "parts": {"database": "ok"}, "backlog": health.backlog}
