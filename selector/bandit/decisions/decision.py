"""Which host to ask: exploit the cheapest, draw among near-ties, explore, or re-test.

**Exploring.** Asking k instead of the best b costs c_k − c_b now. One reading will move
c_k by a Gaussian step with standard deviation s, and for H segments to come we may choose
the better of the two: worth H·(1 − p_k)·E[(c_b − c_k)⁺], with

E[(c_b − c_k)⁺] = s·φ(Δ/s) − Δ·Φ(−Δ/s),  Δ = c_k − c_b

(expected improvement: Mockus 1975; knowledge gradient: Frazier et al. 2008). Δ takes
both costs as they will be once k has answered: connected, and up. k is explored when the worth
exceeds both the price and .13·c_b. H = clip(.33·segments so far + 1.8, 1.8, 13): a viewer who has
watched n segments will probably watch about n more.

While the player has not reached the top resolution, a whole range fetched to learn something is
priced fourfold. A slow segment then lowers the player's estimate of the bandwidth, and it rises
later: without this, a viewer with fourteen hosts spent the first ten segments on as many of them.

**Re-tests.** A host that was slow for everybody while all buffers filled is believed to be slow
and stays idle. No single viewer gains by asking it again, but the crowd does. So in three of
twenty segments the host with the oldest outcome, at least 30 s old, is tried. In a simulated
crowd on five equal hosts the most used one then served 20 % more than the least used, instead of
36 %; a single viewer's QoE did not change (+.007 [−.004, +.019]). It is tried with the end of a
range, once the player has reached the top resolution, and if that end comes before the rest or
soon enough to stay there. Whole ranges are never spent on it: they cost .040 of QoE [.014, .068]
in worlds that nothing was tuned on.

**Near-ties.** Else one of the hosts within 1.3·c_b is drawn, with equal probability, but the
cheapest is asked while the player rises to the top resolution. Many viewers
who all follow the same ranking overload its first host: in a simulated flash crowd of 80 viewers
the draw cut stalls by .9 points, and cost a single viewer nothing measurable. With three segments
in the buffer, a host that delivers the top resolution faster than it is watched and hardly ever
fails counts as a near-tie within 5·c_b: that lowered the 20 % above to 9 % (3·c_b: 11 %; 36
crowds), and costs a single viewer nothing.

A retry always asks the best host known, and no host is tried whose worst plausible fetch would
outlast the buffer. At start-up, with no buffer yet, nothing is explored, but near-ties are
drawn: hosts whose priors lie within a factor of 1.3 are equal as far as anybody knows, and
crowds come at the start. 50 simulated viewers who began within 5 s stalled for 1.7 % of the time
without the draw, for .1 % with it.
"""

from collections.abc import Mapping, Sequence
from math import erfc, exp, pi, sqrt
from typing import NamedTuple

from ..messages import Clause, Host, PlanRequest
from .cost import Forecast
from .hedge import HEDGE_MAX_S
from .reasons import cheapest, near_tie, unheard, worth_knowing
from .split import is_rising, is_unnoticed

HORIZON_PER_SEGMENT, HORIZON_MIN, HORIZON_MAX = 0.33, 1.8, 13.0
WORTH_MIN = 0.13
RISING_PRICE = 4.0
RETEST_SHARE, RETEST_AFTER_S = 0.15, 30.0
TIE = 1.3
CALM_TIE, CALM_SEGMENTS, CALM_RATE, CALM_P_FAIL_MAX = 5.0, 3, 1.05, 0.03
# A slow body is noticed about 1 s after its first byte and rescued.
RESCUE_AFTER_S = 1.0


class Choice(NamedTuple):
    """The host to ask, and the propensity: the probability with which its rule chooses it."""

    first: Forecast
    propensity: float
    explored: bool
    reason: Clause


def horizon(segments_so_far: int, segments_left: int | None) -> float:
    """Return H, the number of later segments that can use what is learned now.

    >>> horizon(0, None), horizon(40, None), horizon(40, 3), horizon(40, 1)
    (1.8, 13.0, 2, 0)
    """
    expected = min(HORIZON_PER_SEGMENT * segments_so_far + HORIZON_MIN, HORIZON_MAX)
    return expected if segments_left is None else min(expected, max(segments_left - 1, 0))


