"""Why a host is chosen, as clauses: a sentence of a fixed list, and the values to put in."""

from ..messages import Clause, Host

CHEAPEST = "Chosen as the cheapest."
NEAR_TIE = "Drawn with probability {share} from {ties} servers that are good enough now."
UNHEARD = "Tried because nothing was heard of it lately."
WORTH_KNOWING = (
    "Worth knowing: one try costs {price_s} s more than {host} and may gain {worth_s} s over "
    "{segments} segments."
)


def cheapest() -> Clause:
    """Say that the host is the cheapest."""
    return Clause(CHEAPEST, {})


def near_tie(share: float, ties: int) -> Clause:
    """Say that the host was drawn from near-ties."""
    return Clause(NEAR_TIE, {"share": round(share, 2), "ties": ties})


def unheard() -> Clause:
    """Say that the host was due for a re-test."""
    return Clause(UNHEARD, {})


def worth_knowing(price_s: float, best: Host, worth_s: float, segments: float) -> Clause:
    """Say what exploring the host costs now, compared with `best`, and what it may gain later."""
    values: dict[str, float | Host] = {
        "price_s": round(price_s, 2),
        "host": best,
        "worth_s": round(worth_s, 2),
        "segments": round(segments, 1),
    }
    return Clause(WORTH_KNOWING, values)
