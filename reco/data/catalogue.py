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
    """Category codes: a number for each name; 0 is the empty name."""

    def __init__(self) -> None:
        self.names = [""]
        self.numbers = {"": 0}

    def number(self, name: str) -> int:
        """Return the number of a name, a new one if it is new."""
        number = self.numbers.setdefault(name, len(self.names))
        if number == len(self.names):
            self.names.append(name)
        return number


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
        self._having: NDArray[np.int64] = np.zeros(FIRST_ROOM, np.int64)
        self.widest = 1
        self._free: list[int] = []
        self._described = 0

    def __len__(self) -> int:
        """Return how many numbers there are, free ones included."""
        return len(self.videos)

    def put(self, video: Video) -> int:
        """Add or replace a video and return its number."""
        number = self.index.get(video.id)
        if number is None:
            number = self._room()
            self.index[video.id] = number
        else:
            self._having[self._labels_of(number)] -= 1
        self.videos[number] = video
        self.listed[number] = True
        self.nsfw[number] = video.nsfw
        self.channel[number] = self.channels.number(video.channel)
        self.language[number] = self.languages.number(video.language)
        self.published_s[number] = video.published_s
        self.views[number] = video.views
        self._describe(number, video)
        return number

    def fill(self, videos: Sequence[Video | None]) -> None:
        """Fill an empty catalogue, each video at its number in the sequence."""
        for number, video in enumerate(videos):
            self.put(video or Video(f"removed {number}"))
        for number, video in enumerate(videos):
            if video is None:
                self.remove(number)
        self.describe()

    def remove(self, number: int) -> None:
        """Remove a video; nothing may refer to its number any more."""
        video = self.video(number)
        del self.index[video.id]
        self.videos[number] = None
        self.listed[number] = False
        self._having[self._labels_of(number)] -= 1
        self.labels[:, number] = 0
        self._free.append(number)

    def video(self, number: int) -> Video:
        """Return the video with a number that is in use."""
        video = self.videos[number]
        if video is None:
            raise KeyError(number)
        return video

    def name(self, number: int) -> str:
        """Return the id of the video with a number that is in use."""
        return self.video(number).id

    def refresh(self) -> None:
        """Compute the labels' rarity again if the catalogue has grown enough."""
        if len(self.index) * (1 - STALE_SHARE) > self._described:
            self.describe()

    def describe(self) -> None:
        """Compute the labels' rarity, and with it all `label_shares`."""
        self._described = len(self.index)
        self.label_shares[:, : len(self)] = self._shares(self.labels[:, : len(self)])

    def _room(self) -> int:
        if self._free:
            return self._free.pop()
        self.videos.append(None)
        rows = len(self.videos)
        for column in COLUMNS:
            setattr(self, column, grown(getattr(self, column), rows))
        return rows - 1

    def _describe(self, number: int, video: Video) -> None:
        names = [f"#{tag.lower()}" for tag in video.tags][: LABELS - 2]
        names += [f"category {video.category}"] if video.category else []
        names += [f"language {video.language}"] if video.language else []
        codes = sorted({self.label_codes.number(name) for name in names})
        self._having = grown(self._having, len(self.label_codes.names))
        self.labels[:, number] = codes + [0] * (LABELS - len(codes))
        self._having[codes] += 1
        self.widest = max(self.widest, len(codes))
        self.label_shares[:, number] = self._shares(self.labels[:, number])

    def _labels_of(self, number: int) -> NDArray[np.intp]:
        labels = self.labels[:, number]
        return labels[labels > 0]

    def _shares(self, labels: NDArray[np.intp]) -> Floats:
        rarity = np.log((1 + len(self.index)) / (1 + self._having[labels])) * (labels > 0)
        length = np.sqrt((rarity**2).sum(0))
        shares: Floats = rarity / np.maximum(length, 1e-9)
        return shares
