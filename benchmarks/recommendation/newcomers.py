"""`python -m benchmarks.recommendation.newcomers`: who is served how well, and what variety costs.

Compares by how many plays a viewer has, on two unlike federations and on given streams, and writes
NEWCOMERS.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.machine import machine
from benchmarks.recommendation.judging.metrics import diversity, features_of, interval
from benchmarks.recommendation.judging.prequential import Run, asks, play
from benchmarks.recommendation.judging.report import signed
from benchmarks.recommendation.models.ours import Ours
from benchmarks.recommendation.models.peers import PEERS
from benchmarks.recommendation.models.recommender import SHOWN, Ask
from benchmarks.recommendation.streams.audience import federation
from benchmarks.recommendation.streams.communities import communities
from benchmarks.recommendation.streams.federation import Size
from benchmarks.recommendation.streams.stream import Floats, Ints, Stream, load
from benchmarks.tables import table
from instance.recommendations.figures import gini

HERE = Path(__file__).parent
SEEDS, VIEWERS = (1, 2), 500
RIVALS = ("popularity", "additive co-watch", "cornac EASE", "PeerTube today")
DIALS = (0.0, 0.25, 0.5, 0.75, 1.0)
DEFAULT = 0.5
GROUPS = {"0": (0, 0), "1": (1, 1), "2": (2, 2), "3 to 5": (3, 5), "more": (6, 10**9)}
PAGE = """# Who is served how well, and what variety costs

Made by `python -m benchmarks.recommendation.newcomers {command}`. {machine}.

Recall@10, and ours − the other's, with 95 % intervals from a bootstrap over viewers; all lists are
of the same moments, at {asks:,} plays of each stream and up to {more:,} more of each group. First
plays that are a video's publication are left out. Ours is the list as it ships (dial at .5).

{streams}
"""


class Played(NamedTuple):
    """The lists of all models on one stream, at the same events."""

    stream: Stream
    sample: Ints
    runs: Mapping[str, Run]

    def hits(self, name: str) -> Floats:
        """Return by event whether the next video was among the ten."""
        run = self.runs[name]
        return np.asarray((run.shown == self.stream.video[run.event][:, None]).any(axis=1), float)

    @property
    def events(self) -> Ints:
        """The events at which the models were asked."""
        return self.runs[_dial(DEFAULT)].event


class _Dialled(Ours):
    """Ours, asked once for every setting of the dial."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.lists: dict[float, list[list[int]]] = {dial: [] for dial in DIALS}

    def rank(self, ask: Ask) -> list[int]:
        for self.surprise in DIALS:
            self.lists[self.surprise].append(super().rank(ask))
        return []


def _dial(surprise: float) -> str:
    return f"dial at {surprise:g}"


