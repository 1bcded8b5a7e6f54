"""The budget for extra requests and wasted bytes, and how much of it this visit has spent."""

from typing import NamedTuple

from ..messages import Limits, Outcome

# A few minutes' worth of bytes, counted as useful in advance: else the first wasted bytes would end
# splitting for the first minutes.
HEAD_START_BYTES = 60e6


class Spent(NamedTuple):
    """Requests beyond one per segment, useful bytes, and wasted bytes.

    >>> Spent(requests=3).left(Limits(extra_requests=0.5), segments=8)
    1
    >>> Spent(wasted_bytes=1e6).left(Limits(extra_bytes=0.01), segments=8)
    0
    """

    requests: int = 0
    useful_bytes: float = 0.0
    wasted_bytes: float = 0.0

    def left(self, limits: Limits, segments: int) -> int:
        """Return how many more requests `limits` allow after so many segments."""
        if self.wasted_bytes > limits.extra_bytes * (self.useful_bytes + HEAD_START_BYTES):
            return 0
        return max(0, int(limits.extra_requests * max(segments, 1)) - self.requests)

    def add_requests(self, requests: int) -> "Spent":
        """Count extra requests."""
        return self._replace(requests=self.requests + requests)

    def add_outcome(self, outcome: Outcome) -> "Spent":
        """Count the bytes of one fetch.

        Of a body that was abandoned, the bytes that had come are useful. Those that were on
        their way are wasted: a round trip's worth, which is half a TTFB's.
        """
        if outcome.kind == "corrupt":
            return self._replace(wasted_bytes=self.wasted_bytes + outcome.bytes)
        wasted_bytes = 0.0
        if outcome.kind == "switched" and outcome.ttfb_s is not None:
            body_s = max(outcome.total_s - outcome.ttfb_s, 0.001)
            wasted_bytes = outcome.bytes * min(outcome.ttfb_s / 2 / body_s, 1.0)
        return self._replace(
            useful_bytes=self.useful_bytes + outcome.bytes,
            wasted_bytes=self.wasted_bytes + wasted_bytes,
        )
