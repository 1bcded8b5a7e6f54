"""Fills a fresh instance, up to the tests' NOW: `fill.py VIDEOS VIEWERS DAYS`.

Viewers keep to a topic for the first half of the days, and to what others watch in the second:
so views concentrate, and what people go by shifts.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np

from instance.clock import DAY_S
from instance.commands.storage import journal
from instance.recommendations import figures as noted
from instance.recommendations.journal_records import Counts, Figured, Play, Put, Record
from instance.recommendations.replica import Replica
from instance.recommendations.state import State
from instance.settings import load
from tests.instance.clock import CLOCK, VARIABLE

TOPICS = {
    "sailing": ("knots", "harbours", "storms", "repair", "maps"),
    "cooking": ("bread", "soup", "spices", "leftovers", "knives"),
    "cycling": ("touring", "brakes", "mountains", "cities", "cargo"),
    "astronomy": ("moons", "telescopes", "comets", "eclipses", "mars"),
    "gardening": ("compost", "tomatoes", "bees", "seeds", "winter"),
    "music": ("fiddle", "synths", "choir", "mixing", "concert"),
    "free software": ("kernel", "shell", "peertube", "privacy", "typesetting"),
    "history": ("castles", "railways", "letters", "markets", "bridges"),
}
LANGUAGES = ("en", "fr", "de", "es", None)
MOST_A_DAY = 5
# A day's figures of a hundred lists take too long for a test.
noted.MOST_LISTS = 12


class Town:
    """The videos, the viewers, and what these watch."""

    def __init__(self, videos: int, viewers: int) -> None:
        self.rng = np.random.default_rng(7)
        # So many topics that none has more than a hundred videos.
        self.topics = [f"{name} {n}".removesuffix(" 1") for n in range(1, 20) for name in TOPICS]
        self.topics = self.topics[: max(len(TOPICS), videos // 100)]
        self.topic = self.rng.integers(len(self.topics), size=videos)
        self.appeal = self.rng.zipf(1.8, videos).clip(1, 500)
        self.favourite = self.rng.integers(len(self.topics), size=viewers)
        self.seen: list[set[int]] = [set() for _ in range(viewers)]
        self.views = Counter[int]()

    def video(self, number: int, at_s: float) -> dict[str, Any]:
        """Return a video as PeerTube shows it."""
        topic = self.topics[self.topic[number]]
        about = TOPICS[topic.rstrip(" 0123456789")]
        tags = sorted({str(each) for each in self.rng.choice(about, 2)})
        language = LANGUAGES[self.topic[number] % len(LANGUAGES)]
        name = f"{topic.replace(' ', '_')}_{number % 4}"
        actor = {"name": name, "displayName": name, "host": "video.example", "url": ""}
        when = datetime.fromtimestamp(at_s, UTC).isoformat()
        return {
            "id": number,
            "uuid": uuid(number),
            "shortUUID": "",
            "url": "",
            "nsfw": False,
            "name": f"{topic.capitalize()}: {' and '.join(tags)}, part {number}",
            "views": 0,
            "likes": 0,
            "duration": 300,
            "isLocal": True,
            "isLive": False,
            "category": {"id": 1, "label": topic},
            "language": {"id": language, "label": str(language)},
            "privacy": {"id": 1, "label": "Public"},
            "publishedAt": when,
            "updatedAt": when,
            "account": actor,
            "channel": actor,
            "tags": [
                topic,
                *(f"{tag}{topic[-3:]}" if topic[-1].isdigit() else tag for tag in tags),
            ],
        }

    def day(self, midnight_s: float, late: bool) -> Iterator[Record]:
        """Yield what happens on a day."""
        plays = [play for viewer in range(len(self.seen)) for play in self._plays(viewer, late)]
        self.views.update(video for _, video in plays)
        for video in {video for _, video in plays}:
            yield Counts(uuid(video), 3 * self.views[video], self.views[video] // 4)
        for number, (viewer, video) in zip(count(), plays):
            at_s = midnight_s + number * DAY_S / len(plays)
            yield Play(f"viewer-{viewer}", uuid(video), int(number % 5 > 0), 2.0, at_s)

    def _plays(self, viewer: int, late: bool) -> list[tuple[int, int]]:
        own = (self.topic == self.favourite[viewer]) + 0.002
        wish = self.appeal**1.5 if late else own * self.appeal**0.3
        wish[list(self.seen[viewer])] = 0.0
        often = self.rng.integers(MOST_A_DAY + 1)
        if np.count_nonzero(wish) <= often:
            return []
        chosen = self.rng.choice(len(wish), often, replace=False, p=wish / wish.sum()).tolist()
        self.seen[viewer].update(chosen)
        return [(viewer, video) for video in chosen]


def uuid(number: int) -> str:
    """Return the UUID of a video."""
    return str(UUID(int=number + (4 << 76) + (8 << 60)))


async def records(videos: int, viewers: int, days: int) -> list[Record]:
    """Return all that happens till now, with each day's figures as the service notes them."""
    town, state, found = Town(videos, viewers), State(), list[Record]()
    begun_s = CLOCK.now_s() - days * DAY_S

    def happen(record: Record, at_s: float) -> None:
        state.apply(record, at_s)
        found.append(record)

    for number in range(videos):
        happen(Put(town.video(number, begun_s - number * 60)), begun_s)
    for day in range(days):
        midnight_s = begun_s + day * DAY_S
        for record in town.day(midnight_s, late=2 * day >= days):
            happen(record, midnight_s)
        happen(Figured(await noted.figures(state, midnight_s + DAY_S)), midnight_s + DAY_S)
    return found


async def fill(videos: int, viewers: int, days: int) -> None:
    """Note it all in the journal that the environment names."""
    async with journal(load(os.environ)) as opened:
        await Replica(opened, days, CLOCK).append(await records(videos, viewers, days))


if __name__ == "__main__":
    os.environ.pop(VARIABLE, None)  # the settings refuse what they do not know
    asyncio.run(fill(*map(int, sys.argv[1:])))
