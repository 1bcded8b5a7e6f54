"""The instance's content as a graph: videos, their tags and channels, and who watched both."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson

from reco.data.ledger import HERE

from .public_video import channel_of
from .state import State
from .table import SCALE

MOST_VIDEOS = 5000
MOST_TAGS = 1000
EDGES_EACH = 5


class Node(NamedTuple):
    """A video; `channel` and `tags` are places in the graph's lists, `plays` fades in months."""

    id: str
    name: str
    channel: int
    tags: list[int]
    language: str
    nsfw: bool
    views: int
    plays: float


class Graph(NamedTuple):
    """The most watched videos out of `total`.

    `tags` are those that two of them share. An edge is two places in `videos` and thousandths of
    the similarity of their audiences.
    """

    total: int
    videos: list[Node]
    channels: list[str]
    tags: list[str]
    edges: list[tuple[int, int, int]]


def graph(state: State, most: int, now_s: float) -> Graph:
    """Return a graph of the `most` watched videos, which takes a second for some thousands."""
    index = state.model.catalogue.index
    numbers = np.array([index[video] for video in state.public_videos], np.int32)
    levels = state.model.popular[1].levels(now_s, numbers).tolist()
    plays = dict(zip(state.public_videos, levels, strict=True))
    for play in state.model.pending.plays:  # the operator may know what is not public yet
        plays[state.model.catalogue.name(play.video)] += play.source == HERE
    chosen = sorted(plays, key=lambda video: (-plays[video], video))[:most]
    listed = [orjson.loads(state.public_videos[video]) for video in chosen]
    names = dict.fromkeys(map(channel_of, listed))
    channels = {name: place for place, name in enumerate(names)}
    tags = _shared_tags(listed)
    places = {name: place for place, name in enumerate(tags)}
    nodes = [_node(video, channels, places, plays[video["uuid"]]) for video in listed]
    return Graph(len(plays), nodes, list(channels), tags, _edges(state, chosen))


def _node(
    video: Mapping[str, Any], channels: Mapping[str, int], tags: Mapping[str, int], plays: float
) -> Node:
    return Node(
        video["uuid"],
        video["name"],
        channels[channel_of(video)],
        sorted({tags[tag.lower()] for tag in video["tags"] if tag.lower() in tags}),
        str(video["language"]["id"] or ""),
        video["nsfw"],
        video["views"],
        round(plays, 3),
    )


def _shared_tags(listed: Sequence[Mapping[str, Any]]) -> list[str]:
    times = Counter(tag for video in listed for tag in {tag.lower() for tag in video["tags"]})
    return [tag for tag, count in times.most_common(MOST_TAGS) if count > 1]


def _edges(state: State, chosen: Sequence[str]) -> list[tuple[int, int, int]]:
    model = state.model
    numbers = [model.catalogue.index[video] for video in chosen]
    places = {number: place for place, number in enumerate(numbers)}
    edges: dict[tuple[int, int], int] = {}
    for place, number in enumerate(numbers):
        near = model.neighbours.of(number)
        pairs = zip(near.videos.tolist(), near.similarity.tolist(), strict=True)
        known = [(places[other], alike) for other, alike in pairs if other in places]
        for other, alike in known[:EDGES_EACH]:
            edges[min(place, other), max(place, other)] = round(SCALE * alike)
    return [(one, other, weight) for (one, other), weight in edges.items()]
