"""The catalogue: the videos that may be recommended, as columns of a table."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..messages import Video
from .arrays import FIRST_ROOM, Bools, Floats, Ints, grown

# PeerTube allows five tags; category and language count as two more.
LABELS = 10
# The rarity of labels is computed again when the catalogue has grown by a twentieth.
STALE_SHARE = 0.05
COLUMNS = (
    *("listed", "nsfw", "channel", "language", "published_s", "views"),
    *("labels", "label_shares"),
)


class Codes:
    """Category codes: a number for each name in use; 0 is the empty name.

    `counts` says by number how often a name is in use. The number of a name that is not used any
    more is given to the next new one.
    """

    def __init__(self) -> None:
        self.names = [""]
        self.numbers = {"": 0}
        self.counts: NDArray[np.int64] = np.zeros(FIRST_ROOM, np.int64)
        self.free: list[int] = []

    def take(self, name: str) -> int:
        """Count one more use of a name and return its number."""
        number = self.numbers.get(name)
        if number is None:
            number = self.free.pop() if self.free else len(self.names)
            self.names[number : number + 1] = [name]
            self.numbers[name] = number
            self.counts = grown(self.counts, len(self.names))
        self.counts[number] += 1
        return number

    def release(self, number: int) -> None:
        """Count one use less."""
        self.counts[number] -= 1
        if number and not self.counts[number]:
            del self.numbers[self.names[number]]
            self.names[number] = ""
            self.free.append(number)

    def restore(self, names: list[str], free: list[int]) -> None:
        """Give the names in use other numbers."""
        counts = {name: self.counts[number] for name, number in self.numbers.items()}
        self.names, self.free = names, free
        self.numbers = {name: number for number, name in enumerate(names) if name or not number}
        self.counts = np.zeros(len(names), np.int64)
        for name, number in self.numbers.items():
            self.counts[number] = counts[name]


class Catalogue:
    """Videos by number; the number of a removed video is given to the next new one.

    Each column of `labels` holds the numbers of up to `LABELS` labels of a video: tags, category
    and language. `label_shares` holds their TF-IDF weights: idf(label) = ln(videos / videos that
    have it), scaled to unit length per video. Rows from `widest` on are 0.
    """

    def __init__(self) -> None:
        self.videos: list[Video | None] = []
        self.index: dict[str, int] = {}
        self.channels, self.languages, self.label_codes = Codes(), Codes(), Codes()
        self.listed: Bools = np.zeros(FIRST_ROOM, bool)
        self.nsfw: Bools = np.zeros(FIRST_ROOM, bool)
        self.channel: Ints = np.zeros(FIRST_ROOM, np.int32)
        self.language: Ints = np.zeros(FIRST_ROOM, np.int32)
        self.published_s: Floats = np.zeros(FIRST_ROOM)
        self.views: Floats = np.zeros(FIRST_ROOM)
        self.labels: NDArray[np.intp] = np.zeros((LABELS, FIRST_ROOM), np.intp)
        self.label_shares: Floats = np.zeros((LABELS, FIRST_ROOM))
        self.widest = 1
        self.free: list[int] = []
        self.described = 0

    def __len__(self) -> int:
        """Return how many numbers there are, free ones included."""
        return len(self.videos)

    def put(self, video: Video) -> int:
        """Add or replace a video and return its number."""
        number = self.index.get(video.id)
        before = None if number is None else self._codes_of(number)
        if number is None:
            number = self._room()
            self.index[video.id] = number
        self.videos[number] = video
        self.listed[number] = True
        self.nsfw[number] = video.nsfw
        self.channel[number] = self.channels.take(video.channel)
        self.language[number] = self.languages.take(video.language)
        self.published_s[number] = video.published_s
        self.views[number] = video.views
        self._describe(number, video)
        if before:
            self._release(*before)
        # The labels' rarity is computed again when the catalogue has grown enough.
        if len(self.index) * (1 - STALE_SHARE) > self.described:
            self.describe()
        return number

    def fill(self, videos: Sequence[Video | None]) -> None:
        """Fill an empty catalogue, each video at its number in the sequence."""
        for number, video in enumerate(videos):
            self.put(video or Video(f"removed {number}"))
        for number, video in enumerate(videos):
            if video is None:
                self.remove(number)
        self.describe()

    @property
    def codes(self) -> tuple[Codes, Codes, Codes]:
        """The codes of channels, languages and labels."""
        return self.channels, self.languages, self.label_codes

    def restore(
        self,
        codes: Sequence[tuple[list[str], list[int]]],
        free: list[int],
        described: int,
        labels: NDArray[np.intp],
        label_shares: Floats,
    ) -> None:
        """Give everything in a filled catalogue the numbers and shares that it had before."""
        for each, (names, free_codes) in zip(self.codes, codes, strict=True):
            each.restore(names, free_codes)
        self.free, self.described = free, described
        rows = len(self)
        self.labels[:, :rows], self.label_shares[:, :rows] = labels, label_shares
        self.widest = max(1, int((labels > 0).sum(0).max(initial=0)))
        for number, video in enumerate(self.videos):
            if video is not None:
                self.channel[number] = self.channels.numbers[video.channel]
                self.language[number] = self.languages.numbers[video.language]

    def remove(self, number: int) -> None:
        """Remove a video; nothing may refer to its number any more."""
        video = self.video(number)
        self._release(*self._codes_of(number))
        del self.index[video.id]
        self.videos[number] = None
        self.listed[number] = False
        self.channel[number] = self.language[number] = 0
        self.labels[:, number] = 0
        self.free.append(number)

    def video(self, number: int) -> Video:
        """Return the video with a number that is in use."""
        video = self.videos[number]
        if video is None:
            raise KeyError(number)
        return video

    def name(self, number: int) -> str:
        """Return the id of the video with a number that is in use."""
        return self.video(number).id

    def describe(self) -> None:
        """Compute the labels' rarity, and with it all `label_shares`."""
        self.described = len(self.index)
        self.label_shares[:, : len(self)] = self._shares(self.labels[:, : len(self)])

    def _room(self) -> int:
        if self.free:
            return self.free.pop()
        self.videos.append(None)
        rows = len(self.videos)
        for column in COLUMNS:
            setattr(self, column, grown(getattr(self, column), rows))
        return rows - 1

    def _describe(self, number: int, video: Video) -> None:
        names = [f"#{tag.lower()}" for tag in video.tags][: LABELS - 2]
        names += [f"category {video.category}"] if video.category else []
        names += [f"language {video.language}"] if video.language else []
        codes = sorted(self.label_codes.take(name) for name in dict.fromkeys(names))
        self.labels[:, number] = codes + [0] * (LABELS - len(codes))
        self.widest = max(self.widest, len(codes))
        self.label_shares[:, number] = self._shares(self.labels[:, number])

    def _codes_of(self, number: int) -> tuple[int, int, list[int]]:
        labels = self.labels[:, number]
        return int(self.channel[number]), int(self.language[number]), labels[labels > 0].tolist()

    def _release(self, channel: int, language: int, labels: Sequence[int]) -> None:
        self.channels.release(channel)
        self.languages.release(language)
        for label in labels:
            self.label_codes.release(label)

    def _shares(self, labels: NDArray[np.intp]) -> Floats:
        rarity = np.log((1 + len(self.index)) / (1 + self.label_codes.counts[labels])) * (
            labels > 0
        )
        length = np.sqrt((rarity**2).sum(0))
        shares: Floats = rarity / np.maximum(length, 1e-9)
        return shares
