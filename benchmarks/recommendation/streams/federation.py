"""A simulated federation of PeerTube instances: channels, videos, topics and tags.

Twelve instances of very different size, each with a main language; channels that keep to a few
topics; tags that say the topic, more or less; videos that come out over the whole time, some as
episodes of a series. Below the tags lies a *vein*: what makes two videos on one topic please
different people. No tag tells it; only who watches what does.

What it cannot show: real words and thumbnails, children of one household on one account,
videos that are watched again, fashions that travel between instances, spam. Sizes are
those of a middling federation, by our own guess; every draw comes from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.recommendation.streams.stream import DAY_S, Floats, Ints

START_S = 1_767_225_600.0
"""2026-01-01."""
HISTORY_DAYS = 14
"""Videos were published for so many days before the first event."""
TOPICS, VEIN = 24, 6
LANGUAGES = ("fr", "en", "de", "es", "it")
TAGS_PER_TOPIC = 14
GENERIC_TAGS = ("libre", "news", "live", "peertube")
MAX_TAGS = 5  # PeerTube's own limit


@dataclass(frozen=True)
class Size:
    """The size of a federation."""

    viewers: int = 3000
    videos: int = 6000
    days: int = 60
    instances: int = 12
    channels: int = 320


@dataclass(frozen=True)
class Catalogue:
    """Videos in the order in which they come out; arrays have one entry per video."""

    published_s: Floats
    channel: Ints
    instance: Ints
    topic: Ints
    language: Ints
    vein: Floats
    """Videos × VEIN."""
    quality: Floats
    length_s: Floats
    series: Ints
    """-1: not an episode."""
    tags: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.published_s)


def zipf(number: int, exponent: float = 1.0) -> Floats:
    """Return shares that fall with rank.

    >>> zipf(3).round(2).tolist()
    [0.55, 0.27, 0.18]
    """
    weights = np.arange(1, number + 1, dtype=np.float64) ** -exponent
    return np.asarray(weights / weights.sum())


def publish(size: Size, rng: np.random.Generator) -> Catalogue:
    """Draw instances, their channels and these channels' videos."""
    n, channels = size.videos, size.channels
    host = rng.choice(size.instances, channels, p=zipf(size.instances))
    spoken = rng.choice(len(LANGUAGES), size.instances, p=zipf(len(LANGUAGES)))
    at_home = rng.random(channels) < 0.85
    language = np.where(at_home, spoken[host], rng.integers(0, len(LANGUAGES), channels))
    topics = rng.dirichlet(np.full(TOPICS, 0.08), channels)
    veins = rng.normal(0.0, 1.0, (channels, VEIN))
    appeal = rng.normal(0.0, 0.5, channels)

    channel = rng.choice(channels, n, p=rng.permutation(zipf(channels, 0.7)))
    published_s = START_S + DAY_S * np.sort(rng.uniform(-HISTORY_DAYS, size.days, n))
    topic = _draw_rows(topics[channel], rng)
    series = _series(channel, channels, rng)
    return Catalogue(
        published_s=published_s,
        channel=channel,
        instance=host[channel],
        topic=topic,
        language=language[channel],
        vein=0.7 * veins[channel] + 0.7 * rng.normal(0.0, 1.0, (n, VEIN)),
        quality=appeal[channel] + rng.normal(0.0, 0.7, n),
        length_s=np.exp(rng.normal(np.log(600.0), 0.9, n)),
        series=series,
        tags=tuple(_tags(each, rng) for each in topic.tolist()),
    )


def _draw_rows(shares: Floats, rng: np.random.Generator) -> Ints:
    """Draw one column for each row, by the row's shares."""
    return np.asarray((np.cumsum(shares, axis=1) < rng.random((len(shares), 1))).sum(axis=1))


def _series(channel: Ints, channels: int, rng: np.random.Generator) -> Ints:
    """Let a third of the channels publish half of their videos as one series."""
    serial = rng.random(channels) < 1 / 3
    return np.where(serial[channel] & (rng.random(len(channel)) < 0.5), channel, -1)


def _tags(topic: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Draw up to five tags: of the topic, of another topic by mistake, or of no topic at all."""
    number = int(rng.integers(0, MAX_TAGS + 1))
    found = []
    for way in rng.random(number):
        if way < 0.25:
            found.append(GENERIC_TAGS[int(rng.choice(len(GENERIC_TAGS), p=zipf(4)))])
        else:
            of = topic if way < 0.9 else int(rng.integers(TOPICS))
            found.append(f"topic{of}-{int(rng.choice(TAGS_PER_TOPIC, p=zipf(TAGS_PER_TOPIC)))}")
    return tuple(dict.fromkeys(found))
