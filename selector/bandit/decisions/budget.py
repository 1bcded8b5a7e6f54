"""What splitting and exploring may cost the hosts, and what they have cost in this visit."""

from typing import NamedTuple

from ..messages import Limits, Outcome

# Bytes taken as useful before any have come, or the first loss would end splitting for the first
# minutes: a few minutes' worth.
HEAD_START_BYTES = 60e6


class Spent(NamedTuple):
    """Requests beyond one per segment, and bytes that were of use or came in vain.

    >>> Spent(requests=3).left(Limits(extra_requests=0.5), segments=8)
    1
    >>> Spent(vain_bytes=1e6).left(Limits(extra_bytes=0.01), segments=8)
    0
    """

    requests: int = 0
    useful_bytes: float = 0.0
    vain_bytes: float = 0.0

    def left(self, limits: Limits, segments: int) -> int:
        """Return how many more requests `limits` allow after so many segments."""
        if self.vain_bytes > limits.extra_bytes * (self.useful_bytes + HEAD_START_BYTES):
            return 0
        return max(0, int(limits.extra_requests * max(segments, 1)) - self.requests)

    def asked(self, requests: int) -> "Spent":
        """Count extra requests."""
        return self._replace(requests=self.requests + requests)

    def came(self, outcome: Outcome) -> "Spent":
        """Count the bytes of one fetch.

        What has come of a body that was then left is of use. What was on its way arrives in
        vain: a round trip's worth, half a TTFB's.
        """
        if outcome.kind == "corrupt":
            return self._replace(vain_bytes=self.vain_bytes + outcome.bytes)
        vain_bytes = 0.0
        if outcome.kind == "switched" and outcome.ttfb_s is not None:
            body_s = max(outcome.total_s - outcome.ttfb_s, 0.001)
            vain_bytes = outcome.bytes * min(outcome.ttfb_s / 2 / body_s, 1.0)
        return self._replace(
            useful_bytes=self.useful_bytes + outcome.bytes,
            vain_bytes=self.vain_bytes + vain_bytes,
        )
