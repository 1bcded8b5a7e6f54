"""`python -m benchmarks.recommendation.lists`: ten lists with their reasons, to be read aloud.

Writes docs/recommender-lists.md: what ten viewers of an invented federation are told after it was
played, as the page says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.recommendation.judging.prequential import play
from benchmarks.recommendation.models.ours import Ours
from benchmarks.recommendation.streams.audience import federation
from benchmarks.recommendation.streams.federation import Size
from benchmarks.recommendation.streams.stream import Stream
from reco import Ask, Reason

PAGE = Path(__file__).parents[2] / "docs" / "recommender-lists.md"
SEED, VIEWERS, LISTS = 21, 300, 10
WATCHED, TOLD = 3, 3
HEAD = """# Ten lists, and what is said of them

What ten viewers of an invented federation are recommended at its end, with the reasons that the
page shows at once. Each is from another tenth of the viewers by how much they watched; the first
has watched nothing. Videos are called by their first label and a number, channels by a number.
Made by `python -m benchmarks.recommendation.lists`.
"""


def name(stream: Stream, video: int) -> str:
    """Return what a video is called."""
    tags = stream.tags[video]
    return f"“{tags[0] if tags else 'untitled'} {video}”"


def sentence(stream: Stream, reason: Reason) -> str:
    """Return a reason as the page says it."""
    values = dict(reason.values)
    if "video" in values:
        values["video"] = name(stream, int(values["video"]))
    return reason.say.format(**values)


def told(stream: Stream, reasons: Sequence[Reason]) -> list[str]:
    """Return the reasons that the page shows at once: the first for the video, each once."""
    speaking = (sentence(stream, reason) for reason in reasons if reason.points >= 0.0)
    return [*dict.fromkeys(speaking)][:TOLD]


def viewers(stream: Stream) -> list[int]:
    """Return viewers, from those who watched least to those who watched most."""
    plays = np.bincount(stream.viewer)
    order = np.argsort(plays, kind="stable")
    order = order[plays[order] > 0]
    return [int(order[k]) for k in np.linspace(0, len(order) - 1, LISTS - 1).round().astype(int)]


def listed(stream: Stream, ours: Ours, viewer: int) -> Iterator[str]:
    """Yield the lines of one viewer's list; viewer -1 has watched nothing."""
    watched = stream.video[stream.viewer == viewer].tolist()
    lately = ", ".join(name(stream, video) for video in watched[: -WATCHED - 1 : -1])
    yield f"\n## Videos watched: {len(watched)}\n"
    if lately:
        yield f"Last: {lately}.\n"
    found = ours.model.recommend(Ask(float(stream.at_s[-1]), str(viewer)))
    for place, each in enumerate(found, 1):
        video = int(each.video)
        about = f"channel {stream.channel[video]}, {stream.language[video]}"
        reasons = ". ".join(told(stream, each.reasons))
        yield f"{place}. {name(stream, video)} ({about}). {reasons}."


def page(stream: Stream) -> str:
    """Play the stream and return the page."""
    ours = Ours(stream)
    play(stream, ours, np.array([], dtype=np.int64))
    some = (listed(stream, ours, viewer) for viewer in (-1, *viewers(stream)))
    return HEAD + "\n".join(line for lines in some for line in lines) + "\n"


def main() -> None:
    """Write the page and print it."""
    PAGE.write_text(made := page(federation(SEED, Size(viewers=VIEWERS))))
    print(made)


if __name__ == "__main__":
    main()
