"""The budget for extra requests and wasted bytes, and how much of it this visit has spent.

What a limit promises: no request is added for speed or to learn (a further part, a tail slice, a
takeover) once *all* requests beyond one per segment, whatever made them, have reached
`extra_requests` times the segments so far; and none while the bytes that came in vain are more than
`extra_bytes` of the useful ones. A takeover cuts off a body, and is refused if the bytes then on
their way would go beyond. Hedges, rescues, fail-overs and retries are never refused, because they
replace a request that is late or lost; but they are counted when their outcome comes, and leave so
much less for the others. So only they can exceed a limit, by as many as there were.
"""

from typing import NamedTuple

from ..messages import Limits, Outcome

# Counted as useful in advance: else the first cut body would end splitting for half a minute.
HEAD_START_BYTES = 4e6


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
        if self.room_bytes(limits) < 0.0:
            return 0
        return max(0, int(limits.extra_requests * max(segments, 1)) - self.requests)

    def room_bytes(self, limits: Limits) -> float:
        """Return how many more bytes may come in vain; negative if too many have already."""
        useful_bytes = self.useful_bytes + HEAD_START_BYTES
        return limits.extra_bytes * useful_bytes - self.wasted_bytes

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
            body_s = outcome.total_s - outcome.ttfb_s
            wasted_bytes = bytes_on_their_way(outcome.bytes, outcome.ttfb_s, body_s)
        return self._replace(
            useful_bytes=self.useful_bytes + outcome.bytes,
            wasted_bytes=self.wasted_bytes + wasted_bytes,
        )


def bytes_on_their_way(so_far: float, ttfb_s: float, body_s: float) -> float:
    """Return the bytes in flight of a body that has brought `so_far` in `body_s`.

    >>> bytes_on_their_way(1e6, ttfb_s=0.1, body_s=2.0)
    25000.0
    """
    return so_far * min(ttfb_s / 2 / max(body_s, 0.001), 1.0)
