"""Pending plans, whose fetches may still report, and after how long they are given up."""

from typing import NamedTuple

from .messages import Host

# Players report every .5 s; a fetch without a report for so long has lost its page.
PATIENCE_S = 10.0


class Pending(NamedTuple):
    """A plan under way: its candidates, and the engine time at which it was made."""

    hosts: tuple[Host, ...]
    planned_s: float
