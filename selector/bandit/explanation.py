"""Explanations: what is believed and why a host was chosen, with numbers that can be recomputed.

An explanation is a list of clauses: a sentence of a fixed list, which translators know, and its
values, rounded to the digits that are worth showing. The sentences about the rule that chose the
host stand in `decisions.reasons`.
"""

from collections.abc import Sequence

from .beliefs.host import HostState
from .decisions.cost import Forecast
from .decisions.split import Share
from .messages import Clause, Host, HostPrior

COST = (
    "{host} was expected to take {ttfb_s} s to the first byte + {body_s} s for {size_mb} MB at "
    "{rate_mbps} Mbit/s (×{doubt} for doubt and other fetches) + {errors_s} s for errors = "
    "{cost_s} s."
)
SPARED = "It is to be spared: + {price_s} s."
NEXT = "Next best: {host} with {cost_s} s."
PARTS = "It comes in parts that end together:"
PART = "{size_mb} MB from {host}."

GUESSED = "Never tried: a wide guess."
TOLD = "Never tried: what other viewers found."
USED_ONCE = "Used once."
USED = "Used {times} times."
AGES = (
    ("Last heard of {ago} days ago.", 86_400.0),
    ("Last heard of {ago} hours ago.", 3600.0),
    ("Last heard of {ago} minutes ago.", 60.0),
    ("Last heard of {ago} s ago.", 1.0),
)
FAILING = "It has been failing, so it is tried again {times} times later than usual."


def explain_choice(
    first: Forecast,
    ranked: Sequence[Forecast],
    segment_bytes: float,
    reason: Clause,
    shares: Sequence[Share],
) -> tuple[Clause, ...]:
    """Explain a choice: its expected cost, the next best host's, the reason, and the parts."""
    cost: dict[str, float | Host] = {
        "host": first.host,
        "ttfb_s": round(first.ttfb_s, 2),
        "body_s": round(first.body_s, 2),
        "size_mb": round(segment_bytes / 1e6, 2),
        "rate_mbps": round(first.rate_mbps, 1),
        "doubt": round(first.body_s * first.rate_mbps / (8e-6 * segment_bytes), 2),
        "errors_s": round(first.errors_s, 2),
        "cost_s": round(first.time_s, 2),
    }
    spared = [Clause(SPARED, {"price_s": round(first.price_s, 2)})] if first.price_s else []
    others = [one for one in ranked[:2] if one is not first]
    instead = [
        Clause(NEXT, {"host": one.host, "cost_s": round(one.cost_s, 2)}) for one in others[:1]
    ]
    return (Clause(COST, cost), *spared, *instead, reason, *_explain_parts(shares))


def _explain_parts(shares: Sequence[Share]) -> list[Clause]:
    each = [Clause(PART, {"size_mb": round(size / 1e6, 2), "host": host}) for host, size in shares]
    return [Clause(PARTS, {}), *each] if each else []


def explain_belief(host: HostState, time_s: float) -> tuple[Clause, ...]:
    """Explain where the belief about `host` comes from."""
    if host.seen_s is None:
        return (Clause(GUESSED if host.prior == HostPrior() else TOLD, {}),)
    used = Clause(USED_ONCE, {}) if host.used == 1 else Clause(USED, {"times": host.used})
    backoff = host.outage.at(time_s).backoff
    trouble = [Clause(FAILING, {"times": round(backoff)})] if backoff > 1.5 else []
    return (used, _age(time_s - host.seen_s), *trouble)


def _age(age_s: float) -> Clause:
    say, unit_s = next((age for age in AGES if age_s >= 2 * age[1]), AGES[-1])
    return Clause(say, {"ago": round(age_s / unit_s)})
