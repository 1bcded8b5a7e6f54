"""Explanations: reasons for a recommendation, whose points add up to its score."""

from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import TypeAlias

import numpy as np

from ..data.arrays import Floats
from ..data.catalogue import Catalogue
from ..data.neighbours import CoWatches
from ..messages import Reason
from .features import DAY_S, FEATURES, parts
from .viewer import Viewer

# At most so many plays and labels are named; the others are summed up in one reason.
NAMED = 3
TOGETHER = "{viewers} people who watched {video} watched this too, {here} of them here"
OTHERS = "Watched by people who watched other videos that you watched"
LABEL = "You watch what has this label: {label}"
OTHER_LABELS = "Other labels of what you watch"
Sentence: TypeAlias = tuple[str, dict[str, str | float]]
CHANCE = "A chance for something new"
# Sentences for videos that are younger than so many days.
PUBLISHED = {1: "Published today", 2: "Published yesterday"}
SENTENCES = {
    "last watched": "Much the same people watched what you watched last, {video}",
    "tags just now": "It has labels of what you have just watched, {video}",
    "language": "You watch videos in this language: {language}",
    "channel": "You watch the channel {channel}",
    "channel just now": "You have just watched the channel {channel}",
    "subscribed": "You subscribe to the channel {channel}",
    "fresh": "Published {days} days ago",
    "popular now": "Popular here in the last days",
    "popular": "Popular here in the last weeks",
    "popular in the fediverse": "Popular in the fediverse",
    "new": "Few people here have watched it yet",
}
# The names of the values in each feature's sentence.
NAMES = {
    feature: [name for _, name, _, _ in Formatter().parse(sentence) if name]
    for feature, sentence in SENTENCES.items()
}


class Explainer:
    """Turns the points of features into reasons, for one viewer at `now_s`."""

    def __init__(
        self,
        catalogue: Catalogue,
        viewer: Viewer,
        co_watches: CoWatches,
        now_s: float,
    ) -> None:
        self._catalogue, self._viewer = catalogue, viewer
        self._co_watches, self._now_s = co_watches, now_s
        self._parts = parts(viewer, co_watches)
        self._last = "".join(map(catalogue.name, viewer.videos[:1].tolist()))

    def reasons(self, video: int, points: Floats) -> list[Reason]:
        """Return the reasons for a video, the strongest first; `points` is one per feature."""
        about = self._catalogue.video(video)
        days = round(max(0.0, self._now_s - about.published_s) / DAY_S, 1)
        values: dict[str, str | float] = {
            "video": self._last,
            "channel": about.channel,
            "language": about.language,
            "days": days,
        }
        found: list[Reason] = []
        for feature, gain in zip(FEATURES, points.tolist(), strict=True):
            if not gain:
                continue
            if feature == "co-watch":
                found += self._co_watch_reasons(video, gain)
            elif feature == "tags":
                found += self._label_reasons(video, gain)
            else:
                named = {name: values[name] for name in NAMES[feature]}
                found.append(Reason(_sentence(feature, days), named, gain))
        return sorted(found, key=lambda it: -abs(it.points))

    def _co_watch_reasons(self, video: int, points: float) -> Iterable[Reason]:
        """Divide the points among the viewer's plays that they come from."""
        brought = np.flatnonzero(self._co_watches.videos == video)
        added = dict(zip(brought.tolist(), self._parts[brought].tolist(), strict=True))
        return _divided(points, added, self._co_watch, OTHERS)

    def _co_watch(self, at: int) -> Sentence:
        return TOGETHER, {
            "video": self._catalogue.name(int(self._viewer.videos[self._co_watches.of[at]])),
            "viewers": round(float(self._co_watches.viewers[at]), 1),
            "here": round(float(self._co_watches.here[at]), 1),
        }

    def _label_reasons(self, video: int, points: float) -> Iterable[Reason]:
        """Divide the points among the labels that they come from."""
        c = self._catalogue
        labels = c.labels[: c.widest, video]
        shares = self._viewer.labels[labels] * c.label_shares[: c.widest, video]
        added = dict(zip(labels.tolist(), shares.tolist(), strict=True))
        return _divided(
            points, added, lambda it: (LABEL, {"label": c.label_codes.names[it]}), OTHER_LABELS
        )


def _sentence(feature: str, days: float) -> str:
    sentence = SENTENCES[feature]
    if feature != "fresh":
        return sentence
    return next((recent for younger, recent in PUBLISHED.items() if days < younger), sentence)


def _divided(
    points: float, parts: Mapping[int, float], say: Callable[[int], Sentence], others: str
) -> Iterable[Reason]:
    """Yield a reason for each of the largest parts, and one for what all others add."""
    total = sum(parts.values())
    if not total:
        return
    named = sorted((key for key in parts if parts[key]), key=lambda key: -parts[key])[:NAMED]
    for key in named:
        yield Reason(*say(key), points * parts[key] / total)
    rest = total - sum(parts[key] for key in named)
    if rest > total * 1e-9:
        yield Reason(others, {}, points * rest / total)
