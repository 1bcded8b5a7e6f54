"""What is known of the one who asks, as the features need it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..data.arrays import Bools, Floats, Ints, added_up
from ..data.catalogue import Catalogue
from ..data.ledger import UNIT
from ..data.log import Log

REMEMBERED = 50
# So long after the last play began, the next one still belongs to the same session.
SESSION_S = 3_600.0
# What a play weighs one play later.
AGEING = 0.97


class Viewer(NamedTuple):
    """A viewer's last plays, newest first, and the tastes they tell.

    - `weights`: .97^age · a, the last play first;
    - `labels`: by label number, unit length: how much of what was played carries it;
    - `languages`, `channels`: by number, the share of what was played;
    - `session`: the last play, if this is still the same session, else nothing;
    - `session_labels`: by label number, unit length: what that play carries;
    - `session_channel`: by channel number, whether it is that play's;
    - `subscribed`: by channel number.
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


def viewer_of(catalogue: Catalogue, log: Log, subscribed: frozenset[str], now_s: float) -> Viewer:
    """Return what a log tells of one who chooses at `now_s`."""
    videos, weights = log.newest(REMEMBERED)
    aged = AGEING ** np.arange(len(videos)) * weights / UNIT
    labels = added_up(
        catalogue.labels[:, videos].ravel(),
        (catalogue.label_shares[:, videos] * aged).ravel(),
        len(catalogue.label_codes.names),
    )
    in_session = len(log) > 0 and now_s - log.times_s[-1] < SESSION_S
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
    """Return by number its share of the weights; what has no name, number 0, gets none."""
    shares = added_up(numbers, weights, length) / max(float(weights.sum()), 1e-9)
    shares[0] = 0.0
    return shares


def _marked(numbers: Sequence[int], length: int) -> Bools:
    """Return by number whether it is among these; what has no name, number 0, never is."""
    marked = np.zeros(length, bool)
    marked[list(numbers)] = True
    marked[0] = False
    return marked