def expected_gain_s(best: Forecast, other: Forecast) -> float:
    """Return the expected improvement per later segment of asking `other` once.

    That is (1 − p)·E[(c_best − c_other)⁺] over the possible readings.
    """
    behind_s = other.later_s - best.later_s
    z = behind_s / other.update_sd_s
    density = exp(-z * z / 2) / sqrt(2 * pi)
    gain_s = other.update_sd_s * density - behind_s * erfc(z / sqrt(2)) / 2
    return (1.0 - other.p_fail) * gain_s


def worst_plausible_s(host: Forecast, best: Forecast) -> float:
    """Return how long a fetch from `host` may plausibly take.

    The first byte comes at its 95th percentile or from the hedge; the body takes its 95th
    percentile, or is rescued and then fetched from the best host.
    """
    first_byte_s = min(host.ttfb_95_s, HEDGE_MAX_S + best.ttfb_s)
    return first_byte_s + min(host.body_95_s, RESCUE_AFTER_S + best.cost_s)


def explore(
    ranked: Sequence[Forecast], segments: float, buffer_s: float, price: float = 1.0
) -> Choice | None:
    """Return the host whose exploration pays most over the next `segments`, if any pays.

    `price` is what a second of delay is worth now, in seconds of later segments.
    """
    best = ranked[0]
    choice, choice_net_s = None, 0.0
    for other in ranked[1:]:
        if not _may_be_tried(other, best, buffer_s):
            continue
        price_s = price * (other.cost_s - best.cost_s)
        worth_s = segments * expected_gain_s(best, other)
        if worth_s - price_s > choice_net_s and worth_s > WORTH_MIN * best.cost_s:
            reason = worth_knowing(price_s, best.host, worth_s, segments)
            choice, choice_net_s = Choice(other, 1.0, True, reason), worth_s - price_s
    return choice


def retest(
    ranked: Sequence[Forecast],
    silent_s: Mapping[Host, float],
    request: PlanRequest,
    chance: float,
) -> Choice | None:
    """Return the host with the oldest outcome if this segment is one for a re-test."""
    if chance >= RETEST_SHARE:
        return None
    best = ranked[0]
    unheard_of = [
        other
        for other in ranked[1:]
        if silent_s[other.host] > RETEST_AFTER_S
        and other.byte_price_s <= best.byte_price_s
        and _may_be_tried(other, best, request.buffer_s)
        and is_unnoticed(best, other, request.segment_s)
    ]
    if not unheard_of:
        return None
    longest = max(unheard_of, key=lambda other: silent_s[other.host])
    return Choice(longest, RETEST_SHARE, True, unheard())


def _may_be_tried(other: Forecast, best: Forecast, buffer_s: float) -> bool:
    """Say whether `other` may be explored or re-tested now."""
    fit = other.is_sound and not other.being_tried
    return fit and worst_plausible_s(other, best) < buffer_s


def draw(ranked: Sequence[Forecast], request: PlanRequest, chance: float) -> Choice:
    """Draw among the near-ties; `chance` is uniform on [0, 1)."""
    best = ranked[0]
    ties = [tie for tie in ranked if tie is best or _near(tie, best, request)]
    if len(ties) == 1:
        return Choice(best, 1.0, False, cheapest())
    drawn = ties[int(chance * len(ties))]
    return Choice(drawn, 1.0 / len(ties), False, near_tie(1.0 / len(ties), len(ties)))


def _near(tie: Forecast, best: Forecast, request: PlanRequest) -> bool:
    if request.starting:
        return tie.cost_s <= TIE * best.cost_s
    if is_rising(request):
        return False
    spared = tie.byte_price_s > best.byte_price_s
    most = CALM_TIE if _calm(tie, request) and not spared else TIE
    in_time = worst_plausible_s(tie, best) < request.buffer_s
    return tie.cost_s <= most * best.cost_s and in_time


def _calm(tie: Forecast, request: PlanRequest) -> bool:
    """Say whether a viewer with a full buffer would not notice that another host is faster."""
    return (
        request.top_mbps is not None
        and request.buffer_s >= CALM_SEGMENTS * request.segment_s
        and tie.rate_mbps > CALM_RATE * request.top_mbps
        and tie.p_fail < CALM_P_FAIL_MAX
    )
