"""What is believed and why a host was chosen, in words that can be recomputed."""

from collections.abc import Sequence

from .cost import Forecast
from .decision import Choice
from .host import HostState
from .messages import HostPrior
from .split import Share


def choice_in_words(choice: Choice, ranked: Sequence[Forecast], segment_bytes: float) -> str:
    """Say what the chosen host will cost, what the next best would, and why it was chosen."""
    first = choice.first
    doubt = first.body_s * first.rate_mbps / (8e-6 * segment_bytes)
    next_best = next((other for other in ranked if other is not first), None)
    instead = f"; next {next_best.host} {next_best.cost_s:.2f} s" if next_best else ""
    return (
        f"{first.host}: {first.ttfb_s:.2f} s to the first byte + {first.body_s:.2f} s for "
        f"{segment_bytes / 1e6:.2f} MB at {first.rate_mbps:.1f} Mbit/s (×{doubt:.2f} for doubt) "
        f"+ {first.errors_s:.2f} s for errors = {first.cost_s:.2f} s{instead}; {choice.reason}"
    )


def in_parts(shares: Sequence[Share]) -> str:
    """Say who brings how much of a range that is shared out."""
    each = ", ".join(f"{size / 1e6:.2f} MB from {host}" for host, size in shares)
    return f"; in parts that end together: {each}" if each else ""


def belief_in_words(host: HostState, time_s: float) -> str:
    """Say where the belief about `host` comes from."""
    if host.seen_s is None:
        silent = host.prior == HostPrior()
        return f"never tried: {'a wide guess' if silent else 'what the fleet says'}"
    times = "once" if host.used == 1 else f"{host.used} times"
    ago = f"last heard of {_age(time_s - host.seen_s)} ago"
    backoff = host.outage.backoff
    trouble = f"; failing, so re-tested {backoff:.0f} times later" if backoff > 1.5 else ""
    return f"used {times}, {ago}{trouble}"


def _age(age_s: float) -> str:
    for unit, unit_s in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if age_s >= 2 * unit_s:
            return f"{age_s / unit_s:.0f} {unit}"
    return f"{age_s:.0f} s"
