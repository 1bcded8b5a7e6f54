"""Serialisation of a model: a version line, the sha256 of the rest, and an .npz with JSON in it."""

import io
import json
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data.disclosure import Play
from .data.ledger import Week, week_of
from .data.log import Log
from .messages import Video
from .scoring.drift import Shift
from .scoring.ranker import START_WEIGHTS
from .state import ModelState

VERSION = b"mirrorwise recommender 4\n"
# Of 0.1 and 0.2, and after them: `popular` had other half-lives, weights no covariance, and some of
# what is now stored was computed at loading.
EARLIER = (b"mirrorwise recommender 2\n", b"mirrorwise recommender 3\n")
LABELS = ("labels", "label_shares")
Arrays = dict[str, NDArray[Any]]


class SnapshotError(ValueError):
    """The bytes are not a snapshot of this version."""


def pack(model: ModelState) -> bytes:
    """Return a model as bytes; nothing of it is changed."""
    arrays: Arrays = {}
    catalogue = model.catalogue
    document = {
        "videos": catalogue.videos,
        "codes": [[each.names, each.free] for each in catalogue.codes],
        "free": catalogue.free,
        "described": catalogue.described,
        "viewers": list(model.logs),
        "expired": [log.expired for log in model.logs.values()],
        "weeks": list(model.ledger.weeks),
        "sources": model.ledger.sources,
        "ranker": model.ranker.state(),
        "shifts": model.drift.shifts,
        "learned": model.learned,
        "clock_s": model.clock_s,
        "pending": model.pending.plays,
        "leanings": model.leanings.state(),
        "heard": model.heard.state(),
        "recent": model.recent.state(),
        "dice": model.rng.bit_generator.state,
        "popular_at_s": [counter.at_s for counter in model.popular],
    }
    for number, counter in enumerate(model.popular):
        arrays[f"popular {number}"] = counter.counts
    for name in LABELS:
        arrays[name] = getattr(catalogue, name)[:, : len(catalogue)]
    for name in ("videos", "weights", "times_s"):
        columns = [getattr(log, name) for log in model.logs.values()]
        arrays[f"log {name}"] = np.concatenate(
            [np.empty(0, getattr(Log(), name).typecode), *columns]
        )
    arrays["log lengths"] = np.array([len(log) for log in model.logs.values()], np.int64)
    for number, week in enumerate(model.ledger.weeks.values()):
        arrays |= {f"week {number} {name}": column for name, column in _columns(week).items()}
    arrays |= model.recent.arrays()
    arrays["words"] = np.frombuffer(json.dumps(document).encode(), np.uint8)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    body = file.getvalue()
    return VERSION + sha256(body).digest() + body


def unpack(data: bytes, model: ModelState) -> None:
    """Fill a new model from bytes; raise SnapshotError unless they are what `pack` made."""
    body = _checked(data)
    with np.load(io.BytesIO(body), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    document = json.loads(arrays["words"].tobytes())
    model.ledger.sources[:] = document["sources"]
    for number, (source, epoch) in enumerate(document["weeks"]):
        model.ledger.weeks[source, epoch] = _week(arrays, f"week {number} ")
    model.catalogue.fill([video and Video(*video) for video in document["videos"]])
    model.logs = _logs(arrays, document["viewers"], document.get("expired"))
    model.drift.shifts = [Shift(*shift) for shift in document["shifts"]]
    model.learned = document["learned"]
    model.rng.bit_generator.state = document["dice"]
    for number, at_s in enumerate(document["popular_at_s"]):
        counter = model.popular[number]
        counter.counts, counter.at_s = arrays[f"popular {number}"], at_s
    if data.startswith(EARLIER):
        _convert(model, document)
    else:
        model.catalogue.restore(
            document["codes"], document["free"], document["described"], *(arrays[n] for n in LABELS)
        )
        model.ranker.restore(document["ranker"])
        model.clock_s = document["clock_s"]
        model.pending.plays = [Play(*play) for play in document["pending"]]
        # Snapshots from before there was a federation have none of these.
        model.leanings.restore(document.get("leanings", []))
        model.heard.restore(document.get("heard", []))
        model.recent.restore(document.get("recent", {"public": 0, "rows": []}), arrays)
    model.neighbours.read_as_of(week_of(model.clock_s))


def _convert(model: ModelState, document: dict[str, Any]) -> None:
    """Compute what an earlier version did not store, or counted with other half-lives."""
    plays = [
        play for log in model.logs.values() for play in zip(log.times_s, log.videos, strict=True)
    ]
    model.clock_s = max((at_s for at_s, _ in plays), default=max(document["popular_at_s"]))
    weights = document["weights"] if "weights" in document else document["ranker"]["mean"]
    model.ranker.start_from(START_WEIGHTS | weights)
    for counter in model.popular_by_plays:
        counter.counts[:] = 0.0
        for at_s, video in sorted(plays):
            counter.add(video, 1.0, at_s)


def _checked(data: bytes) -> bytes:
    head, digest = len(VERSION), len(VERSION) + 32
    if not data.startswith((VERSION, *EARLIER)):
        raise SnapshotError("model of another version: run `mirrorwise rebuild`")
    if sha256(data[digest:]).digest() != data[head:digest]:
        raise SnapshotError("model is damaged: run `mirrorwise rebuild`")
    return data[digest:]


def _columns(week: Week) -> Arrays:
    rows = week.rows.values()
    return {
        "plays": np.array([list(week.plays), list(week.plays.values())], np.int32),
        "rows": np.array([list(week.rows), [len(row) for row in rows]], np.int32),
        "others": np.fromiter((other for row in rows for other in row), np.int32),
        "counts": np.fromiter((count for row in rows for count in row.values()), np.int32),
    }


def _week(arrays: Arrays, name: str) -> Week:
    week = Week()
    week.plays.update(zip(*arrays[name + "plays"].tolist(), strict=True))
    others, counts = arrays[name + "others"].tolist(), arrays[name + "counts"].tolist()
    start = 0
    for video, length in arrays[name + "rows"].T.tolist():
        end = start + length
        week.rows[video] = dict(zip(others[start:end], counts[start:end], strict=True))
        start = end
    return week


def _logs(
    arrays: Arrays, viewers: list[tuple[str, str]], expired: list[int] | None
) -> dict[tuple[str, str], Log]:
    ends = np.cumsum(arrays["log lengths"]).tolist()
    logs: dict[tuple[str, str], Log] = {}
    columns = [arrays[f"log {name}"].tolist() for name in ("videos", "weights", "times_s")]
    start = 0
    before = expired or [0] * len(viewers)
    for (source, viewer), end, gone in zip(viewers, ends, before, strict=True):
        plays = [*zip(*(column[start:end] for column in columns), strict=True)]
        logs[source, viewer] = Log(plays, gone)
        start = end
    return logs
