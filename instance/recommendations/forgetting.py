"""Unlearning: a viewer, a video or a source is erased exactly, and a signed receipt is given.

The remaining entries are folded again from the beginning, as if the erased ones had never been
there. The counts of the ledger could be subtracted; the weights of the re-ranker cannot, so the
whole model is learned anew.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

import orjson

from reco import SnapshotError

from ..clock import Clock
from ..journal import WATCHES, Accepted, Change, Journal, Unavailable
from ..journal import State as Stored
from ..keys import constant_time_equal
from .journal_records import Subject, without
from .pseudonyms import Pseudonyms
from .replica import ENTRIES, restored
from .state import State

# Attempts, each of which fails when another worker changes the past at the same time.
TRIES = 8

Progress = Callable[[int], None]


class Receipt(NamedTuple):
    """What was forgotten: `plays`, of `viewers`.

    `stays` is the number of a viewer's earlier plays that retention had deleted before. The sums in
    which these are counted stay; they say of nobody who played.

    `subject` is the sha256 of what it is about and its name, a viewer's being the pseudonym.
    `before` and `after` are digests of the ledger of co-watches. `signature` is an HMAC-SHA256
    over the other fields, as JSON with sorted keys, by a key of the instance.
    """

    what: str
    subject: str
    at: str
    plays: int
    viewers: int
    before: str
    after: str
    signature: str = ""
    stays: int = 0


class Rebuilt(NamedTuple):
    """Digests of the state as it was stored and as it was folded again, and what was lost.

    `stored` is empty when the stored head could not be read; `base` says whether the base could,
    and `weights` whether the stored weights are those that are learned again.
    """

    stored: str
    folded: str
    base: bool
    weights: bool = True

    @property
    def intact(self) -> bool:
        """Whether the stored state was right."""
        return self.stored == self.folded and self.base and self.weights


async def forget(
    journal: Journal,
    subject: Subject,
    names: Pseudonyms,
    clock: Clock,
    progress: Progress = lambda _: None,
) -> Receipt:
    """Erase `subject` from journal and model, and return a signed receipt."""
    (receipt,) = await forget_all(journal, [subject], names, clock, progress)
    return receipt


async def forget_all(
    journal: Journal,
    subjects: Sequence[Subject],
    names: Pseudonyms,
    clock: Clock,
    progress: Progress = lambda _: None,
) -> list[Receipt]:
    """Erase several subjects at the price of one; return their signed receipts.

    The digests of all receipts are those before the first and after the last was erased.
    """
    for _ in range(TRIES):
        if receipts := await _forget(journal, subjects, clock, progress):
            return [signed(receipt, names) for receipt in receipts]
    raise Unavailable("others change the past as well, again and again")


def signed(receipt: Receipt, names: Pseudonyms) -> Receipt:
    """Return a receipt with this instance's signature."""
    return receipt._replace(signature=names.signature(_canonical(receipt)))


def is_ours(receipt: Receipt, names: Pseudonyms) -> bool:
    """Verify a receipt: say whether this instance signed it, unchanged."""
    return constant_time_equal(receipt.signature, names.signature(_canonical(receipt)))


def subject_of(subject: Subject) -> str:
    """Return the hash that a receipt names its subject by."""
    return sha256(f"{subject.what} {subject.name}".encode()).hexdigest()


async def rebuild(journal: Journal, progress: Progress = lambda _: None) -> Rebuilt:
    """Fold the state again from base and entries, compare it with the head, and correct it."""
    states = await journal.states(WATCHES)
    base, head = await _restored_or_none(states.base), await _restored_or_none(states.head)
    state, stored = base or State(), head.digest if head else ""
    position = states.base.position
    while some := await journal.read_kind(WATCHES, position, ENTRIES):
        some = [each for each in some if each.position <= states.head.position]
        await asyncio.to_thread(state.apply_entries, some)
        position = some[-1].position if some else position
        progress(len(some))
        if len(some) < ENTRIES:
            break
    # After retention the base holds shorter histories than those by which the head has learned, so
    # that weights are comparable only where everything is folded from the beginning.
    alike = states.base.position > 0 or (
        head is not None and head.model.ranker.is_like(state.model.ranker)
    )
    rebuilt = Rebuilt(stored, state.digest, base is not None, alike)
    if not rebuilt.intact:
        change = Change(
            base=None if base else states.base._replace(snapshot=b""),
            head=states.head._replace(snapshot=await asyncio.to_thread(state.snapshot)),
            past=True,
        )
        await journal.replace_states(WATCHES, change, states)
    return rebuilt


async def _forget(
    journal: Journal, subjects: Sequence[Subject], clock: Clock, progress: Progress
) -> list[Receipt]:
    """Return unsigned receipts, or none when others have changed the past meanwhile."""
    states = await journal.states(WATCHES)
    head, state = await restored(states.head), await restored(states.base)
    for subject in subjects:
        state.forget(subject)
    base = states.base._replace(snapshot=await asyncio.to_thread(state.snapshot))
    position = base.position
    rewritten: list[tuple[bytes, int]] = []
    while some := await journal.read_kind(WATCHES, position, ENTRIES):
        newer = [each for each in some if each.position > states.head.position]
        await asyncio.to_thread(head.apply_entries, newer)
        left = [_without(each, subjects) for each in some]
        await asyncio.to_thread(state.apply_entries, left)
        pairs = zip(some, left, strict=True)
        rewritten += [(new.entry.payload, new.position) for old, new in pairs if new != old]
        position = some[-1].position
        progress(len(some))
    before, stay = head.model.digest(), [head.expired(subject) for subject in subjects]
    removed = [head.forget(subject) for subject in subjects]
    snapshot = await asyncio.to_thread(state.snapshot)
    change = Change(base, Stored(position, snapshot), rewritten, past=True)
    if not await journal.replace_states(WATCHES, change, states):
        return []
    at, after = clock.now().isoformat(timespec="seconds"), state.model.digest()
    return [
        Receipt(subject.what, subject_of(subject), at, *gone, before, after, stays=stays)
        for subject, gone, stays in zip(subjects, removed, stay, strict=True)
    ]


def _without(accepted: Accepted, subjects: Sequence[Subject]) -> Accepted:
    payload = accepted.entry.payload
    for subject in subjects:
        payload = without(payload, subject)
    if payload == accepted.entry.payload:
        return accepted
    return Accepted(accepted.position, replace(accepted.entry, payload=payload))


async def _restored_or_none(stored: Stored) -> State | None:
    try:
        return await asyncio.to_thread(State.restore, stored.snapshot)
    except SnapshotError:
        return None


def _canonical(receipt: Receipt) -> bytes:
    unsigned = {name: value for name, value in receipt._asdict().items() if name != "signature"}
    if not receipt.stays:  # receipts of earlier versions do not have it
        del unsigned["stays"]
    return orjson.dumps(unsigned, option=orjson.OPT_SORT_KEYS)
