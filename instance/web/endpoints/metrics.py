"""`/metrics` in Prometheus' text format; some ten names need no library.

No label says anything about a viewer.
"""

from collections.abc import Iterator

from aiohttp import web

from ...hosts.quality.counts import Counts
from ...hosts.report_store import Reading, ReportStore
from ..counters import Counters
from ..endpoint import endpoint
from ..messages import Health
from .health import HealthCheck

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Answers with the counters of all workers, and the state of the journal."""

    def __init__(self, counters: Counters, health: HealthCheck, store: ReportStore) -> None:
        self._counters = counters
        self._health = health
        self._store = store

    @endpoint("/metrics", "Count requests and reports, for Prometheus.", "text/plain", who="admin")
    async def answer(self, _: web.Request) -> web.Response:
        """Answer with all metrics; without a database, with those that need none."""
        health = await self._health.check()
        recent = (await self._store.recent() if health["status"] == "ok" else Reading()).counted
        lines = (*self._counters.lines(), *_lines(health, recent))
        return web.Response(
            text="".join(f"{line}\n" for line in lines), headers={"Content-Type": MEDIA}
        )


def _lines(health: Health, recent: Counts) -> Iterator[str]:
    yield from _head("up", "gauge", "1 while the database, and the stream, can be used.")
    yield f"mirrorwise_up {int(health['status'] == 'ok')}"
    yield from _head("backlog", "gauge", "Batches accepted that no report counts yet.")
    yield f"mirrorwise_backlog {health.get('backlog', 0)}"
    yield from _head("reports", "gauge", "Reports of each host within the retention.")
    for host, own in recent.by_host():
        yield f'mirrorwise_reports{{host="{_escaped(host)}"}} {own.total}'


def _head(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP mirrorwise_{name} {told}"
    yield f"# TYPE mirrorwise_{name} {kind}"


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
