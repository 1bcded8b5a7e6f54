"""Explanations: reasons for a recommendation, whose points add up to its score."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from string import Formatter
from typing import TypeAlias

import numpy as np

from ..data.arrays import Floats
from ..data.catalogue import Catalogue
from ..data.disclosure import coarse
from ..data.neighbours import CoWatches
from ..messages import Reason
from .features import DAY_S, FEATURES, parts
from .viewer import Viewer

POPULAR_HERE = ("popular today", "popular now", "popular")
# At most so many plays and labels are named; the others are summed up in one reason.
NAMED = 3
TOGETHER = "{viewers} people or more who watched {video} watched this too"
OTHERS = "Watched by people who watched other videos that you watched"
LABEL = "You watch what has this label: {label}"
LANGUAGE_LABEL = "language "
OTHER_LABELS = "Other labels of what you watch"
Sentence: TypeAlias = tuple[str, dict[str, str | float]]
CHANCE = "A chance for something new"
IN_YOUR_LANGUAGE = "Popular in your language this week"
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
    "popular today": "Popular here in the last hours",
    "popular now": "Popular here in the last days",
    "popular": "Popular here in the last weeks",
    "popular in the fediverse": "Popular in the fediverse",
    "new": "Few people here have watched it yet",
}
# What is said of a feature that lowers the score, so that no reason contradicts its points. A date
# is a fact either way.
AGAINST = {
    "popular today": "It counts less because many have watched it in the last hours",
    "popular now": "It counts less because many watch it now",
    "popular": "It counts less because many have watched it for weeks",
    "popular in the fediverse": "It counts less because many watch it in the fediverse",
    "new": "It counts less because few people here have watched it yet",
}
OTHER_AGAINST = "It counts less because of what you watched before"
# The names of the values in each feature's sentence.
NAMES = {
    feature: [name for _, name, _, _ in Formatter().parse(sentence) if name]
    for feature, sentence in SENTENCES.items()
}


def leading(found: Sequence[list[Reason]]) -> list[list[Reason]]:
    """Put first, for each video of a list, what sets it apart from the others.

    That is the reason that adds most beyond what reasons of the same sentence add to a video of the
    list on average. No two videos get the same first line, as long as they have others.
    """
    total: defaultdict[str, float] = defaultdict(float)
    for reasons in found:
        for reason in reasons:
            total[reason.say] += reason.points
    said: set[str] = set()
    ordered = []
    for reasons in found:
        apart = sorted(reasons, key=lambda it: total[it.say] / len(found) - it.points)
        fresh = (it for it in apart if it.points > 0.0 and _line(it) not in said)
        first = next(fresh, None)
        if first is not None:
            said.add(_line(first))
            reasons = [first, *(it for it in reasons if it is not first)]
        ordered.append(reasons)
    return ordered


def _line(reason: Reason) -> str:
    return reason.say.format(**reason.values)


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
        days = int(max(0.0, self._now_s - about.published_s) / DAY_S)
        values: dict[str, str | float] = {
            "video": self._last,
            "channel": about.channel,
            "language": about.language,
            "days": days,
        }
        found: list[Reason] = []
        for feature, gain in _without_contradiction(points).items():
            if not gain:
                continue
            if feature == "co-watch":
                found += self._co_watch_reasons(video, gain)
            elif feature == "tags":
                found += self._label_reasons(video, gain)
            else:
                found.append(self._reason(feature, values, gain))
        return sorted(found, key=lambda it: -it.points)

    def _reason(self, feature: str, values: Mapping[str, str | float], gain: float) -> Reason:
        if gain < 0.0 and feature != "fresh":
            return Reason(AGAINST.get(feature, OTHER_AGAINST), {}, gain)
        if feature == "popular now" and self._speaks(str(values["language"])):
            return Reason(IN_YOUR_LANGUAGE, {}, gain)
        named = {name: values[name] for name in NAMES[feature]}
        return Reason(_sentence(feature, float(values["days"])), named, gain)

    def _speaks(self, language: str) -> bool:
        number = self._catalogue.languages.numbers.get(language, 0)
        return bool(number and self._viewer.languages[number] > 0.0)

    def _co_watch_reasons(self, video: int, points: float) -> Iterable[Reason]:
        """Divide the points among the viewer's plays that they come from.

        Named are those of which enough people tell; their number is a step, and whole.
        """
        if points < 0.0:
            yield Reason(OTHER_AGAINST, {}, points)
            return
        brought = np.flatnonzero(self._co_watches.videos == video)
        added = dict(zip(brought.tolist(), self._parts[brought].tolist(), strict=True))
        told = coarse(self._co_watches.viewers[brought]) > 0.0
        yield from _divided(points, added, self._co_watch, OTHERS, set(brought[told].tolist()))

    def _co_watch(self, at: int) -> Sentence:
        viewers = coarse(self._co_watches.viewers[at : at + 1])
        return TOGETHER, {
            "video": self._catalogue.name(int(self._viewer.videos[self._co_watches.of[at]])),
            "viewers": int(viewers[0]),
        }

    def _label_reasons(self, video: int, points: float) -> Iterable[Reason]:
        """Divide the points among the labels that they come from."""
        if points < 0.0:
            yield Reason(OTHER_AGAINST, {}, points)
            return
        c = self._catalogue
        labels = c.labels[: c.widest, video]
        shares = self._viewer.labels[labels] * c.label_shares[: c.widest, video]
        added = dict(zip(labels.tolist(), shares.tolist(), strict=True))
        yield from _divided(
            points,
            added,
            lambda it: _label(c.label_codes.names[it]),
            OTHER_LABELS,
            set(added),
        )


def _without_contradiction(points: Floats) -> dict[str, float]:
    """Return the points by feature, where either "few have watched it" or "popular here" is said.

    These features count the same plays: the reason that adds more gets the points of the others.
    """
    gains = dict(zip(FEATURES, points.tolist(), strict=True))
    popular = {name: gains[name] for name in POPULAR_HERE}
    most = max(POPULAR_HERE, key=popular.__getitem__)
    if gains["new"] and any(popular.values()):
        into, out = ("new", popular) if gains["new"] > sum(popular.values()) else (most, ["new"])
        gains[into] += sum(gains.pop(name) for name in out)
    return gains


def _label(name: str) -> Sentence:
    # As the feature "language" says it, so that two videos do not begin alike with either.
    if name.startswith(LANGUAGE_LABEL):
        return SENTENCES["language"], {"language": name.removeprefix(LANGUAGE_LABEL)}
    return LABEL, {"label": name}


def _sentence(feature: str, days: float) -> str:
    sentence = SENTENCES[feature]
    if feature != "fresh":
        return sentence
    return next((recent for younger, recent in PUBLISHED.items() if days < younger), sentence)


def _divided(
    points: float,
    parts: Mapping[int, float],
    say: Callable[[int], Sentence],
    others: str,
    nameable: set[int],
) -> Iterable[Reason]:
    """Yield a reason for each of the largest parts that may be named, and one for all others."""
    total = sum(parts.values())
    if not total:
        return
    may = (key for key in parts if parts[key] and key in nameable)
    named = sorted(may, key=lambda key: -parts[key])[:NAMED]
    for key in named:
        yield Reason(*say(key), points * parts[key] / total)
    rest = total - sum(parts[key] for key in named)
    if rest > total * 1e-9:
        yield Reason(others, {}, points * rest / total)