def _asked(stream: Stream, number: int, seed: int) -> tuple[Ints, Ints]:
    """Return the random sample, and it with more events of each group."""
    rng = np.random.default_rng(seed)
    sample, before = asks(stream, number, seed), stream.plays_before
    fair = np.flatnonzero(~stream.leaks)
    more = [sample]
    for low, high in GROUPS.values():
        group = fair[(before[fair] >= low) & (before[fair] <= high)]
        more.append(rng.choice(group, min(number // 3, len(group)), replace=False))
    return sample, np.unique(np.concatenate(more))


def played(stream: Stream, number: int, seed: int, rivals: Sequence[str]) -> Played:
    """Play a stream with ours, at each setting of the dial, and with rivals."""
    sample, asked = _asked(stream, number, seed)
    ours = _Dialled(stream)
    own = play(stream, ours, asked)
    runs = {}
    for dial, lists in ours.lists.items():
        shown = np.full((len(asked), SHOWN), -1)
        for row, videos in enumerate(lists):
            shown[row, : len(videos)] = videos[:SHOWN]
        runs[_dial(dial)] = own._replace(shown=shown)
    runs |= {name: play(stream, PEERS[name](stream), asked) for name in rivals}
    return Played(stream, sample, runs)


def _by_plays(some: Sequence[Played], rivals: Sequence[str]) -> str:
    rows = []
    ours = _dial(DEFAULT)
    for group, (low, high) in {"all": (0, 10**9), **GROUPS}.items():
        parts = []
        for each in some:
            before = each.stream.plays_before[each.events]
            inside = (before >= low) & (before <= high)
            if group == "all":
                inside = np.isin(each.events, each.sample)
            parts.append((each, inside))
        number = sum(int(inside.sum()) for _, inside in parts)
        cells = [group, f"{number:,}", f"{_mean(parts, ours):.3f}"]
        for name in rivals:
            pairs = [
                ((e.hits(ours) - e.hits(name))[inside], _viewers(e)[inside]) for e, inside in parts
            ]
            cells.append(f"{_mean(parts, name):.3f}: {signed(interval(pairs))}")
        rows.append(cells)
    return table(("plays before", "lists", "Mirrorwise", *rivals), rows)


def _mean(parts: Sequence[tuple[Played, np.ndarray]], name: str) -> float:
    return float(np.concatenate([each.hits(name)[inside] for each, inside in parts]).mean())


def _viewers(each: Played) -> Floats:
    return np.asarray(each.stream.viewer[each.events], dtype=np.float64)


def _frontier(some: Sequence[Played]) -> str:
    rows = []
    pure = _dial(0.0)
    for dial in DIALS:
        name = _dial(dial)
        pairs, lists, unlike, uneven = [], [], [], []
        for each in some:
            inside = np.isin(each.events, each.sample)
            pairs.append(((each.hits(name) - each.hits(pure))[inside], _viewers(each)[inside]))
            shown = each.runs[name].shown[inside]
            counts = np.bincount(shown[shown >= 0], minlength=each.stream.videos)
            lists.append(float((counts > 0).mean()))
            uneven.append(gini(counts.astype(np.float64)))
            vectors = features_of(each.stream)
            unlike += [diversity(vectors[row[row >= 0]]) for row in shown]
        own = _mean([(e, np.isin(e.events, e.sample)) for e in some], name)
        base = _mean([(e, np.isin(e.events, e.sample)) for e in some], pure)
        rows.append(
            [
                f"{dial:g}" + (" (default)" if dial == DEFAULT else ""),
                f"{own:.3f}",
                "–" if dial == 0.0 else signed(interval(pairs)),
                "–" if dial == 0.0 else f"{100 * (own / base - 1):+.1f} %",
                f"{np.mean(lists):.2f}",
                f"{np.mean(uneven):.2f}",
                f"{np.nanmean(unlike):.3f}",
            ]
        )
    head = ("dial", "Recall@10", "− pure scores [95 %]", "in %", "coverage", "Gini", "diversity")
    return table(head, rows)


def _position(some: Sequence[Played], rivals: Sequence[str]) -> str:
    """Return recall by how a play was found, if the streams tell; else nothing."""
    if any(each.stream.place is None for each in some):
        return ""
    rows = []
    for name in (_dial(DEFAULT), *rivals):
        hits = np.concatenate([each.hits(name) for each in some])
        places = [e.stream.place[e.events] for e in some if e.stream.place is not None]
        place = np.concatenate(places)
        listed = place > 0
        rows.append(
            [
                "Mirrorwise" if name == _dial(DEFAULT) else name,
                f"{hits.mean():.3f}",
                f"{hits[~listed].mean():.3f}",
                f"{hits[listed].mean():.3f}",
                f"{np.average(hits[listed], weights=place[listed]):.3f}",
            ]
        )
    head = ("model", "all plays", "found otherwise", "from a list", "from a list, weighed by 1/p")
    words = (
        "\n\nPlays from a recommender's list favour whoever ranks as that recommender did, and its "
        "first places. Weighed by inverse propensity (the place, as places are seen with "
        "probability 1/place), the second of these is taken out; the first cannot be: a list "
        "without a randomised slot tells nothing of what it did not show.\n\n"
    )
    return words + table(head, rows)


def _section(name: str, some: Sequence[Played], rivals: Sequence[str]) -> str:
    found = f"## {name}\n\n{_by_plays(some, rivals)}{_position(some, rivals)}"
    return f"{found}\n\nWhat the dial's settings cost and bring:\n\n{_frontier(some)}"


def main() -> None:
    """Play, print the page, and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asks", type=int, default=2000, help="plays at which models are asked")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="further streams, as .npz")
    parser.add_argument("--quick", action="store_true", help="small, printed and not written")
    given = parser.parse_args()
    viewers, seeds = (100, SEEDS[:1]) if given.quick else (VIEWERS, SEEDS)
    streams = {
        "The federation of RESULTS.md": [federation(s, Size(viewers=viewers)) for s in seeds],
        "Another federation, made otherwise": [communities(s, viewers) for s in seeds],
        **{f"Given: {file.stem}": [load(file)] for file in given.data},
    }
    rivals = [name for name in RIVALS if name in PEERS]
    sections = []
    for name, some in streams.items():
        found = [played(each, given.asks, at, rivals) for at, each in enumerate(some, 1)]
        sections.append(_section(name, found, rivals))
        print(sections[-1], flush=True)
    page = PAGE.format(
        command=f"--asks {given.asks}" + (" --data FILE …" if given.data else ""),
        machine=machine(),
        asks=given.asks,
        more=given.asks // 3,
        streams="\n\n".join(sections),
    )
    if not given.quick:
        (HERE / "NEWCOMERS.md").write_text(page)


if __name__ == "__main__":
    main()
