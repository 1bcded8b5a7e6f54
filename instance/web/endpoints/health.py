"""Whether the service can do its work: alive when it answers, ready when its parts do."""

import asyncio

from aiohttp import web

from ...journal import Journal, Unavailable
from ..errors import RETRY_AFTER_S, json_response
from ..messages import Health

PATIENCE_S = 2.0


class Checkup:
    """Asks the database, and the stream if there is one."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def answer(self, _: web.Request) -> web.Response:
        """Answer 200 when all parts work, else 503; that it answers says that it lives."""
        found = await self.look()
        if found["status"] == "ok":
            return json_response(found)
        return json_response(found, 503, {"Retry-After": str(RETRY_AFTER_S)})

    async def look(self) -> Health:
        """Return which parts work."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                health = await self._journal.health()
        except (Unavailable, TimeoutError) as error:
            # The error may name hosts and users of the network; the log and `doctor` have it.
            part = error.part if isinstance(error, Unavailable) else "database"
            return {"status": "down", "parts": {part: "is not available"}}
        return {"status": "ok", "parts": {"database": "ok"}, "backlog": health.backlog}
