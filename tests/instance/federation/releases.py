"""Publishers on a journal, and the plays that they speak of."""

from collections.abc import Mapping
from pathlib import Path
from secrets import randbelow
from typing import Any

from instance.clock import DAY_S, Clock
from instance.federation.head_file import HeadFile
from instance.federation.publishing import Publisher, last_whole_week
from instance.federation.register import RegisterReplica
from instance.federation.signing import SigningKey
from instance.journal import Journal
from instance.recommendations.journal_records import Counts, Play, Put, Record, entries
from instance.recommendations.public_video import parse
from instance.recommendations.replica import Replica
from reco import Model
from reco.data.ledger import WEEK_S
from tests.instance.clock import CLOCK, NOW
from tests.instance.recommendations.peertube import uuid, video

INSTANCE = "https://a.example"
KEY = SigningKey("a" * 22)
LAST_WEEK = last_whole_week(NOW.timestamp())


def noise(_: Model, __: int, epsilon: float) -> Mapping[str, Any]:
    """Return parts that no second draw gives again."""
    part = {"epsilon_thousandths": round(1000 * epsilon), "noise": randbelow(1 << 52)}
    return {"weights": part}


def publisher(
    journal: Journal, folder: Path, clock: Clock = CLOCK, epsilon: float = 1.0
) -> tuple[Publisher, RegisterReplica]:
    """Return a worker's publisher and its register."""
    register = RegisterReplica(journal, clock)
    made = Publisher(
        register,
        Replica(journal, 90, clock),
        lambda: KEY,
        INSTANCE,
        epsilon,
        90 * DAY_S,
        HeadFile(folder),
        noise,
    )
    return made, register


async def watch(journal: Journal, viewers: int, week: int = LAST_WEEK) -> None:
    """Let viewers watch three videos each in a week."""
    at_s = week * WEEK_S + DAY_S
    old = {"publishedAt": "2015-01-01T00:00:00.000Z", "createdAt": "2015-01-01T00:00:00.000Z"}
    videos = [parse(video(number, **old)) for number in range(4)]
    records: list[Record] = [Put(each) for each in videos if each]
    records += [Counts(uuid(number), 100_000, 1) for number in range(4)]
    records += [
        Play(f"viewer{viewer}", uuid(number), 1, 2.0, at_s)
        for viewer in range(viewers)
        for number in range(3)
    ]
    await journal.append(entries(records, at_s))
