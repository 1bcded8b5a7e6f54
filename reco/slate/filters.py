"""Filters: which videos may be shown to a viewer, whatever their scores."""

import numpy as np

from ..data.arrays import Bools
from ..data.catalogue import Catalogue, Codes
from ..data.log import Log
from ..messages import Ask
from ..scoring.features import DAY_S

FRESH_S = 14 * DAY_S


def allowed(catalogue: Catalogue, ask: Ask, log: Log) -> Bools:
    """Return by video number whether it may be shown to a viewer with this log."""
    rows = len(catalogue)
    fine: Bools = catalogue.listed[:rows] & (catalogue.published_s[:rows] <= ask.now_s)
    fine[log.videos] = False
    fine[[catalogue.index[it] for it in {*ask.dismissed, ask.video} if it in catalogue.index]] = (
        False
    )
    channels = catalogue.channel[:rows]
    fine &= ~np.isin(channels, _known(catalogue.channels, ask.muted))
    if ask.within is not None:
        fine &= np.isin(channels, _known(catalogue.channels, ask.within))
    if not ask.nsfw:
        fine &= ~catalogue.nsfw[:rows]
    if ask.languages:
        fine &= np.isin(catalogue.language[:rows], [0, *_known(catalogue.languages, ask.languages)])
    if ask.strategy == "fresh":
        fine &= catalogue.published_s[:rows] > ask.now_s - FRESH_S
    elif ask.strategy == "explore":
        fine &= (channels == 0) | ~np.isin(channels, channels[log.videos])
    elif ask.strategy == "same-channel":
        playing = catalogue.index.get(ask.video)
        fine &= (channels > 0) & (channels == (0 if playing is None else channels[playing]))
    return fine


def _known(codes: Codes, names: frozenset[str]) -> list[int]:
    return [codes.numbers[name] for name in names if name in codes.numbers]
