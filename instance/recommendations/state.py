"""The recommender's state: the model, public videos, cover of view counters, what others say.

Only records change it, deterministically, so that all workers come to the same state.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from math import inf
from typing import Any, NamedTuple

import orjson

from reco import Event, Model, Removed, SnapshotError
from reco.data.log import Log
from reco.federation.statement import StatementError, read

from ..clock import DAY_S
from ..journal import Accepted
from .journal_records import (
    Counts,
    Expired,
    Figured,
    Gone,
    Heard,
    Play,
    Put,
    Record,
    Subject,
    decode,
)
from .public_video import account_of, channel_of, video_of

VERSION = b"mirrorwise recommendations 1\n"
PLAYS_A_DAY = 5
# How many more plays than views a video may have. Invented viewers then gain nothing that
# PeerTube's view counter, which goes by addresses, does not grant. The counter is written every
# half hour and read somewhat later; until then further plays are refused with `later`.
AHEAD = 5
KEPT_FIGURES = 400
# The owner of this instance's own channels; no account and no host has an empty name.
THIS_INSTANCE = ""


class Rejection(NamedTuple):
    """Why a play is not counted: the field, the reason, and whether it may be counted later."""

    field: str
    reason: str
    later: bool = False


NOT_PUBLIC = Rejection("video", "is not a public video that this instance knows")
IMPOSSIBLE = Rejection("day", "is no time, or the answer is neither 0 nor 1")
UNBORN = Rejection("day", "is before the video was published")
TOO_MANY = Rejection("viewer", f"has told of {PLAYS_A_DAY} videos on that day; no more are taken")
AHEAD_OF_VIEWS = Rejection("video", "has more plays than PeerTube has counted views", later=True)


class State:
    """The model and, by video, PeerTube's JSON and how many plays its view counter still covers."""

    def __init__(self) -> None:
        self.model = Model()
        self.public_videos: dict[str, bytes] = {}
        self.covered: dict[str, int] = {}
        self.figures: list[dict[str, Any]] = []
        # By instance and week, what others say now.
        self.heard: dict[str, dict[int, Heard]] = {}
        self._channels_of_owner: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def apply_entries(self, some: Iterable[Accepted]) -> None:
        """Apply entries in their order."""
        for accepted in some:
            self.apply_entry(accepted)

    def apply_entry(self, accepted: Accepted) -> None:
        """Apply the records of an entry."""
        for record in decode(accepted.entry.payload):
            self.apply(record, accepted.entry.accepted_at)

    def apply(self, record: Record, now_s: float) -> None:
        """Apply one record; a play that may not be counted changes nothing."""
        if isinstance(record, Play):
            self._play(record, now_s)
        elif isinstance(record, Put):
            self._put(record.video, now_s)
        elif isinstance(record, Counts):
            self._count(record, now_s)
        elif isinstance(record, Gone):
            self.forget(Subject("video", record.video))
        elif isinstance(record, Heard):
            self._hear(record)
        elif isinstance(record, Expired):
            self.model.expire(record.before_s)
        elif isinstance(record, Figured):
            self.figures = [*self.figures, record.figures][-KEPT_FIGURES:]

    def rejection(self, play: Play, before: Sequence[Play] = ()) -> Rejection | None:
        """Return why a play may not be counted after others, or None."""
        if play.video not in self.public_videos:
            return NOT_PUBLIC
        own = [each for each in before if each[0] == play.viewer and each[-1] == play.source]
        log = self.model.logs.get((play.source, play.viewer)) or Log()
        number = self.model.catalogue.index[play.video]
        if number in log.seen or any(each.video == play.video for each in own):
            return Rejection("video", "has been told of by this viewer before")
        if not 0.0 <= play.at_s < inf or play.engaged not in (0, 1):
            return IMPOSSIBLE
        if play.at_s // DAY_S < self.model.catalogue.published_s[number] // DAY_S:
            return UNBORN
        times_s = [*log.times_s, *(each.at_s for each in own)]
        if sum(at_s // DAY_S == play.at_s // DAY_S for at_s in times_s) >= PLAYS_A_DAY:
            return TOO_MANY
        if self.covered[play.video] <= sum(each.video == play.video for each in before):
            return AHEAD_OF_VIEWS
        return None

    def knows(self, viewer: str) -> bool:
        """Say whether any play of a viewer is remembered, whatever instance told of it."""
        return any(name == viewer for _, name in self.model.logs)

    def expired(self, subject: Subject) -> int:
        """Return how many plays of a viewer retention has deleted; 0 for other subjects."""
        logs = self.model.logs.items() if subject.what == "viewer" else ()
        return sum(log.expired for (_, viewer), log in logs if viewer == subject.name)

    def forget(self, subject: Subject) -> Removed:
        """Forget a viewer, a video or a source; the ledger is as if it had never been."""
        if subject.what == "viewer":
            sources = [source for source, viewer in self.model.logs if viewer == subject.name]
            plays = sum(self.model.forget_viewer(subject.name, each).plays for each in sources)
            return Removed(plays, min(1, len(sources)))
        if subject.what == "source":
            self.heard.pop(subject.name, None)
            self.model.unhear(subject.name)
            return self.model.forget_source(subject.name)
        if subject.what == "document":
            self._unhear(subject.name)
            return Removed(0, 0)
        if (known := self.public_videos.pop(subject.name, None)) is not None:
            self._note_owners(orjson.loads(known), -1)
        self.covered.pop(subject.name, None)
        return self.model.remove(subject.name)

    def channels_of(self, names: Iterable[str]) -> frozenset[str]:
        """Return the channels that belong to the named channels, accounts and instances."""
        found = (self._channels_of_owner.get(name, ()) for name in names)
        return frozenset(names).union(*found)

    def channels_here(self) -> frozenset[str]:
        """Return the channels of this instance."""
        return frozenset(self._channels_of_owner.get(THIS_INSTANCE, ()))

    def channels_beside(self, video: str) -> frozenset[str]:
        """Return all channels of the account that a video belongs to; none if unknown."""
        known = self.public_videos.get(video)
        if known is None:
            return frozenset()
        return frozenset(self._channels_of_owner[account_of(orjson.loads(known))])

    @property
    def digest(self) -> str:
        """Return a hash that is equal for equal counts, catalogues and figures."""
        service_part = orjson.dumps(self._service_part(), option=orjson.OPT_SORT_KEYS)
        return sha256(self.model.digest().encode() + service_part).hexdigest()

    def snapshot(self) -> bytes:
        """Return the state as bytes."""
        service_part = orjson.dumps(self._service_part())
        body = len(service_part).to_bytes(8, "big") + service_part + self.model.snapshot()
        return VERSION + sha256(body).digest() + body

    @classmethod
    def restore(cls, data: bytes) -> "State":
        """Return the state that `snapshot` wrote; an empty state for no bytes.

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
        service_part = orjson.loads(body[8:end])
        state.model = Model.restore(body[end:])
        state.public_videos = {
            uuid: video.encode() for uuid, video in service_part["shown"].items()
        }
        state.covered, state.figures = service_part["covered"], service_part["figures"]
        for heard in service_part.get("heard", ()):  # earlier versions heard nobody
            state._note_heard(Heard(*heard))
        for video in service_part["shown"].values():
            state._note_owners(orjson.loads(video), 1)
        return state

    def _service_part(self) -> dict[str, Any]:
        videos = {uuid: video.decode() for uuid, video in self.public_videos.items()}
        heard = [list(each) for weeks in self.heard.values() for each in weeks.values()]
        return {
            "shown": videos,
            "covered": self.covered,
            "figures": self.figures,
            # In an order of its own: none that depends on what was heard and forgotten between.
            "heard": sorted(heard),
        }

    def _hear(self, heard: Heard) -> None:
        """Let a document count, unless a newer one about its week does."""
        known = self.heard.get(heard.source, {}).get(heard.week)
        if known is None or known.number < heard.number:
            self._note_heard(heard)
            # It was checked before it was appended; a later version may know better.
            with suppress(StatementError):
                statement = read(orjson.loads(heard.text)["parts"])
                self.model.hear(heard.source, heard.week, statement)

    def _note_heard(self, heard: Heard) -> None:
        self.heard.setdefault(heard.source, {})[heard.week] = heard

    def _unhear(self, document: str) -> None:
        """Let a document count no more."""
        for source, weeks in [*self.heard.items()]:
            for week in [week for week, each in weeks.items() if each.document == document]:
                del weeks[week]
                self.model.unhear(source, week)
            if not weeks:
                del self.heard[source]

    def _play(self, play: Play, now_s: float) -> None:
        if self.rejection(play) is None:
            event = Event(play.viewer, play.video, play.engaged, play.at_s)
            if not self.model.learn(event, play.source, now_s):
                self.covered[play.video] -= 1

    def _put(self, public: dict[str, Any], now_s: float) -> None:
        video = video_of(public)
        self._cover(video.id, video.views)
        if (known := self.public_videos.get(video.id)) is not None:
            self._note_owners(orjson.loads(known), -1)
        self._note_owners(public, 1)
        self.public_videos[video.id] = orjson.dumps(public)
        self.model.put(video, now_s)

    def _count(self, counts: Counts, now_s: float) -> None:
        known = self.public_videos.get(counts.video)
        if known is not None:
            counters = {"views": counts.views, "likes": counts.likes}
            self._put(orjson.loads(known) | counters, now_s)

    def _note_owners(self, video: dict[str, Any], more: int) -> None:
        """Note to which account and which instance a channel belongs, by `more` videos."""
        here = (THIS_INSTANCE,) if video["isLocal"] else ()
        for owner in (account_of(video), video["channel"]["host"], *here):
            channels = self._channels_of_owner[owner]
            channels[channel_of(video)] += more
            if not channels[channel_of(video)]:
                del channels[channel_of(video)]
            if not channels:
                del self._channels_of_owner[owner]

    def _cover(self, video: str, views: int) -> None:
        """Cover as many more plays of a video as its view counter has grown by."""
        known = self.public_videos.get(video)
        before = orjson.loads(known)["views"] if known is not None else views
        self.covered[video] = self.covered.get(video, AHEAD) + max(0, views - before)


def _checked(data: bytes) -> bytes:
    head, digest = len(VERSION), len(VERSION) + 32
    if not data.startswith(VERSION):
        raise SnapshotError("the model is of another version: run `mirrorwise rebuild`")
    if sha256(data[digest:]).digest() != data[head:digest]:
        raise SnapshotError("the model is damaged: run `mirrorwise rebuild`")
    return data[digest:]
