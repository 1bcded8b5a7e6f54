"""Pending plans, whose fetches may still report, and after how long they are given up."""

from typing import NamedTuple

from .messages import Host

# Players report every .5 s; a fetch without a report for so long has lost its page.
PATIENCE_S = 10.0


class Pending(NamedTuple):
    """A plan under way: its candidates, when it was made (engine time), and its requests so far."""

    hosts: tuple[Host, ...]
    planned_s: float
    # Requests that the engine knows of: its own, and those of which an outcome has told.
    requests: int = 1
    outcomes: int = 0
