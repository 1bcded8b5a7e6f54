"""The interface of a policy; its messages are the engine's own, so that ours needs no adapter.

A policy needs only a `plan` that returns a ranking; all other methods have a default that does
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selector.bandit import (
    FetchSoFar,
    Hedge,
    Host,
    HostPrior,
    Idle,
    Outcome,
    OutcomeKind,
    Part,
    PartSoFar,
    PlanRequest,
    Takeover,
)

if TYPE_CHECKING:
    from benchmarks.selection.world.network import Network

__all__ = [
    "FAILURES",
    "NO_BYTES_S",
    "Build",
    "FetchSoFar",
    "Hedge",
    "Host",
    "HostPrior",
    "Idle",
    "Outcome",
    "OutcomeKind",
    "Part",
    "PartSoFar",
    "Plan",
    "PlanRequest",
    "Policy",
    "Takeover",
]

FAILURES: frozenset[OutcomeKind] = frozenset({"http-error", "timeout", "stall", "corrupt"})

# p2p-media-loader 2.2.2 gives a request up after 3 s without a byte
# (`httpNotReceivingBytesTimeoutMs`).
NO_BYTES_S = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to ask, in order; `parts` shares one range out between several hosts."""

    ranking: tuple[Host, ...]
    plan: int = 0
    hedge: Hedge | None = None
    stall_s: float = NO_BYTES_S
    parts: tuple[Part, ...] = ()


class Policy:
    """One viewer's way of choosing hosts, for as many visits as the viewer pays."""

    error_wait_s: float = 0.0
    """How long after the request the player notices an HTTP error."""

    def __init__(
        self, origin: Host, hosts: tuple[Host, ...], priors: Mapping[Host, HostPrior], seed: int
    ) -> None:
        self.origin, self.hosts, self.priors, self.seed = origin, hosts, priors, seed

    def arrive(self, now_s: float, network: Network) -> None:
        """Begin a visit. Only oracles may look at the network."""

    def plan(self, request: PlanRequest) -> Plan:
        """Say whom to ask."""
        raise NotImplementedError

    def progress(self, so_far: FetchSoFar) -> Host | None:  # noqa: ARG002
        """Return the host that shall deliver the rest, or None to carry on."""
        return None

    def idle(self, idle: Idle) -> Takeover | None:  # noqa: ARG002
        """Decide what a host that is done with its part takes over, if anything."""
        return None

    def observe(self, outcome: Outcome) -> None:
        """Learn from one transfer."""

    def leave(self, now_s: float) -> None:
        """End a visit."""


Build = Callable[[Host, tuple[Host, ...], Mapping[Host, HostPrior], int], Policy]
"""Makes a policy of origin, hosts, priors and seed."""
