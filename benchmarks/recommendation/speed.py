"""Measure speed and memory and write SPEED.md: `python -m benchmarks.recommendation.speed`."""

import resource
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from river.reco import BiasedMF

from benchmarks.machine import machine
from reco import Ask, Event, Model, Video
from reco.data.ledger import HERE, Ledger

VIDEOS, VIEWERS, CHANNELS = 10_000, 8_000, 500
PAIRS, HEAVIEST = 1_200_000, 1_000
START_S, BETWEEN_S, DAY_S = 1_700_000_000.0, 20.0, 86_400.0
ASKS, RIVER_ASKS, TURN = 1_000, 100, 20
PAGE = """# Speed and memory of the recommender

{machine}, one process. {videos:,} videos, {viewers:,} viewers, {events:,} plays, {pairs:,} pairs.

| | measured | target |
|---|---|---|
{rows}

- Times are processor time: other programs shared the machine.
- **folded**: plays counted in the ledger. **Learned** is all that a play
  brings: the ledger, popularity, and every sixteenth time a step of the weights.
- **recommendation**: ten videos with their reasons, for viewers drawn from those who
  play. The first to ask after many plays waits for lists of neighbours to be made anew.
- **River**: `BiasedMF.rank` over the same videos, which makes neither a varied list nor
  reasons. The three are measured by turns.
- **memory**: of the whole process at its peak, libraries included ({before} MB before the first
  play).
- **heaviest viewer**: {heaviest:,} plays, taken out of the ledger.

Made by `python -m benchmarks.recommendation.speed`.
"""


def catalogue(rng: np.random.Generator) -> list[Video]:
    """Return videos of the last year; a channel has its own tags."""
    videos = []
    for k in range(VIDEOS):
        channel = int(rng.integers(CHANNELS))
        tags = [f"tag {channel % 40}", f"tag {40 + int(rng.integers(200))}"]
        published_s = START_S - DAY_S * float(rng.integers(365))
        videos.append(Video(f"v{k}", f"c{channel}", tags, "en", published_s=published_s))
    return videos


def stream(rng: np.random.Generator) -> Sequence[Event]:
    """Return plays, most of them of the viewer's own part of the catalogue."""
    heavy, at_s = VIDEOS // 20, START_S
    events = [
        Event("heaviest", f"v{play * 7 % VIDEOS}", 1, START_S + play * 600.0)
        for play in range(HEAVIEST)
    ]
    while len(events) < 300_000:
        at_s += BETWEEN_S
        viewer = int(VIEWERS * rng.random() ** 2)
        part = viewer % 20 if rng.random() < 0.8 else int(rng.integers(20))
        video = part * heavy + int(heavy * rng.random() ** 2)
        events.append(Event(f"u{viewer}", f"v{video}", int(rng.random() < 0.8), at_s))
    return sorted(events, key=lambda event: event.at_s)


def pairs(model: Model) -> int:
    """Return how many pairs the ledger holds."""
    weeks = model.ledger.weeks.values()
    return sum(len(row) for week in weeks for row in week.rows.values()) // 2


def folded_per_s(model: Model) -> float:
    """Return how many plays per second of processor time the ledger alone counts."""
    ledger = Ledger()
    plays = [(log, place) for log in model.logs.values() for place in range(len(log))]
    began_s = process_time()
    for log, place in plays:
        ledger.add(HERE, log, place)
    return len(plays) / (process_time() - began_s)


def taught(events: Sequence[Event], videos: Sequence[Video]) -> tuple[Model, int, float]:
    """Return a model with enough pairs, the number of plays learned, and plays per second."""
    model = Model()
    for video in videos:
        model.put(video, START_S)
    began_s = process_time()
    for learned, event in enumerate(events):
        model.learn(event)
        if learned % 5_000 == 0 and pairs(model) >= PAIRS:
            break
    return model, learned, learned / (process_time() - began_s)


def times_ms(action: Callable[[Any], object], some: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Return the processor time of `action` for each of `some`, in ms."""
    taken = []
    for each in some:
        began_s = process_time()
        action(each)
        taken.append(1e3 * (process_time() - began_s))
    return np.array(taken)


def side_by_side_ms(
    model: Model, events: Sequence[Event], asks: Sequence[Ask]
) -> tuple[float, float, float]:
    """Return median times: River ranks the catalogue, we rank it, we recommend with reasons.

    They are measured by turns, so that a machine that slows down slows all of them.
    """
    peer, items = BiasedMF(), set[Hashable](model.catalogue.index)
    for event in events[:20_000]:
        peer.learn_one(  # type: ignore[no-untyped-call]
            event.viewer, event.video, float(event.engaged)
        )
    rounds = []
    for first in range(0, RIVER_ASKS, TURN):
        turn = asks[first : first + TURN]
        river_ms = times_ms(lambda ask: peer.rank(ask.viewer, items), turn)
        ranked_ms = times_ms(model.recommend, [replace(ask, count=0) for ask in turn])
        rounds.append((river_ms, ranked_ms, times_ms(model.recommend, turn)))
    river, ranked, whole = np.median(np.array(rounds), axis=(0, 2)).tolist()
    return river, ranked, whole


def peak_mb() -> float:
    """Return the largest resident set so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and write the page."""
    rng = np.random.default_rng(1)
    videos, events, before_mb = catalogue(rng), stream(rng), peak_mb()
    model, learned, per_s = taught(events, videos)
    held, now_s = pairs(model), events[learned].at_s
    asks = [Ask(now_s, events[int(k)].viewer) for k in rng.integers(0, learned, ASKS)]
    model.recommend(asks[0])
    cold_ms, warm_ms = times_ms(model.recommend, asks), times_ms(model.recommend, asks)
    peak = peak_mb()
    river, ranked, whole = side_by_side_ms(model, events, asks)
    data = model.snapshot()
    start_ms = times_ms(Model.restore, [data])[0]
    forget_ms = times_ms(model.forget_viewer, ["heaviest"])[0]
    rows = [
        ("folded", f"{folded_per_s(model):,.0f} plays/s", "≥ 50,000"),
        ("learned", f"{per_s:,.0f} plays/s", ""),
        ("recommendation, median", f"{np.median(warm_ms):.1f} ms", ""),
        ("recommendation, p99", f"{np.percentile(warm_ms, 99):.1f} ms", "≤ 10 ms"),
        ("with lists to be made first, median", f"{np.median(cold_ms):.1f} ms", ""),
        ("with lists to be made first, p99", f"{np.percentile(cold_ms, 99):.1f} ms", "≤ 10 ms"),
        ("River ranks the same catalogue", f"{river:.1f} ms", ""),
        ("we rank it", f"{ranked:.2f} ms", ""),
        ("times faster than River", f"{river / ranked:.0f}", "≥ 20"),
        ("the same, with a varied list and its reasons", f"{river / whole:.0f}", ""),
        ("memory", f"{peak:.0f} MB", "≤ 400 MB"),
        ("snapshot", f"{len(data) / 1e6:.0f} MB", ""),
        ("start from a snapshot", f"{start_ms / 1e3:.2f} s", "≤ 2 s"),
        ("forget the heaviest viewer", f"{forget_ms:.0f} ms", "≤ 50 ms"),
    ]
    page = PAGE.format(
        machine=machine(),
        videos=VIDEOS,
        viewers=VIEWERS,
        events=learned,
        pairs=held,
        before=f"{before_mb:.0f}",
        heaviest=HEAVIEST,
        rows="\n".join(f"| {' | '.join(row)} |" for row in rows),
    )
    (Path(__file__).parent / "SPEED.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
