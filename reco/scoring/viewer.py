"""The profile of a viewer: recent plays, and shares of labels, languages and channels."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np

from ..data.arrays import Bools, Floats, Ints, added_up
from ..data.catalogue import Catalogue
from ..data.ledger import UNIT
from ..data.log import DAY_S, Log, is_day

REMEMBERED = 50
# A session lasts until so long after the beginning of its last play, or until the end of the day if
# only the day of that is known.
SESSION_S = 3_600.0
# The factor by which each newer play lowers the weight of the older ones.
AGEING = 0.97


class Viewer(NamedTuple):
    """A viewer's last plays, newest first, and the taste computed from them.

    - `weights`: .97^age · a, the last play first;
    - `labels`: by label number, the TF-IDF vector of the plays, of unit length;
    - `languages`, `channels`: by number, the share of the plays;
    - `session`: the last play, if the session still lasts, else empty;
    - `session_labels`: by label number, the TF-IDF vector of that play, of unit length;
    - `session_channel`: by channel number, whether it is the channel of that play;
    - `subscribed`: by channel number, whether the viewer subscribes to it.
    """

    videos: Ints
    weights: Floats
    labels: Floats
    languages: Floats
    channels: Floats
    session: Ints
    session_labels: Floats
    session_channel: Bools
    subscribed: Bools

    @property
    def newcomer(self) -> float:
        """How much of a newcomer the viewer is: 1/(1 + plays)."""
        return 1.0 / (1.0 + len(self.videos))


def viewer_of(catalogue: Catalogue, log: Log, subscribed: frozenset[str], now_s: float) -> Viewer:
    """Return the profile at `now_s` of a viewer with this log."""
    videos, weights = log.newest(REMEMBERED)
    aged = AGEING ** np.arange(len(videos)) * weights / UNIT
    labels = added_up(
        catalogue.labels[:, videos].ravel(),
        (catalogue.label_shares[:, videos] * aged).ravel(),
        len(catalogue.label_codes.names),
    )
    last_s = log.times_s[-1] if log else -inf
    in_session = now_s - last_s < (DAY_S if is_day(last_s) else SESSION_S)
    session = videos[: int(in_session)]
    session_labels = np.zeros(len(labels))
    session_labels[catalogue.labels[:, session]] = catalogue.label_shares[:, session]
    channels, numbers = len(catalogue.channels.names), catalogue.channels.numbers
    follows = [numbers[name] for name in subscribed if name in numbers]
    return Viewer(
        videos,
        aged,
        labels / max(float(np.sqrt(labels @ labels)), 1e-9),
        _shares(catalogue.language[videos], aged, len(catalogue.languages.names)),
        _shares(catalogue.channel[videos], aged, channels),
        session,
        session_labels,
        _marked(catalogue.channel[session].tolist(), channels),
        _marked(follows, channels),
    )


def _shares(numbers: Ints, weights: Floats, length: int) -> Floats:
    """Return by number the share of the weights; number 0, the empty name, has none."""
    shares = added_up(numbers, weights, length) / max(float(weights.sum()), 1e-9)
    shares[0] = 0.0
    return shares


def _marked(numbers: Sequence[int], length: int) -> Bools:
    """Return by number whether it is in `numbers`; number 0, the empty name, never is."""
    marked = np.zeros(length, bool)
    marked[list(numbers)] = True
    marked[0] = False
    return marked
