"""Simulation of a month of viewers, whose reports are made by the code that runs on devices.

Four mirrors and the origin, three regions; one mirror fades on the 19th day. Viewers who learn
go mostly to the host that serves them best, those in control to any: the nearest leave the
fading mirror, and half of those far away move to a mirror that is farther still. Figures are
round and plausible, no more: they show what the operator's page looks like.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import exp
from random import Random
from typing import NamedTuple

from selector.bandit import Outcome
from selector.telemetry import CONNECTIONS, Context, Diary, Report, Terms

DAYS = 30
FADES_AFTER_DAYS = 18
SEGMENT_BYTES = 1_500_000.0
# Share of viewers who watch on a day, and fetches of those who do.
WATCHING, FETCHES = 0.5, (6, 18)
# Learners still look elsewhere with every tenth fetch or so.
EXPLORING = 0.1


class Path(NamedTuple):
    """The path from a region to a host: TTFB in s, and rate in Mbit/s."""

    ttfb_s: float
    rate_mbps: float


EUROPE, AMERICAS, ASIA = 4, 2, 6
UTC_OFFSET_MIN = {EUROPE: 60.0, AMERICAS: -300.0, ASIA: 420.0}
SHARES = {EUROPE: 0.6, AMERICAS: 0.25, ASIA: 0.15}
FADING = "https://fading.example"
PATHS: Mapping[str, Mapping[int, Path]] = {
    "https://video.example": {EUROPE: Path(0.12, 9), AMERICAS: Path(0.3, 5), ASIA: Path(0.5, 3)},
    "https://near.example": {EUROPE: Path(0.06, 24), AMERICAS: Path(0.25, 8), ASIA: Path(0.45, 4)},
    "https://west.example": {EUROPE: Path(0.22, 9), AMERICAS: Path(0.07, 22), ASIA: Path(0.4, 6)},
    "https://slow.example": {EUROPE: Path(0.4, 2), AMERICAS: Path(0.6, 1.5), ASIA: Path(0.8, 1.5)},
    FADING: {EUROPE: Path(0.08, 20), AMERICAS: Path(0.28, 9), ASIA: Path(0.1, 20)},
}
ERRORS = dict.fromkeys(PATHS, 0.004) | {"https://slow.example": 0.01}
# The share of a host's rate that the viewer's own link lets through.
LINKS = {"unknown": 0.8, "wired": 1.0, "wifi": 0.8, "cellular": 0.4}


class Viewer:
    """One browser: where it is, how it is connected, and its diary."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._diary = Diary(f"{rng.getrandbits(128):032x}")
        (self._zone,) = rng.choices(list(SHARES), list(SHARES.values()))
        (self._connection,) = rng.choices(CONNECTIONS, (0.05, 0.25, 0.5, 0.2))
        self._link = LINKS[self._connection] * exp(rng.gauss(0, 0.3))

    def day(self, midnight_s: float, fading: bool, terms: Terms) -> list[Report]:
        """Simulate one day of watching; return the reports that the device makes."""
        if self._rng.random() > WATCHING:
            return []
        now_s = midnight_s + self._rng.uniform(0, 80_000)
        control = self._diary.in_control(now_s, terms)
        for _ in range(self._rng.randint(*FETCHES)):
            host = self._choose(control, fading)
            self._diary.observe(self._fetch(host, now_s, fading), public=True)
        offset_min = UTC_OFFSET_MIN[self._zone]
        context = Context.at(now_s, CONNECTIONS.index(self._connection), offset_min)
        return [line.report for line in self._diary.tell(now_s, context, terms)]

    def _choose(self, control: bool, fading: bool) -> str:
        if control or self._rng.random() < EXPLORING:
            return self._rng.choice(list(PATHS))
        return min(PATHS, key=lambda host: self._cost_s(host, fading))

    def _cost_s(self, host: str, fading: bool) -> float:
        path = _path(host, self._zone, fading)
        cost_s = path.ttfb_s + 8e-6 * SEGMENT_BYTES / (path.rate_mbps * self._link)
        return cost_s * exp(self._rng.gauss(0, 0.2))

    def _fetch(self, host: str, now_s: float, fading: bool) -> Outcome:
        path = _path(host, self._zone, fading)
        errors = ERRORS[host] * (6 if fading and host == FADING else 1)
        ttfb_s = path.ttfb_s * exp(self._rng.gauss(0, 0.35))
        if self._rng.random() < errors:
            return Outcome(1, host, now_s, "http-error", 503, ttfb_s, ttfb_s, 0.0, False, False)
        mbps = path.rate_mbps * self._link * exp(self._rng.gauss(0, 0.4))
        total_s = ttfb_s + 8e-6 * SEGMENT_BYTES / mbps
        return Outcome(1, host, now_s, "ok", 206, ttfb_s, total_s, SEGMENT_BYTES, False, False)


def _path(host: str, zone: int, fading: bool) -> Path:
    path = PATHS[host][zone]
    return Path(2.5 * path.ttfb_s, 0.3 * path.rate_mbps) if fading and host == FADING else path


def month(viewers: int, seed: int, last: date) -> Iterator[tuple[float, list[Report]]]:
    """Yield every day's midnight and reports; the month ends with the day `last`."""
    rng = Random(seed)  # noqa: S311 - plausible, not secret
    fleet = [Viewer(rng) for _ in range(viewers)]
    first = datetime.combine(last, time(), UTC) - timedelta(days=DAYS - 1)
    for number in range(DAYS):
        midnight_s = (first + timedelta(days=number)).timestamp()
        fading = number >= FADES_AFTER_DAYS
        told = (viewer.day(midnight_s, fading, Terms()) for viewer in fleet)
        yield midnight_s, [report for reports in told for report in reports]
