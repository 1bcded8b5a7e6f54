"""What one worker does for the recommender beside answering, and what only one of them does."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic, time
from uuid import uuid4

from ..journal import Journal, Unavailable
from ..settings import Settings
from .crawl import ROUND_S, Crawl
from .figures import figures
from .journal_records import Expired, Figured
from .peertube import PeerTube, Unanswered
from .pseudonyms import pseudonyms
from .replica import Keeper, NoModel
from .state import DAY_S

FOLLOW_S = 1.0
LEAD = "recommendations"
LEAD_S, LEASE_S = 10.0, 60.0
# After a crash as much of the journal is folded again, in well below a second.
SAVE_S = 300.0
AGAIN_S = 30.0

log = logging.getLogger("mirrorwise")


class Recommender:
    """The keeper, the crawl, and the duties of both. Off as long as no PeerTube is set."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self.keeper = Keeper(journal, settings.event_retention_days)
        self.crawl = (
            Crawl(PeerTube(settings.peertube_url), self.keeper) if settings.peertube_url else None
        )
        self.names = pseudonyms(settings)
        self._journal = journal
        self._retention_s = settings.event_retention_days * DAY_S
        self._holder = uuid4().hex
        self.forgetting = asyncio.Lock()
        self._leads = False
        self._next_save_s = monotonic() + SAVE_S

    async def is_public(self, video: str) -> bool:
        """Say whether PeerTube shows a video to everybody; may raise `Unanswered`."""
        return self.crawl is not None and await self.crawl.is_public(video)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Do all duties while the context is open."""
        if self.crawl is None:
            yield
            return
        duties: list[tuple[Callable[[], Awaitable[object]], float]] = [
            (self.keeper.follow, FOLLOW_S),
            (self._lead, LEAD_S),
            (self._crawl_if_leading, LEAD_S),
        ]
        tasks = [asyncio.create_task(_repeat(*duty)) for duty in duties]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._leave()

    async def _lead(self) -> None:
        """Be the one that stores heads and seals, if nobody else is."""
        self._leads = await self._journal.lead(LEAD, self._holder, LEASE_S)
        if not self._leads:
            return
        if monotonic() >= self._next_save_s:
            self._next_save_s = monotonic() + SAVE_S
            await self.keeper.save()
        await self._daily()

    async def _daily(self) -> None:
        """Note the day's figures, once, and delete what its time is over for."""
        state = await self.keeper.state()
        today, now_s = int(time() // DAY_S), time()
        if not state.shown or (state.figures and state.figures[-1]["day"] >= today):
            return
        found = await figures(state, now_s)
        await self.keeper.append([Figured(found), Expired(now_s - self._retention_s)])
        await self.keeper.save()
        await self.keeper.seal(now_s)

    async def _crawl_if_leading(self) -> None:
        if self._leads and self.crawl:
            await self.crawl.round()
            await asyncio.sleep(ROUND_S - LEAD_S)

    async def _leave(self) -> None:
        """Store what is known, so that the next start folds nothing again."""
        assert self.crawl  # noqa: S101 - `working` has made sure
        await self.crawl.close()
        try:
            if self._leads:
                await self.keeper.save()
        except (Unavailable, NoModel) as error:
            log.warning("%s; the next start folds again what came since the last save", error)


async def _repeat(duty: Callable[[], Awaitable[object]], pause_s: float) -> None:
    """Do a duty, and again, whatever happens."""
    while True:
        rest_s = pause_s
        try:
            await duty()
        except (Unavailable, Unanswered, NoModel) as error:
            log.warning("%s", error)
            rest_s = AGAIN_S
        except Exception:
            log.exception("a duty of the recommender failed and is tried again")
            rest_s = AGAIN_S
        await asyncio.sleep(rest_s)
