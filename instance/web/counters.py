"""Metric counters in memory that all workers share, so that any worker can tell the sums."""

import mmap
from bisect import bisect_left
from collections.abc import Iterator

import numpy as np

# A batch waits for one group commit: some 5 ms on a quiet machine, more under load.
BOUNDS_S = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
STATUSES = ("2xx", "3xx", "4xx", "5xx")


class Counters:
    """Answers by path and status, and how long batches took, with one row for each worker.

    A worker writes to its own row only; the worker that replaces it goes on there. It must be
    made before the workers are forked: the memory is anonymous and inherited.
    """

    def __init__(self, paths: tuple[str, ...], workers: int) -> None:
        self._labels = [(path, status) for path in paths for status in STATUSES]
        columns = len(self._labels) + len(BOUNDS_S) + 2
        memory = mmap.mmap(-1, 8 * workers * columns)
        self._table = np.frombuffer(memory, dtype=np.float64).reshape(workers, columns)
        self._row = self._table[0]

    def work_as(self, worker: int) -> None:
        """Write to the row of `worker` from now on."""
        self._row = self._table[worker]

    def answered(self, path: str, status: int) -> None:
        """Count one answer."""
        self._row[self._labels.index((path, f"{status // 100}xx"))] += 1

    def stored(self, took_s: float) -> None:
        """Count one batch that is durable."""
        self._row[len(self._labels) + bisect_left(BOUNDS_S, took_s)] += 1
        self._row[-1] += took_s

    def lines(self) -> Iterator[str]:
        """Yield the sums in Prometheus' text format: a counter and a histogram."""
        sums = self._table.sum(axis=0)
        yield "# HELP mirrorwise_requests_total Requests answered."
        yield "# TYPE mirrorwise_requests_total counter"
        for (path, status), count in zip(self._labels, sums, strict=False):
            yield f'mirrorwise_requests_total{{path="{path}",status="{status}"}} {count:.0f}'
        yield "# HELP mirrorwise_batch_seconds Time until a batch of reports was durable."
        yield "# TYPE mirrorwise_batch_seconds histogram"
        running = sums[len(self._labels) : -1].cumsum()
        for bound, count in zip((*BOUNDS_S, "+Inf"), running, strict=True):
            yield f'mirrorwise_batch_seconds_bucket{{le="{bound}"}} {count:.0f}'
        yield f"mirrorwise_batch_seconds_sum {sums[-1]:.6f}"
        yield f"mirrorwise_batch_seconds_count {running[-1]:.0f}"
