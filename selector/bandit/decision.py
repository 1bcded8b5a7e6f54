"""Which host to ask: the cheapest, one that is nearly as cheap, or one worth knowing.

**Exploring.** Asking k instead of the best b costs c_k − c_b now. One reading will move
c_k by a Gaussian step with standard deviation s, and for H segments to come we may choose
the better of the two: worth H·(1 − p_k)·E[(c_b − c_k)⁺], with

E[(c_b − c_k)⁺] = s·φ(Δ/s) − Δ·Φ(−Δ/s),  Δ = c_k − c_b

(expected improvement: Mockus 1975; knowledge gradient: Frazier et al. 2008). Δ takes
both costs as they will be once k has answered: connected, and up. k is explored when the worth
exceeds both the price and .13·c_b. H = clip(.33·segments so far + 1.8, 1.8, 13): who has
watched n segments will probably watch about n more.

**Near-ties.** Else one of the hosts within 1.3·c_b is drawn, P(k) ∝ (c_b / c_k)². Many
viewers who all follow the same ranking overload its first host: in a simulated flash crowd
of 80 viewers the draw cut stalls by .9 points, and cost a single viewer nothing
measurable.

Neither on a retry, nor with a host whose worst plausible fetch would outlast the buffer:
then the viewer needs the best host known. At start-up there is no buffer to lose: no
exploring, but the draw, because hosts whose priors lie within 1.3 are equal as far as
anybody knows, and that is when crowds come: 50 simulated viewers who began within 5 s
stalled for 1.7 % of the time without it, for .1 % with it.
"""

from collections.abc import Sequence
from math import erfc, exp, pi, sqrt
from typing import NamedTuple

from .cost import Forecast
from .hedge import HEDGE_MAX_S

HORIZON_PER_SEGMENT, HORIZON_MIN, HORIZON_MAX = 0.33, 1.8, 13.0
WORTH_MIN = 0.13
TIE = 1.3
# A slow body is noticed about 1 s after its first byte and rescued.
RESCUE_AFTER_S = 1.0


class Choice(NamedTuple):
    """The host to ask and the probability with which the rule asks it."""

    first: Forecast
    propensity: float
    explored: bool
    reason: str


def horizon(segments_so_far: int, segments_left: int | None) -> float:
    """Return H: for how many later segments today's knowledge will matter.

    >>> horizon(0, None), horizon(40, None), horizon(40, 3), horizon(40, 1)
    (1.8, 13.0, 2, 0)
    """
    expected = min(HORIZON_PER_SEGMENT * segments_so_far + HORIZON_MIN, HORIZON_MAX)
    return expected if segments_left is None else min(expected, max(segments_left - 1, 0))


def expected_gain_s(best: Forecast, other: Forecast) -> float:
    """Return (1 − p)·E[(c_best − c_other)⁺] over what asking `other` once would show."""
    behind_s = other.later_s - best.later_s
    z = behind_s / other.swing_s
    density = exp(-z * z / 2) / sqrt(2 * pi)
    gain_s = other.swing_s * density - behind_s * erfc(z / sqrt(2)) / 2
    return (1.0 - other.p_fail) * gain_s


def worst_plausible_s(host: Forecast, best: Forecast) -> float:
    """Return how long a fetch from `host` may take when all goes badly.

    Its first byte is late (95th percentile) or a hedge's, its body is slow (95th
    percentile) or rescued, and then the best host has to do the work after all.
    """
    first_byte_s = min(host.ttfb_95_s, HEDGE_MAX_S + best.ttfb_s)
    return first_byte_s + min(host.body_95_s, RESCUE_AFTER_S + best.cost_s)


def explore(ranked: Sequence[Forecast], segments: float, buffer_s: float) -> Choice | None:
    """Return the host, if any, whose exploration pays most over `segments` to come."""
    best = ranked[0]
    choice, choice_net_s = None, 0.0
    for other in ranked[1:]:
        if other.being_tried:
            continue
        price_s = other.cost_s - best.cost_s
        worth_s = segments * expected_gain_s(best, other)
        pays = worth_s - price_s > choice_net_s and worth_s > WORTH_MIN * best.cost_s
        if pays and worst_plausible_s(other, best) < buffer_s:
            reason = (
                f"worth knowing: one try costs {price_s:.2f} s more than {best.host} and may "
                f"gain {worth_s:.2f} s over {segments:.1f} segments"
            )
            choice, choice_net_s = Choice(other, 1.0, True, reason), worth_s - price_s
    return choice


def draw(ranked: Sequence[Forecast], starting: bool, buffer_s: float, chance: float) -> Choice:
    """Draw among the near-ties; `chance` is uniform on [0, 1)."""
    best = ranked[0]
    ties = [
        tie
        for tie in ranked
        if tie is best
        or (
            tie.cost_s <= TIE * best.cost_s
            and (starting or worst_plausible_s(tie, best) < buffer_s)
        )
    ]
    weights = [(best.cost_s / tie.cost_s) ** 2 for tie in ties]
    if len(ties) == 1:
        return Choice(best, 1.0, False, "cheapest")
    total = sum(weights)
    rest = chance * total
    drawn = -1
    while rest >= 0.0 and drawn < len(ties) - 1:
        drawn += 1
        rest -= weights[drawn]
    share = weights[drawn] / total
    reason = f"drawn with probability {share:.2f} from {len(ties)} near-ties"
    return Choice(ties[drawn], share, False, reason)
