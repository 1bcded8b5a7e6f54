"""Queue of viewers who want to be forgotten: many wait for one fold, and for clean pages.

Forgetting folds the model again, which takes seconds of CPU. Everybody who asks meanwhile waits
for the next fold together, so a flood delays nobody by more than two folds. A token that nobody
has watched under costs nothing. A receipt is given when nothing readable is left on disk.
"""

import asyncio

from ..clock import Clock
from .forgetting import Receipt, forget_all, signed, subject_of
from .journal_records import Subject
from .pseudonyms import Pseudonyms
from .replica import Replica

# Receipts of viewers who are erased, but whose pages another reader still holds.
MOST_HELD_BACK = 1000


class ForgetQueue:
    """Forgets viewers by pseudonym, all that wait in one fold."""

    def __init__(self, replica: Replica, names: Pseudonyms, clock: Clock) -> None:
        self._replica = replica
        self._names = names
        self._clock = clock
        self._waiting: dict[str, asyncio.Future[Receipt]] = {}
        self._task: asyncio.Task[None] | None = None
        self._held_back: dict[str, Receipt] = {}
        self._digest = ((-1, -1), "")

    async def forget(self, viewer: str) -> Receipt:
        """Erase a viewer and return the receipt.

        Raises
        ------
        Unavailable
            When the database does not answer, or another reader keeps deleted pages readable.

        """
        state = await self._replica.follow()
        if viewer in self._held_back:
            await self._replica.journal.wipe(everything=False)
            return self._held_back.pop(viewer)
        if not state.knows(viewer) and viewer not in self._waiting:
            return await self._nothing_known(viewer)
        durable = self._waiting.setdefault(viewer, asyncio.get_running_loop().create_future())
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._forget_waiting())
        return await asyncio.shield(durable)

    async def _forget_waiting(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, {}
            try:
                receipts = await self._erase(list(waiting))
            except Exception as error:  # everybody who waits has to learn of it
                for future in waiting.values():
                    future.set_exception(error)
                    future.exception()  # whoever asked may have gone away
                continue
            for viewer, future in waiting.items():
                future.set_result(receipts[viewer])

    async def _erase(self, viewers: list[str]) -> dict[str, Receipt]:
        journal = self._replica.journal
        subjects = [Subject("viewer", viewer) for viewer in viewers]
        given = await forget_all(journal, subjects, self._names, self._clock)
        receipts = dict(zip(viewers, given, strict=True))
        self._held_back |= receipts
        while len(self._held_back) > MOST_HELD_BACK:
            del self._held_back[next(iter(self._held_back))]
        await self._replica.follow()
        await journal.wipe(everything=False)
        for viewer in viewers:
            self._held_back.pop(viewer, None)
        return receipts

    async def _nothing_known(self, viewer: str) -> Receipt:
        """Return the receipt of a viewer of whom nothing is known; nothing is folded."""
        version = self._replica.version
        if self._digest[0] != version:
            self._digest = version, (await self._replica.state()).model.digest()
        digest, at = self._digest[1], self._clock.now().isoformat(timespec="seconds")
        subject = subject_of(Subject("viewer", viewer))
        return signed(Receipt("viewer", subject, at, 0, 0, digest, digest), self._names)
