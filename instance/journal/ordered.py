"""Ordered folds: what depends on the order of entries, such as a model that learns.

Sums can be stored key by key and taken back; a model cannot. So whoever needs the model folds
the entries itself, in memory and in their order, and the journal keeps *states* of it: bytes,
each together with the position of the last entry that it has taken in, in one transaction. A
worker starts from the newest state and takes in what comes after. A crash loses nothing and
folds nothing twice, and since the fold is deterministic, all workers come to the same model.

Two states are kept. The *head* is where a worker starts. The *base* has taken in exactly the
entries that retention has deleted. So at any time

    head = base, and then the remaining entries up to the head's position,

and a rebuild folds the right side and compares. Whatever changes the past (an erasure, a
rebuild that found a difference) begins a new *generation*: workers of an older one start again
from the head.
"""

from collections.abc import Sequence
from typing import NamedTuple


class State(NamedTuple):
    """A fold's state after the entry at `position`; empty before the first."""

    position: int = 0
    snapshot: bytes = b""


class States(NamedTuple):
    """What is kept of one ordered fold."""

    generation: int = 0
    base: State = State()
    head: State = State()


class Change(NamedTuple):
    """New states, and what becomes of the entries in the same transaction.

    `rewritten` are payloads and positions. The entries that `base` has taken in are deleted.
    `past` says that the head is not what the remaining entries gave before.
    """

    base: State | None = None
    head: State | None = None
    rewritten: Sequence[tuple[bytes, int]] = ()
    past: bool = False


def fits(change: Change, expected: States, generation: int, base: int, head: int) -> bool:
    """Say whether `change`, made of `expected`, still fits what is stored.

    It does not when the past has changed meanwhile, or a newer head is there already. A base may
    not overtake the head: what lies between would be lost.

    >>> new = Change(head=State(7, b"model"))
    >>> fits(new, States(), generation=0, base=0, head=5)
    True
    >>> fits(new, States(), generation=0, base=0, head=9)
    False
    """
    if (generation, base) != (expected.generation, expected.base.position):
        return False
    newest = change.head.position if change.head else head
    return newest >= head and (change.base is None or change.base.position <= newest)
