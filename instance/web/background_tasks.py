"""Background tasks of one worker: folding, what is learned and prepared, hosts, retention."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..clock import DAY_S
from ..hosts.report_store import ReportStore
from ..journal import Damaged, Journal, Unavailable
from ..repeating import Step, repeating
from ..steady_time import SteadyTime
from .endpoints.operator import OperatorReport
from .endpoints.priors import FleetPriors
from .endpoints.reports import ReportIntake

REFRESH_HOSTS_S = 60.0
RETENTION_CHECK_S = 3600.0
# For each table. Meanwhile nothing that is forgotten becomes unreadable on disk.
DAMAGE_CHECK_S = 10.0
RETRY_S = 5.0

log = logging.getLogger("mirrorwise")


class BackgroundTasks:
    """Steps that are repeated; each returns how long to wait before the next time, in seconds."""

    def __init__(
        self,
        journal: Journal,
        store: ReportStore,
        priors: FleetPriors,
        intake: ReportIntake,
        report: OperatorReport,
        retention_days: int,
        steady_time: SteadyTime,
    ) -> None:
        self._journal = journal
        self._store = store
        self._intake = intake
        self._retention_s = DAY_S * retention_days
        self._steady_time = steady_time
        self._steps: tuple[Step, ...] = (
            self._fold,
            priors.learn,
            report.prepare,
            self._refresh_hosts,
            self._delete_expired,
            self._look_for_damage,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run all of them while the context is open, then close the journal."""
        try:
            async with repeating(self._steps, RETRY_S, (Unavailable,)):
                yield
        finally:
            await self._journal.close()

    async def _fold(self) -> float:
        await self._journal.follow()
        return RETRY_S

    async def _refresh_hosts(self) -> float:
        """Learn the hosts that reports to any worker have named lately."""
        self._intake.refresh_hosts((await self._store.recent()).counted.hosts)
        return REFRESH_HOSTS_S

    async def _delete_expired(self) -> float:
        """Delete raw reports that are older than the retention, by a clock that is steady."""
        now_s = await self._steady_time.now_s()
        if now_s is not None:
            await self._journal.forget(now_s - self._retention_s)
        return RETENTION_CHECK_S

    async def _look_for_damage(self) -> float:
        """Look through the database at the start and then daily; `health` says what was found."""
        try:
            await self._journal.look_for_damage(DAMAGE_CHECK_S)
        except Damaged as error:
            log.error("%s", error)
        return DAY_S
