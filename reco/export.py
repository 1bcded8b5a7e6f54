"""Export of all inputs of one ranking as plain JSON; `docs/reproduce_ranking.py` reproduces it."""

from dataclasses import asdict
from typing import Any

import numpy as np

from .data.catalogue import Catalogue
from .data.log import Log
from .data.neighbours import Hidden
from .messages import Ask
from .scoring.features import FEATURES, SPREADS, TRUSTED_RANK
from .scoring.viewer import Viewer
from .state import VIEWS, ModelState


def exported(
    model: ModelState, ask: Ask, log: Log, viewer: Viewer, hidden: Hidden
) -> dict[str, Any]:
    """Return the document.

    - `ask`: the request;
    - `features`: by name, the spread, and the weight for this viewer;
    - `watched`: videos that are not shown again;
    - `history`: video and weight, newest first, from which the taste is computed;
    - `session`: whether the newest of them belongs to the same session;
    - `trusted`: no video's popularity in the fediverse counts for more;
    - `near`: by video of the history, its neighbours: video, similarity, remote source;
    - `videos`: by id, what is public about them, the weights of their labels, and their four
      popularities at the time of the request.
    """
    c = model.catalogue
    numbers = np.flatnonzero(c.listed[: len(c)]).astype(np.int32)
    levels = [counter.levels(ask.now_s, numbers).tolist() for counter in model.popular]
    weights = model.weights_for(viewer.newcomer)
    return {
        "ask": {k: sorted(v) if isinstance(v, frozenset) else v for k, v in asdict(ask).items()},
        "features": {
            name: [spread, weight]
            for name, spread, weight in zip(
                FEATURES, SPREADS.tolist(), weights.tolist(), strict=True
            )
        },
        "watched": [c.name(video) for video in log.videos],
        "history": [
            [c.name(video), weight]
            for video, weight in zip(viewer.videos.tolist(), viewer.weights.tolist(), strict=True)
        ],
        "session": len(viewer.session) > 0,
        "trusted": model.popular[VIEWS].log_of_rank(ask.now_s, TRUSTED_RANK),
        "near": {c.name(video): _near(model, video, hidden) for video in viewer.videos.tolist()},
        "videos": {
            c.name(number): _video(c, number) | {"popular": list(popular)}
            for number, *popular in zip(numbers.tolist(), *levels, strict=True)
        },
    }


def _near(model: ModelState, video: int, hidden: Hidden) -> list[list[str | float]]:
    neighbours = model.neighbours.co_watches(np.array([video], np.int32), hidden)
    columns = (
        neighbours.videos.tolist(),
        neighbours.similarity.tolist(),
        neighbours.remote.tolist(),
    )
    return [[model.catalogue.name(v), s, r] for v, s, r in zip(*columns, strict=True)]


def _video(catalogue: Catalogue, number: int) -> dict[str, Any]:
    video = catalogue.video(number)
    shares = catalogue.label_shares[:, number].tolist()
    labels = zip(catalogue.labels[:, number].tolist(), shares, strict=True)
    return {
        "channel": video.channel,
        "language": video.language,
        "nsfw": video.nsfw,
        "published_s": video.published_s,
        "labels": {catalogue.label_codes.names[label]: share for label, share in labels if label},
    }
