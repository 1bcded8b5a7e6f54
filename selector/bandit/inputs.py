"""Validation of what a caller hands the engine: a clear error at once, not one inside a decision.

`selector.browser` validates JSON before it becomes a message. These checks are for callers in
Python, and hold the same promise: whatever passes them raises nothing later.
"""

from collections.abc import Mapping, Sequence

from .checks import FieldError, array, host, integer, mapping, number
from .clock import LATEST_S
from .memory import LARGEST_INT, prior
from .messages import FetchSoFar, Host, HostPrior, Idle, Limits, PlanRequest
from .state import MAX_HOSTS

EXTRA_REQUESTS, EXTRA_BYTES = (0.0, 10.0), (0.0, 1.0)
# In s per MB; the highest is dearer than any host is slow.
PRICE = (0.0, 100.0)
LONGEST_S, MOST_BYTES, MOST_MBPS = 1e9, 1e18, 1e6


def checked_seed(seed: int) -> int:
    """Return a seed that a snapshot can store."""
    return integer(seed, "seed", 0, LARGEST_INT)


def checked_limits(limits: Limits) -> Limits:
    """Return the limits as floats within their ranges.

    >>> checked_limits(Limits(extra_requests=2))
    Limits(extra_requests=2.0, extra_bytes=0.01, prices={}, reserves=[])
    >>> checked_limits(Limits(extra_requests=-1))
    Traceback (most recent call last):
    selector.bandit.checks.FieldError: limits.extra_requests must be from 0 to 10
    """
    if not isinstance(limits, Limits):
        raise FieldError("limits", "must be Limits")
    return Limits(
        number(limits.extra_requests, "limits.extra_requests", *EXTRA_REQUESTS),
        number(limits.extra_bytes, "limits.extra_bytes", *EXTRA_BYTES),
        {
            host(name, "limits.prices"): number(price, f"limits.prices.{name}", *PRICE)
            for name, price in mapping(limits.prices, "limits.prices", MAX_HOSTS).items()
        },
        [
            host(name, "limits.reserves")
            for name in array(limits.reserves, "limits.reserves", MAX_HOSTS)
        ],
    )


def checked_priors(priors: Mapping[Host, HostPrior]) -> dict[Host, HostPrior]:
    """Return the priors as floats within their ranges."""
    for name, value in priors.items():
        if not isinstance(value, HostPrior):
            raise FieldError(f"priors.{name}", "must be a HostPrior")
    return {name: prior(value._asdict(), f"priors.{name}") for name, value in priors.items()}


def checked_hosts(hosts: Sequence[Host]) -> tuple[Host, ...]:
    """Return the candidates, each once.

    >>> checked_hosts(["https://a.example", "https://a.example"])
    ('https://a.example',)
    """
    names = tuple(dict.fromkeys(hosts))
    listed = not isinstance(hosts, str) and all(isinstance(name, str) for name in names)
    if not listed or not 1 <= len(names) <= MAX_HOSTS:
        raise FieldError("hosts", f"must be a list of at least one host, and at most {MAX_HOSTS}")
    return names


def checked_request(request: PlanRequest) -> PlanRequest:
    """Return a request all of whose numbers are finite and in range; `now_s` is the clock's."""
    left, size, top = request.segments_left, request.bytes, request.top_mbps
    return request._replace(
        hosts=checked_hosts(request.hosts),
        bytes=None if size is None else number(size, "bytes", 0.0, MOST_BYTES),
        segment_s=number(request.segment_s, "segment_s", 0.0, LONGEST_S),
        buffer_s=number(request.buffer_s, "buffer_s", 0.0, LONGEST_S),
        segments_left=None if left is None else integer(left, "segments_left", 0, LARGEST_INT),
        attempt=integer(request.attempt, "attempt", 0, LARGEST_INT),
        top_mbps=None if top is None else number(top, "top_mbps", 0.0, MOST_MBPS),
    )


def check_fetch(fetch: FetchSoFar) -> None:
    """Raise FieldError unless all durations and sizes of a fetch are finite and in range."""
    number(fetch.now_s, "now_s", 0.0, LATEST_S)
    for name in ("ttfb_s", "body_s", "buffer_s"):
        number(getattr(fetch, name), name, 0.0, LONGEST_S)
    for name in ("bytes", "bytes_left"):
        number(getattr(fetch, name), name, 0.0, MOST_BYTES)
    integer(fetch.rescues, "rescues", 0, LARGEST_INT)


def check_idle(idle: Idle) -> None:
    """Raise FieldError unless all durations and sizes of the parts are finite and in range."""
    number(idle.now_s, "now_s", 0.0, LATEST_S)
    for part in idle.parts:
        number(part.age_s, "parts.age_s", 0.0, LONGEST_S)
        number(0.0 if part.ttfb_s is None else part.ttfb_s, "parts.ttfb_s", 0.0, LONGEST_S)
        number(part.bytes, "parts.bytes", 0.0, MOST_BYTES)
        number(part.bytes_left, "parts.bytes_left", 0.0, MOST_BYTES)
