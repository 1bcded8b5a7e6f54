"""What one worker does beside answering requests."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import time

from ..hosts.report_store import Ledger
from ..journal import Journal, Unavailable
from .endpoints.priors import Fleet
from .endpoints.reports import Reports

DAY_S = 86_400.0
RECOGNISE_S = 60.0
FORGET_S = 3600.0
AGAIN_S = 5.0

log = logging.getLogger("mirrorwise")

Step = Callable[[], Awaitable[float]]


class Duties:
    """Counting, learning, recognising hosts and forgetting: each a step that is repeated."""

    def __init__(
        self, journal: Journal, ledger: Ledger, fleet: Fleet, reports: Reports, days: int
    ) -> None:
        self._journal = journal
        self._ledger = ledger
        self._reports = reports
        self._days = days
        self._steps: tuple[Step, ...] = (self._count, fleet.learn, self._recognise, self._forget)

    @asynccontextmanager
    async def done(self) -> AsyncIterator[None]:
        """Do all of them while the context is open, then close the journal."""
        tasks = [asyncio.create_task(_repeat(step)) for step in self._steps]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._journal.close()

    async def _count(self) -> float:
        await self._journal.follow()
        return AGAIN_S

    async def _recognise(self) -> float:
        """Learn the names that reports to any worker have used lately."""
        self._reports.recognise((await self._ledger.recent()).counted)
        return RECOGNISE_S

    async def _forget(self) -> float:
        """Delete raw reports whose time is over."""
        await self._journal.forget(time() - DAY_S * self._days)
        return FORGET_S


async def _repeat(step: Step) -> None:
    """Take a step, and again after the pause it asks for, whatever happens."""
    while True:
        pause_s = AGAIN_S
        try:
            pause_s = await step()
        except Unavailable as error:
            log.warning("%s; nothing is acknowledged until it is back", error)
        except Exception:
            log.exception("a duty failed and is tried again")
        await asyncio.sleep(pause_s)
