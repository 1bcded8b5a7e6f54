"""Ordered folds: states of a fold that depends on the order of entries, such as a learning model.

Sums can be stored key by key and subtracted; a model cannot. So the user of the model folds the
entries itself, in memory and in their order. The journal stores *states* of the model: a
snapshot (bytes) and the position of the last entry folded into it, in one transaction. A worker
starts from the newest state and folds the entries after it. So a crash loses nothing and folds
nothing twice. The fold is deterministic, so all workers come to the same model.

Two states are stored. The *head* is the newest: workers start there. The *base* holds exactly
the entries that retention has deleted. So at any time

    head = base + the remaining entries up to the head's position,

and a rebuild folds the right side and compares. Whatever changes the past (an erasure, a rebuild
that found a difference) begins a new *generation*: workers of an older generation start again
from the head.
"""

from collections.abc import Sequence
from typing import NamedTuple


class State(NamedTuple):
    """A snapshot of the fold after the entry at `position`; empty before the first entry."""

    position: int = 0
    snapshot: bytes = b""


class States(NamedTuple):
    """The stored states of one ordered fold."""

    generation: int = 0
    base: State = State()
    head: State = State()


class Change(NamedTuple):
    """New states, and changes of entries in the same transaction.

    `rewritten` are new payloads with positions. The entries up to the base's position are
    deleted. `past` says that the past has changed: it begins a new generation.
    """

    base: State | None = None
    head: State | None = None
    rewritten: Sequence[tuple[bytes, int]] = ()
    past: bool = False


def fits(change: Change, expected: States, generation: int, base: int, head: int) -> bool:
    """Say whether `change`, computed from `expected`, may still be stored (compare-and-swap).

    It may not when the past has changed meanwhile, or a newer head is stored already. A base may
    not overtake the head: the entries between would be lost.

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
