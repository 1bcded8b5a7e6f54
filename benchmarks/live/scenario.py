"""What a swarm is like: its viewers, their uplinks, the origin, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Scenario:
    """One kind of swarm. Rates are multiples of the live's bit rate, so bytes are segments."""

    name: str
    viewers: int = 8
    segment_s: float = 4.0
    duration_s: float = 160.0
    # Mean and spread (of the logarithm) of uplinks over the bit rate.
    uplink: float = 4.0
    uplink_sd: float = 0.8
    # The origin's uplink in copies of the live; None for no limit.
    origin: float | None = None
    downlink: float = 12.0
    # Mean stay; None for viewers who stay.
    stay_s: float | None = None
    # Shares of viewers or of pairs.
    unconnectable: float = 0.1
    liars: float = 0.0
    mute: float = 0.0
    plugin: float = 1.0
    # One segment's bytes; 16 and 64 kB messages matter at low rates.
    segment_bytes: int = 400_000
    join_s: float = 20.0


# The bed of real browsers: 800 kbit/s, 4 s, 300 kB/s of uplink each, everyone connected.
BED = Scenario("bed: 8 viewers", uplink=3.0, uplink_sd=0.0, unconnectable=0.0)
BED_SCARCE = replace(BED, name="bed: origin at 2.5 copies", origin=2.5)

TUNING = (
    BED,
    BED_SCARCE,
    Scenario("10 viewers", viewers=10),
    Scenario("50 viewers", viewers=50),
    Scenario("50 viewers, low uplinks", viewers=50, uplink=1.5),
    Scenario("20 viewers, origin at 2.5 copies", viewers=20, origin=2.5),
)

JUDGING = (
    Scenario("25 viewers", viewers=25, uplink=3.0),
    Scenario("200 viewers", viewers=200, duration_s=120),
    Scenario("30 viewers, uplinks of 1.3", viewers=30, uplink=1.3, uplink_sd=1.2),
    Scenario("40 viewers, staying 90 s", viewers=40, stay_s=90.0),
    Scenario("40 viewers, 35 % of pairs apart", viewers=40, unconnectable=0.35),
    Scenario("40 viewers, 5 % liars", viewers=40, liars=0.05),
    Scenario("40 viewers, half without uploads", viewers=40, mute=0.5),
    Scenario("30 viewers, 20 % with the plugin", viewers=30, plugin=0.2),
    Scenario("30 viewers, 50 % with the plugin", viewers=30, plugin=0.5),
    Scenario("30 viewers, segments of 2 s", viewers=30, segment_s=2.0, segment_bytes=200_000),
    *[
        Scenario(f"{viewers} viewers, origin at {copies:g} copies", viewers=viewers, origin=copies)
        for viewers, copies in ((8, 1.5), (12, 3.0), (30, 2.0), (30, 5.0), (60, 8.0), (60, 15.0))
    ],
    Scenario("30 viewers, half with the plugin, origin at 5", viewers=30, plugin=0.5, origin=5.0),
    Scenario("30 viewers, staying 90 s, origin at 4", viewers=30, stay_s=90.0, origin=4.0),
    Scenario("1,000 viewers", viewers=1000, duration_s=60),
)
