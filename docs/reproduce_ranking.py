"""Rank again, offline, what the recommender ranked for one viewer.

`python docs/reproduce_ranking.py model.json` prints the list; the file holds what
`Model.export` returned. It needs Python alone, and says on one page what the recommender does.
"""

import json
import sys
from collections import Counter
from math import log1p, sqrt
from pathlib import Path
from typing import Any
from zlib import crc32

Document = dict[str, Any]
Amounts = dict[str, float]
DAY_S = 86_400.0
POPULARITY = ("popular now", "popular", "popular in the fediverse", "popular today")


def allowed(model: Document, name: str, video: Document) -> bool:
    """Return whether a video may be shown at all; this comes before any score."""
    ask, channel = model["ask"], video["channel"]
    channels = {model["videos"][each]["channel"] for each in model["watched"]}
    playing = model["videos"].get(ask["video"], {"channel": ""})["channel"]
    return (
        video["published_s"] <= ask["now_s"]
        and name not in {*model["watched"], *ask["dismissed"], ask["video"]}
        and (not channel or channel not in ask["muted"])
        and (ask["within"] is None or (channel and channel in ask["within"]))
        and (ask["nsfw"] or not video["nsfw"])
        and (not ask["languages"] or video["language"] in {"", *ask["languages"]})
        and (ask["strategy"] != "fresh" or video["published_s"] > ask["now_s"] - 14 * DAY_S)
        and (ask["strategy"] != "explore" or not channel or channel not in channels)
        and (ask["strategy"] != "same-channel" or (channel and channel == playing))
    )


def taste(model: Document) -> tuple[dict[str, Amounts], dict[str, tuple[float, int]]]:
    """Return what the history tells of each kind of thing, and on whom co-watches rest."""
    co_watch, source, labels = Counter(), {}, Counter()
    languages, channels = Counter(), Counter()
    for name, weight in model["history"]:
        for other, similarity, remote in model["near"][name]:
            co_watch[other] += weight * similarity
            source[other] = max(source.get(other, (0.0, 0)), (weight * similarity, remote))
        for label, share in model["videos"][name]["labels"].items():
            labels[label] += weight * share
        languages[model["videos"][name]["language"]] += weight
        channels[model["videos"][name]["channel"]] += weight
    length = sqrt(sum(x * x for x in labels.values())) or 1.0
    total = sum(weight for _, weight in model["history"]) or 1.0
    tastes = {
        "co-watch": co_watch,
        "labels": {k: x / length for k, x in labels.items()},
        "languages": {k: x / total for k, x in languages.items() if k},
        "channels": {k: x / total for k, x in channels.items() if k},
    }
    return tastes, source


def points(model: Document, name: str, tastes: dict[str, Amounts]) -> Amounts:
    """Return what each feature adds to the score of a video."""
    ask, video = model["ask"], model["videos"][name]
    last = model["history"][0][0] if model["history"] else None
    alike_last = next((s for other, s, _ in model["near"].get(last, []) if other == name), 0.0)
    just_now = model["videos"][last] if model["session"] else {"labels": {}, "channel": ""}
    hours = max(0.0, ask["now_s"] - video["published_s"]) / 3600
    features = {
        "co-watch": log1p(10 * tastes["co-watch"].get(name, 0.0)),
        "last watched": log1p(10 * alike_last),
        "tags": cosine(video["labels"], tastes["labels"]),
        "tags just now": cosine(video["labels"], just_now["labels"]),
        "language": sqrt(tastes["languages"].get(video["language"], 0.0)),
        "channel": sqrt(tastes["channels"].get(video["channel"], 0.0)),
        "channel just now": float("" != video["channel"] == just_now["channel"]),
        "subscribed": float(video["channel"] != "" and video["channel"] in ask["subscribed"]),
        "fresh": 1 / sqrt(1 + hours),
        **{kind: log1p(level) for kind, level in zip(POPULARITY, video["popular"], strict=True)},
        "new": 1 / (1 + video["popular"][1]),
    }
    features["popular in the fediverse"] = min(
        features["popular in the fediverse"], model["trusted"]
    )
    return {k: x / model["features"][k][0] * model["features"][k][1] for k, x in features.items()}


def cosine(one: Amounts, other: Amounts) -> float:
    """Return how alike two sets of labels are; each has unit length."""
    return sum(share * other.get(label, 0.0) for label, share in one.items())


def rank(model: Document) -> list[str]:
    """Return the ids of the recommended videos, best first."""
    ask, videos = model["ask"], model["videos"]
    order = {name: place for place, name in enumerate(videos)}
    tastes, source = taste(model)
    found = {
        name: points(model, name, tastes)
        for name, video in videos.items()
        if allowed(model, name, video)
    }
    score = {name: round(sum(each.values()), 9) for name, each in found.items()}
    pool = sorted(found, key=lambda it: (-score[it], order[it]))[:100]

    surprise = 1.0 if ask["strategy"] == "explore" else min(max(ask["surprise"], 0.0), 1.0)
    relevance = round(1 - 0.4 * surprise * surprise, 6)
    if surprise <= 0.5:
        per_channel, places = (4, 20) if surprise else (10, 0)
    else:
        per_channel, places = 2, 5 if surprise == 1 else 10
    fit = {
        n: round(sum(x for k, x in p.items() if not k.startswith("popular")), 9)
        for n, p in found.items()
    }
    recent = ask["now_s"] - 30 * DAY_S
    new = [n for n in found if videos[n]["published_s"] > recent and videos[n]["popular"][1] < 5]
    new = sorted(new, key=lambda it: (-fit[it], order[it]))[:20] if places else []
    turn = f"{ask['viewer']} {int(ask['now_s'] // DAY_S)} "
    new.sort(key=lambda it: crc32((turn + it).encode()))
    pool += [name for name in new if name not in pool]

    picked, low, high = (
        [],
        min((score[name] for name in pool), default=0),
        max((score[name] for name in pool), default=0),
    )
    while len(picked) < min(ask["start"] + ask["count"], 100):
        page = picked[len(picked) // 10 * 10 :]
        remotes = {source[name][1] for name in page if name in source} - {0}
        crowded = Counter(videos[name]["channel"] for name in page)
        left = [n for n in pool if n not in picked and source.get(n, (0, 0))[1] not in remotes]
        capped = ask["strategy"] != "same-channel" and ask["within"] is None
        varied = [
            n
            for n in left
            if not (capped and videos[n]["channel"]) or crowded[videos[n]["channel"]] < per_channel
        ]
        left = varied or left
        if not left:
            break
        chance = places and (len(picked) + 1) % places == 0
        chances = [name for name in new if name in left] if chance else []

        def value(name: str) -> float:
            alike = max(
                (cosine(videos[name]["labels"], videos[it]["labels"]) for it in picked), default=0
            )
            scaled = (score[name] - low) / max(high - low, 1e-9)
            return round(relevance * scaled - (1 - relevance) * max(alike, 0), 9)

        picked.append(chances[0] if chances else max(left, key=value))
    return picked[ask["start"] :]


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python reproduce_ranking.py FILE, an answer of /api/v1/operator/ranking")
    print(*rank(json.loads(Path(sys.argv[1]).read_text())), sep="\n")
