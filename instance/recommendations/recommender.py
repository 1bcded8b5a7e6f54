"""The recommender of one worker, with its background tasks; some are done by one leader only."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from uuid import uuid4

from ..clock import DAY_S, Clock
from ..journal import Journal, Unavailable
from ..repeating import repeating
from ..settings import Settings
from ..steady_time import SteadyTime
from .crawl import ROUND_S, Crawl
from .figures import figures
from .forget_queue import ForgetQueue
from .journal_records import Expired, Figured
from .peertube import PeerTube, Unanswered
from .pseudonyms import pseudonyms
from .replica import NoModel, Replica

FOLLOW_S = 1.0
LEASE = "recommendations"
LEAD_S, LEASE_S = 10.0, 60.0
# After a crash so much of the journal is folded again, which takes well below a second.
SAVE_S = 300.0
RETRY_S = 30.0

log = logging.getLogger("mirrorwise")


class Recommender:
    """The replica of the model, the crawl, and their background tasks; off without a PeerTube."""

    def __init__(
        self, settings: Settings, journal: Journal, clock: Clock, steady_time: SteadyTime
    ) -> None:
        self.replica = Replica(journal, settings.event_retention_days, clock)
        self.crawl = (
            Crawl(PeerTube(settings.peertube_url), self.replica) if settings.peertube_url else None
        )
        self.names = pseudonyms(settings)
        self._journal = journal
        self._steady_time = steady_time
        self._retention_s = settings.event_retention_days * DAY_S
        self._holder = uuid4().hex
        self.forget_queue = ForgetQueue(self.replica, self.names, clock)
        self._leads = False
        self._next_save_s = monotonic() + SAVE_S

    async def is_public(self, video: str) -> bool:
        """Say whether PeerTube shows a video to everybody; may raise `Unanswered`."""
        return self.crawl is not None and await self.crawl.is_public(video)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the background tasks while the context is open."""
        if self.crawl is None:
            yield
            return
        steps = (self._follow, self._lead, self._crawl_if_leading)
        try:
            async with repeating(steps, RETRY_S, (Unavailable, Unanswered, NoModel)):
                yield
        finally:
            await self._leave()

    async def _follow(self) -> float:
        await self.replica.follow()
        return FOLLOW_S

    async def _lead(self) -> float:
        """Try to be the leader, who alone saves heads, notes figures and applies retention."""
        self._leads = await self._journal.acquire_lease(LEASE, self._holder, LEASE_S)
        if not self._leads:
            return LEAD_S
        if monotonic() >= self._next_save_s:
            self._next_save_s = monotonic() + SAVE_S
            await self.replica.save()
        await self._daily()
        return LEAD_S

    async def _daily(self) -> None:
        """Once a day: note the figures, and delete entries that are older than the retention."""
        now_s = await self._steady_time.now_s()
        if now_s is None:
            return
        state = await self.replica.state()
        today = int(now_s // DAY_S)
        if not state.public_videos or (state.figures and state.figures[-1]["day"] >= today):
            return
        found = await figures(state, now_s)
        await self.replica.append([Figured(found), Expired(now_s - self._retention_s)])
        await self.replica.save()
        await self.replica.seal(now_s)

    async def _crawl_if_leading(self) -> float:
        if not (self._leads and self.crawl):
            return LEAD_S
        await self.crawl.round()
        return ROUND_S

    async def _leave(self) -> None:
        """Save the head, so that the next start folds nothing again."""
        assert self.crawl  # noqa: S101 - `running` has made sure
        await self.crawl.close()
        try:
            if self._leads:
                await self.replica.save()
                await self._journal.release_lease(LEASE, self._holder)
        except (Unavailable, NoModel) as error:
            log.warning("%s; the next start folds again what came since the last save", error)
