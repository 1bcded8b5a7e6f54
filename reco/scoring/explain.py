"""Why a video is recommended, in words and numbers that add up to its score."""

from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import TypeAlias

import numpy as np

from ..data.arrays import Floats
from ..data.catalogue import Catalogue
from ..messages import Reason
from .features import DAY_S, FEATURES, Together
from .viewer import Viewer

# So many of the viewer's plays and tags are named; what the others add is one reason.
NAMED = 3
TOGETHER = "{viewers} people who watched {video} watched this too, {here} of them here"
OTHERS = "Watched by people who watched other videos that you watched"
LABEL = "You watch what has this label: {label}"
OTHER_LABELS = "Other labels of what you watch"
Said: TypeAlias = tuple[str, dict[str, str | float]]
CHANCE = "A chance for something new"
# Of what is younger than so many days, instead of the number.
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
# By feature, the values that its sentence names.
NAMES = {
    feature: [name for _, name, _, _ in Formatter().parse(sentence) if name]
    for feature, sentence in SENTENCES.items()
}


class Explainer:
    """Turns the points of features into reasons for one who asks at `now_s`."""

    def __init__(
        self,
        catalogue: Catalogue,
        viewer: Viewer,
        together: Together,
        now_s: float,
    ) -> None:
        self._catalogue, self._viewer = catalogue, viewer
        self._found, self._now_s = together, now_s
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
                found += self._together(video, gain)
            elif feature == "tags":
                found += self._labels(video, gain)
            else:
                named = {name: values[name] for name in NAMES[feature]}
                found.append(Reason(_sentence(feature, days), named, gain))
        return sorted(found, key=lambda it: -abs(it.points))

    def _together(self, video: int, points: float) -> Iterable[Reason]:
        """Share the points out among the viewer's plays that brought them."""
        brought = np.flatnonzero(self._found.videos == video)
        parts = dict(zip(brought.tolist(), self._found.parts[brought].tolist(), strict=True))
        return _shared(points, parts, self._co_watch, OTHERS)

    def _co_watch(self, at: int) -> Said:
        return TOGETHER, {
            "video": self._catalogue.name(int(self._found.plays[at])),
            "viewers": round(float(self._found.viewers[at]), 1),
            "here": round(float(self._found.here[at]), 1),
        }

    def _labels(self, video: int, points: float) -> Iterable[Reason]:
        """Share the points out among the labels that brought them."""
        c = self._catalogue
        labels = c.labels[: c.widest, video]
        shares = self._viewer.labels[labels] * c.label_shares[: c.widest, video]
        parts = dict(zip(labels.tolist(), shares.tolist(), strict=True))
        return _shared(
            points, parts, lambda it: (LABEL, {"label": c.label_codes.names[it]}), OTHER_LABELS
        )


def _sentence(feature: str, days: float) -> str:
    words = SENTENCES[feature]
    if feature != "fresh":
        return words
    return next((said for younger, said in PUBLISHED.items() if days < younger), words)


def _shared(
    points: float, parts: Mapping[int, float], say: Callable[[int], Said], others: str
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
