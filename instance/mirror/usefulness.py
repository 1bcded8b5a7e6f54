"""Which videos are worth their room: those that are watched most, and the newest."""

from collections.abc import Callable, Iterable

from ..clock import DAY_S
from .listing import Listed
from .store import Held

# A new video counts as one that twenty people have watched within five days.
PRIOR_VIEWS = 20
PRIOR_DAYS = 5
# A video makes room only for one that is worth clearly more, so that two do not take turns.
CLEARLY_MORE = 1.5


def usefulness(video: Listed, now_s: float) -> float:
    """Return the views a day that are expected of a video.

    Room is spent on bytes that viewers will ask for, and a video's bytes are asked for as often
    as it is watched: so the value of a byte does not depend on the video's size.

    >>> usefulness(Listed("a", 130, 0.0, 0.0), 25 * DAY_S)
    5.0
    """
    days = max(0.0, now_s - video.published_s) / DAY_S
    return (video.views + PRIOR_VIEWS) / (days + PRIOR_DAYS)


def to_make_room(
    needed: int, worth: float, held: Iterable[Held], worth_of: Callable[[str], float]
) -> list[str] | None:
    """Return the least useful videos whose room is enough; None when they are worth too much.

    `needed` is in bytes; nothing makes room for what is worth only a little more.
    """
    chosen: list[str] = []
    for video in sorted(held, key=lambda one: worth_of(one.uuid)):
        if needed <= 0:
            break
        if worth_of(video.uuid) * CLEARLY_MORE > worth:
            return None
        chosen.append(video.uuid)
        needed -= video.bytes
    return chosen if needed <= 0 else None
