"""`/metrics`, as Prometheus reads it; a text of some ten names needs no library.

No label says anything of a viewer.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from ...hosts.quality.answers import Counted
from ..counters import Counters
from ..messages import Health

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


def metrics(counters: Counters, health: Health, recent: Sequence[Counted]) -> str:
    """Write all metrics."""
    return "".join(f"{line}\n" for line in _lines(counters, health, recent))


def _lines(counters: Counters, health: Health, recent: Sequence[Counted]) -> Iterator[str]:
    yield from counters.lines()
    yield from _head("up", "gauge", "1 while the database, and the stream, can be used.")
    yield f"mirrorwise_up {int(health['status'] == 'ok')}"
    yield from _head("backlog", "gauge", "Batches accepted that no report counts yet.")
    yield f"mirrorwise_backlog {health.get('backlog', 0)}"
    yield from _head("reports", "gauge", "Reports of each host within the retention.")
    by_host: Counter[str] = Counter()
    for report, count in recent:
        by_host[report.host] += count
    for host, count in sorted(by_host.items()):
        yield f'mirrorwise_reports{{host="{_escaped(host)}"}} {count}'


def _head(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP mirrorwise_{name} {told}"
    yield f"# TYPE mirrorwise_{name} {kind}"


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
