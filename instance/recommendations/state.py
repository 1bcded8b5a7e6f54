"""The recommender's state: the model, and what the service must know beside it.

It changes by lines alone, and always the same way, so that every worker comes to the same one.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from reco import Event, Model, Removed, SnapshotError
from reco.data.log import Log

from ..journal import Accepted
from .journal_records import Counts, Expired, Figured, Gone, Line, Play, Put, Subject, read
from .public_video import account_of, channel_of, video_of

VERSION = b"mirrorwise recommendations 1\n"
PLAYS_A_DAY = 5
DAY_S = 86_400.0
# How many plays more than views a video may have, so that whoever makes viewers up gains nothing
# that PeerTube's counter, which asks for addresses, does not grant. The counter is written every
# half hour and read somewhat later; till then what comes is to be sent later.
AHEAD = 5
KEPT_FIGURES = 400


class Wrong(NamedTuple):
    """Which field forbids to count a play, why, and whether it may be otherwise later."""

    field: str
    reason: str
    later: bool = False


NOT_PUBLIC = Wrong("video", "is not a public video that this instance knows")
UNBORN = Wrong("day", "is before the video was published")
TOO_MANY = Wrong("viewer", f"has told of {PLAYS_A_DAY} videos on that day; no more are taken")
AHEAD_OF_VIEWS = Wrong("video", "has more plays than PeerTube has counted views", later=True)


class State:
    """The model and, by video, what is shown and how many plays its counter still covers."""

    def __init__(self) -> None:
        self.model = Model()
        self.shown: dict[str, bytes] = {}
        self.covered: dict[str, int] = {}
        self.figures: list[dict[str, Any]] = []
        self._owned: dict[str, set[str]] = {}

    def take_all(self, some: Iterable[Accepted]) -> None:
        """Take entries in."""
        for accepted in some:
            self.take(accepted)

    def take(self, accepted: Accepted) -> None:
        """Take an entry in."""
        for line in read(accepted.entry.payload):
            self.take_line(line, accepted.entry.accepted_at)

    def take_line(self, line: Line, now_s: float) -> None:
        """Take one line in; a play that may not be counted changes nothing."""
        if isinstance(line, Play):
            self._play(line)
        elif isinstance(line, Put):
            self._put(line.shown, now_s)
        elif isinstance(line, Counts):
            self._count(line, now_s)
        elif isinstance(line, Gone):
            self.forget(Subject("video", line.video))
        elif isinstance(line, Expired):
            self.model.expire(line.before_s)
        elif isinstance(line, Figured):
            self.figures = [*self.figures, line.figures][-KEPT_FIGURES:]

    def refusal(self, play: Play, before: Sequence[Play] = ()) -> Wrong | None:
        """Return what forbids to count a play after others, or None."""
        if play.video not in self.shown:
            return NOT_PUBLIC
        own = [each for each in before if each[0] == play.viewer and each[-1] == play.source]
        log = self.model.logs.get((play.source, play.viewer)) or Log()
        number = self.model.catalogue.index[play.video]
        if number in log.seen or any(each.video == play.video for each in own):
            return Wrong("video", "has been told of by this viewer before")
        if play.at_s // DAY_S < self.model.catalogue.published_s[number] // DAY_S:
            return UNBORN
        times_s = [*log.times_s, *(each.at_s for each in own)]
        if sum(at_s // DAY_S == play.at_s // DAY_S for at_s in times_s) >= PLAYS_A_DAY:
            return TOO_MANY
        if self.covered[play.video] <= sum(each.video == play.video for each in before):
            return AHEAD_OF_VIEWS
        return None

    def forget(self, subject: Subject) -> Removed:
        """Forget a viewer, a video or a source; the ledger is as if it had never been."""
        if subject.what == "viewer":
            said_by = [source for source, viewer in self.model.logs if viewer == subject.name]
            plays = sum(self.model.forget_viewer(subject.name, each).plays for each in said_by)
            return Removed(plays, min(1, len(said_by)))
        if subject.what == "source":
            return self.model.forget_source(subject.name)
        self.shown.pop(subject.name, None)
        self.covered.pop(subject.name, None)
        return self.model.remove(subject.name)

    def channels_of(self, names: Iterable[str]) -> frozenset[str]:
        """Return the channels that names of channels, of accounts and of instances mean."""
        found = (self._owned.get(name, ()) for name in names)
        return frozenset(names).union(*found)

    @property
    def digest(self) -> str:
        """Return what is equal for equal counts, catalogues and figures."""
        beside = orjson.dumps(self._beside(), option=orjson.OPT_SORT_KEYS)
        return sha256(self.model.digest().encode() + beside).hexdigest()

    def snapshot(self) -> bytes:
        """Return the state as bytes."""
        beside = orjson.dumps(self._beside())
        body = len(beside).to_bytes(8, "big") + beside + self.model.snapshot()
        return VERSION + sha256(body).digest() + body

    @classmethod
    def restore(cls, data: bytes) -> "State":
        """Return the state that `snapshot` wrote, or a new one of no bytes.

        Raises
        ------
        SnapshotError
            When the bytes are damaged or of another version; it says what to do.

        """
        state = cls()
        if not data:
            return state
        body = _checked(data)
        end = 8 + int.from_bytes(body[:8], "big")
        beside = orjson.loads(body[8:end])
        state.model = Model.restore(body[end:])
        state.shown = {video: shown.encode() for video, shown in beside["shown"].items()}
        state.covered, state.figures = beside["covered"], beside["figures"]
        for shown in beside["shown"].values():
            state._own(orjson.loads(shown))
        return state

    def _beside(self) -> dict[str, Any]:
        shown = {video: shown.decode() for video, shown in self.shown.items()}
        return {"shown": shown, "covered": self.covered, "figures": self.figures}

    def _play(self, play: Play) -> None:
        if self.refusal(play) is None:
            event = Event(play.viewer, play.video, play.engaged, play.at_s)
            if not self.model.learn(event, play.source):
                self.covered[play.video] -= 1

    def _put(self, shown: dict[str, Any], now_s: float) -> None:
        video = video_of(shown)
        self._cover(video.id, video.views)
        self._own(shown)
        self.shown[video.id] = orjson.dumps(shown)
        self.model.put(video, now_s)

    def _count(self, counts: Counts, now_s: float) -> None:
        known = self.shown.get(counts.video)
        if known is not None:
            read_lately = {"views": counts.views, "likes": counts.likes}
            self._put(orjson.loads(known) | read_lately, now_s)

    def _own(self, shown: dict[str, Any]) -> None:
        """Note to which account and which instance a channel belongs."""
        for owner in (account_of(shown), shown["channel"]["host"]):
            self._owned.setdefault(owner, set()).add(channel_of(shown))

    def _cover(self, video: str, views: int) -> None:
        """Let a video have as many more plays as it has more views."""
        known = self.shown.get(video)
        before = orjson.loads(known)["views"] if known is not None else views
        self.covered[video] = self.covered.get(video, AHEAD) + max(0, views - before)


def _checked(data: bytes) -> bytes:
    head, digest = len(VERSION), len(VERSION) + 32
    if not data.startswith(VERSION):
        raise SnapshotError("the model is of another version: run `mirrorwise rebuild`")
    if sha256(data[digest:]).digest() != data[head:digest]:
        raise SnapshotError("the model is damaged: run `mirrorwise rebuild`")
    return data[digest:]
