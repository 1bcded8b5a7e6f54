"""Scarcity of the origin: whether its recent throughput keeps up with the live's bit rate."""

from .events import Event

# Throughput of a fetch over the bit rate, at which the origin becomes scarce, and plentiful again.
SCARCE, PLENTIFUL = 1.0, 2.0
NEWEST = 0.4
# Parts of segments that are shorter say more of TTFB than of throughput.
LEAST_BYTES = 20_000
BACKOFF_SEGMENTS, LONGEST_BACKOFF_S = 1.0, 60.0


class Origin:
    """A circuit breaker over the origin: closed by throughput, opened for longer each time.

    >>> origin = Origin()
    >>> for time_s in (0.0, 8.0, 16.0, 24.0):
    ...     slow = Event("origin", total_s=8, bytes=400_000)
    ...     origin.observe(slow, time_s, segment_s=4, bit_rate=800_000)
    >>> origin.scarce, origin.backoff_s(time_s)
    (True, 8.0)
    """

    def __init__(self) -> None:
        self.ratio = PLENTIFUL
        self.took_s = 0.0
        self.scarce = False
        self._until_s = 0.0
        self._next_segments = BACKOFF_SEGMENTS

    def observe(self, event: Event, time_s: float, segment_s: float, bit_rate: float) -> None:
        """Learn from a fetch; a fetch that failed or was cut counts as scarce at once."""
        if event.whole and event.bytes < LEAST_BYTES:
            return
        ratio = 8 * event.bytes / max(event.total_s, 0.001) / bit_rate
        self.took_s += NEWEST * (event.total_s - self.took_s)
        # A cut fetch cost the time of its bytes as well.
        found = min(ratio, 4 * PLENTIFUL) if event.whole else min(ratio, SCARCE / 2)
        self.ratio += NEWEST * (found - self.ratio)
        if self.ratio < SCARCE or (self.scarce and found < SCARCE):
            self._open(time_s, segment_s)
        elif self.ratio > PLENTIFUL:
            self.scarce, self._next_segments = False, BACKOFF_SEGMENTS

    def backoff_s(self, time_s: float) -> float:
        """Return how long nothing is volunteered; 0 when a fetch may be tried."""
        return max(0.0, self._until_s - time_s) if self.scarce else 0.0

    def _open(self, time_s: float, segment_s: float) -> None:
        if self.backoff_s(time_s):
            return
        self.scarce = True
        self._until_s = time_s + min(self._next_segments * segment_s, LONGEST_BACKOFF_S)
        self._next_segments *= 2
