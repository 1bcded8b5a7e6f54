"""The model's messages: events and videos in, requests, recommendations with reasons out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Strategy: TypeAlias = Literal["related", "for-me", "explore", "fresh", "same-channel"]
# Why an event was refused; empty if it was counted.
Refusal: TypeAlias = Literal[
    "", "unknown video", "already counted", "impossible time", "impossible engagement"
]


class Event(NamedTuple):
    """One viewer played one public video.

    `viewer` is a pseudonym. `engaged` is 1 or 0 as the viewer's device told it, after
    randomised response. `at_s` is the time in seconds since 1970.
    """

    viewer: str
    video: str
    engaged: int
    at_s: float


class Video(NamedTuple):
    """What the instance says publicly about a video.

    `views` and `likes` are PeerTube's public counters; put the video again when they change.
    An empty `channel`, `language` or `category` means that it is not known.
    """

    id: str
    channel: str = ""
    tags: Sequence[str] = ()
    language: str = ""
    category: str = ""
    nsfw: bool = False
    published_s: float = 0.0
    views: int = 0
    likes: int = 0


@dataclass(frozen=True)
class Ask:
    """A request for recommendations.

    - `viewer` may be unknown or empty: the list is then that of a new viewer.
    - `video` is the one that plays now; `related` and `same-channel` need it.
    - `languages`: empty allows all; videos whose language is not known always pass.
    - `nsfw`: whether videos that are not safe for work may be shown.
    - `muted` and `subscribed` name channels, `dismissed` ("not interested") videos.
    - `within` names the only channels whose videos may be shown; None allows all.
    - `surprise` is the viewer's dial, from 0 "more of this" to 1 "surprise me".
    """

    now_s: float
    viewer: str = ""
    strategy: Strategy = "for-me"
    video: str = ""
    start: int = 0
    count: int = 10
    languages: frozenset[str] = frozenset()
    nsfw: bool = False
    muted: frozenset[str] = frozenset()
    subscribed: frozenset[str] = frozenset()
    dismissed: frozenset[str] = frozenset()
    within: frozenset[str] | None = None
    surprise: float = 0.5


class Reason(NamedTuple):
    """An explanation: a sentence to translate, its values, and what it adds to the score."""

    say: str
    values: Mapping[str, str | float]
    points: float


class Recommendation(NamedTuple):
    """A video, its score, and the reasons, whose points add up to the score."""

    video: str
    score: float
    reasons: Sequence[Reason]


class Removed(NamedTuple):
    """What was removed by forgetting: how many plays, and how many viewers altogether."""

    plays: int
    viewers: int
