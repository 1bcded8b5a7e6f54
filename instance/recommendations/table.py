"""The public table of nearest neighbours, with which a browser ranks by itself, telling nobody.

All of it is told as `reco.data.disclosure` says: counts of at least three people, in steps, which
a play enters only together with those of others.
"""

import asyncio
import gzip
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import orjson

from reco import Model
from reco.data.disclosure import LEAST_PEOPLE, coarse

from .state import State

NEAREST = 20
SCALE = 1000
AT_ONCE = 20


class Table(NamedTuple):
    """Videos, and for each its nearest.

    - `made_at_s`: seconds since 1970;
    - `popular`: by video, how much it is watched here lately, 1000 for the most watched;
    - `near`: by video, places in `videos` and thousandths of similarity in turn, best first.
    """

    version: str
    made_at_s: int
    videos: list[str]
    popular: list[int]
    near: list[list[int]]


class EncodedTable(NamedTuple):
    """A table as it is sent; the ETag is a hash of its content without `made_at_s`."""

    etag: str
    json: bytes
    gzipped: bytes


async def encoded_table(state: State, now_s: float) -> EncodedTable:
    """Return the table of now; other tasks run in between."""
    model = state.model
    videos = list(state.public_videos)
    numbers = np.array([model.catalogue.index[video] for video in videos], np.int32)
    places = {int(number): place for place, number in enumerate(numbers)}
    near = []
    for start in range(0, len(numbers), AT_ONCE):
        near += [_nearest(model, int(n), places) for n in numbers[start : start + AT_ONCE]]
        await asyncio.sleep(0)
    levels = coarse(model.popular[1].levels(now_s, numbers))
    popular = np.round(SCALE * levels / max(float(levels.max(initial=0.0)), 1e-9)).astype(int)
    said = {"videos": videos, "popular": popular.tolist(), "near": near}
    return await asyncio.to_thread(_encode, said, now_s)


def _nearest(model: Model, video: int, places: dict[int, int]) -> list[int]:
    near = model.nearest(video)
    enough = set(near.videos[near.here >= LEAST_PEOPLE].tolist()) & places.keys()
    pairs = zip(near.videos.tolist(), near.similarity.tolist(), strict=True)
    best = [(places[other], round(SCALE * alike)) for other, alike in pairs if other in enough]
    return [number for pair in best[:NEAREST] for number in pair]


def _encode(said: dict[str, Any], now_s: float) -> EncodedTable:
    version = sha256(orjson.dumps(said)).hexdigest()[:16]
    json = orjson.dumps(Table(version, int(now_s), **said)._asdict())
    return EncodedTable(version, json, gzip.compress(json, mtime=0))
