"""The tables of the result page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from benchmarks.recommendation.judging.cells import Cell
from benchmarks.recommendation.judging.metrics import Figures, Interval, figures, interval
from benchmarks.recommendation.judging.prequential import Run
from benchmarks.recommendation.models.registry import OURS
from benchmarks.recommendation.streams.stream import DAY_S, Floats, Ints, Stream
from benchmarks.tables import table


class Runs:
    """All runs, and their metrics."""

    def __init__(self, runs: Mapping[Cell, Run]) -> None:
        self._runs = runs
        self.figures = cache(self._figures)

    def _figures(self, cell: Cell) -> Figures:
        return figures(cell.stream(), self._runs[cell].only(cell.sample()))

    def viewers(self, cell: Cell) -> Floats:
        """Return the viewer of each request."""
        return np.asarray(cell.stream().viewer[cell.sample()], dtype=np.float64)

    def mean(self, cells: Sequence[Cell], what: str) -> Interval:
        """Return a figure over all cells' asks."""
        return interval([(getattr(self.figures(c), what), self.viewers(c)) for c in cells])

    def difference(self, cells: Sequence[Cell], others: Sequence[Cell], what: str) -> Interval:
        """Return cells − others, ask by ask."""
        pairs = zip(cells, others, strict=True)
        return interval(
            [
                (getattr(self.figures(a), what) - getattr(self.figures(b), what), self.viewers(a))
                for a, b in pairs
            ]
        )

    def times(self, cells: Sequence[Cell]) -> tuple[float, float]:
        """Return mean seconds to rank and to learn."""
        runs = [self._runs[cell] for cell in cells]
        rank, learn = (np.mean([getattr(r, n) for r in runs]) for n in ("rank_s", "learn_s"))
        return float(rank), float(learn)

    def recall_at(self, cell: Cell, low: int, high: int) -> Floats:
        """Return the hits of all asks from event `low` to before event `high`."""
        run, stream = self._runs[cell], cell.stream()
        rows = (run.event >= low) & (run.event < high)
        target = stream.video[run.event[rows]][:, None]
        return np.asarray((run.shown[rows] == target).any(axis=1), dtype=np.float64)


def signed(each: Interval) -> str:
    """Format a difference with its interval."""
    return f"{each.mean:+.3f} [{each.low:+.3f}, {each.high:+.3f}]"


def comparison(runs: Runs, by_model: Mapping[str, Sequence[Cell]]) -> str:
    """Return all models, best first, with Mirrorwise − each."""
    head = (
        "model",
        "Recall@10",
        "Mirrorwise − it [95 %]",
        "NDCG@10",
        "Mirrorwise − it [95 %]",
        "coverage",
        "diversity",
        "calibration",
        "rank, ms",
        "learn, µs",
    )
    recall = {name: runs.mean(cells, "recall").mean for name, cells in by_model.items()}
    rows = [
        _row(runs, name, by_model[name], by_model[OURS])
        for name in sorted(recall, key=lambda name: -recall[name])
    ]
    return table(head, rows)


def _row(runs: Runs, name: str, cells: Sequence[Cell], ours: Sequence[Cell]) -> list[str]:
    own = name == OURS
    found = [f"**{name}**" if own else name]
    for what in ("recall", "ndcg"):
        found.append(f"{runs.mean(cells, what).mean:.3f}")
        found.append("–" if own else signed(runs.difference(ours, cells, what)))
    found.append(f"{np.mean([runs.figures(cell).coverage for cell in cells]):.2f}")
    found += [f"{runs.mean(cells, what).mean:.2f}" for what in ("diversity", "calibration")]
    rank_s, learn_s = runs.times(cells)
    return [*found, f"{1e3 * rank_s:.2f}", f"{1e6 * learn_s:.0f}"]


def parts(runs: Runs, by_model: Mapping[str, Sequence[Cell]]) -> str:
    """Return the ablations: metrics without each part, and the loss."""
    head = ("", "Recall@10", "− Mirrorwise [95 %]", "NDCG@10", "coverage", "diversity")
    rows = []
    for name, cells in by_model.items():
        lost = runs.difference(cells, by_model[OURS], "recall")
        rows.append(
            [
                f"**{name}**" if name == OURS else name,
                f"{runs.mean(cells, 'recall').mean:.3f}",
                "–" if name == OURS else signed(lost),
                f"{runs.mean(cells, 'ndcg').mean:.3f}",
                f"{np.mean([runs.figures(cell).coverage for cell in cells]):.2f}",
                f"{runs.mean(cells, 'diversity').mean:.2f}",
            ]
        )
    return table(head, rows)


def described(streams: Mapping[str, Stream]) -> str:
    """Return statistics of streams, side by side."""
    head = ("", *streams)
    columns = [_described(stream) for stream in streams.values()]
    return table(head, [[name, *(each[name] for each in columns)] for name in columns[0]])


def _described(stream: Stream) -> dict[str, str]:
    by_viewer = np.bincount(stream.viewer)
    by_viewer = by_viewer[by_viewer > 0]
    plays = np.sort(np.bincount(stream.video, minlength=stream.videos))[::-1]
    age_days = (stream.at_s - stream.published_s[stream.video]) / DAY_S
    order = np.argsort(stream.viewer, kind="stable")
    same = np.diff(stream.viewer[order]) == 0
    gaps_s = np.diff(stream.at_s[order])[same]
    low, middle, high = np.quantile(by_viewer, [0.1, 0.5, 0.9])
    return {
        "events": f"{len(stream):,}",
        "viewers": f"{len(by_viewer):,}",
        "videos": f"{stream.videos:,}",
        "channels": f"{len(set(stream.channel.tolist())):,}",
        "tags": f"{len({tag for tags in stream.tags for tag in tags}):,}",
        "days": f"{np.ptp(stream.at_s) / DAY_S:.0f}",
        "events of a viewer, P10 / median / P90": f"{low:.0f} / {middle:.0f} / {high:.0f}",
        "plays of the top 1 % of videos": f"{_share(plays, 100)}",
        "plays of the top 10 %": f"{_share(plays, 10)}",
        "median age of a video when played, days": f"{np.median(age_days):.1f}",
        "next play within an hour": f"{np.mean(gaps_s < 3600):.0%}",
        "engaged": f"{stream.engaged.mean():.0%}",
    }


def _share(plays: Ints, part: int) -> str:
    return f"{plays[: max(1, len(plays) // part)].sum() / plays.sum():.0%}"
