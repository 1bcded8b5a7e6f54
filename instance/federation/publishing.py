"""Publishing: one document for each whole week, made once, and what was spent on it.

Making a document and spending its ε are one entry of the journal. A crash before it has spent
nothing, because nobody has seen the noise; after it both are durable. The entry is named by the
document's number, so that of two workers who make one at the same time the first wins, and the
other tells what the first has made.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from reco import Model
from reco.data.ledger import HERE, WEEK_S, week_of
from reco.federation.leanings import KEPT_WEEKS

from ..clock import DAY_S
from ..recommendations.replica import Replica
from .document import MOST_EPSILON, Document, sign
from .head_file import HeadFile
from .records import Own
from .register import Register, RegisterReplica
from .signing import SigningKey

# Plays may be told of a day late; so a week is whole two days after its end.
LATE_S = 2 * DAY_S
# After a pause so many weeks are made up for.
MOST_WEEKS = 4
TRIES = 8

Release = Callable[[Model, int, float], Mapping[str, Any]]


class Last(NamedTuple):
    """The last own document at the moment at which another was decided on."""

    number: int
    sha256: str


class PublishError(Exception):
    """Nothing was said; the message tells why, and what to do."""


class Publisher:
    """Makes, replaces and withdraws documents; may also raise `Unavailable` and `NoModel`."""

    def __init__(
        self,
        register: RegisterReplica,
        replica: Replica,
        key: Callable[[], SigningKey],
        instance: str,
        epsilon: float,
        retention_s: float,
        head: HeadFile,
        release: Release,
    ) -> None:
        self._register = register
        self._replica = replica
        self._key = key
        self._instance = instance
        self._epsilon = epsilon
        self._retention_s = retention_s
        self._head = head
        self._release = release

    async def document(self, week: int, now_s: float) -> Own:
        """Return the document about a week: the one there is, or else a new one."""
        for _ in range(TRIES):
            register = await self._register.follow()
            known, last = register.current(week), _last(register)
            if known:
                return known
            if week > last_whole_week(now_s):
                raise PublishError(f"week {week} is not over for two days; wait for that")
            await self._say(week, last)
        raise PublishError("others say something too, again and again; try again")

    async def make_due(self, now_s: float) -> None:
        """Make the documents of whole weeks since the last one."""
        register = await self._register.follow()
        newest = last_whole_week(now_s)
        since = max((own.week for own in register.own), default=newest - 1) + 1
        for week in range(max(since, newest - MOST_WEEKS + 1), newest + 1):
            await self.document(week, now_s)

    async def replace_stale(self, now_s: float) -> list[int]:
        """Replace documents made of plays that have been forgotten since; return their weeks.

        Plays of a week that retention has begun to delete cannot be told from forgotten ones.
        """
        register = await self._register.follow()
        made = [
            own
            for own in register.current_documents()
            if own.plays and own.week * WEEK_S >= now_s - self._retention_s
        ]
        weeks = [own.week for own in made]
        await self._replica.follow()
        left = await self._replica.read(lambda state: [plays(state.model, week) for week in weeks])
        stale = [own for own, now in zip(made, left, strict=True) if now < own.plays]
        for own in stale:
            register = await self._register.follow()
            if register.current(own.week) == own:  # no other worker was faster
                enough = register.spent(own.week) + self._thousandths <= MOST_EPSILON
                known = own.week > week_of(now_s) - KEPT_WEEKS
                await self._say(own.week, _last(register), withdrawn=not (enough and known))
        await self._erase_replaced()
        return [own.week for own in stale]

    async def withdraw(self, week: int) -> Own:
        """Replace what was said about a week by a document that says nothing."""
        for _ in range(TRIES):
            register = await self._register.follow()
            known, last = register.current(week), _last(register)
            if known is None:
                raise PublishError(f"nothing was said about week {week}")
            if known.withdrawn:
                await self._erase_replaced()
                return known
            await self._say(week, last, withdrawn=True)
        raise PublishError("others say something too, again and again; try again")

    @property
    def _thousandths(self) -> int:
        return round(1000 * self._epsilon)

    async def _say(self, week: int, last: Last, *, withdrawn: bool = False) -> None:
        """Append a document that follows the last one, unless another does already."""
        if not self._instance:
            raise PublishError(
                "this instance has no public name: set MIRRORWISE_FEDERATION_INSTANCE to the "
                "origin of your PeerTube, such as https://video.example"
            )
        await self._refuse_older_database()
        said, count, spent = None, 0, 0
        if not withdrawn:
            await self._replica.follow()  # nothing that is forgotten elsewhere may be said
            said, count = await self._replica.read(
                lambda state: (
                    self._release(state.model, week, self._epsilon),
                    plays(state.model, week),
                )
            )
            spent = self._thousandths
        number = last.number + 1
        made = sign(self._key(), self._instance, week, number, last.sha256, said, spent)
        own = Own(number, week, spent, count, made.sha256, made.data.decode())
        after = await self._register.append([own], f"own-{number}")
        if after.own[number - 1].sha256 == made.sha256:
            self._head.write(number, made.sha256)

    async def _refuse_older_database(self) -> None:
        number, sha256 = self._head.read()
        register = await self._register.follow()
        known = register.own[number - 1].sha256 if 0 < number <= len(register.own) else ""
        if known != sha256:
            raise PublishError(
                f"document {number} was made by this instance and is not in this database, which "
                "is an older copy: what that document spent would be spent again. Restore a newer "
                "copy; docs/federation.md says what to do if there is none"
            )

    async def _erase_replaced(self) -> None:
        register = await self._register.follow()
        current = {own.sha256 for own in register.current_documents()}
        await self._register.erase_bytes(
            own.sha256 for own in register.own if own.document and own.sha256 not in current
        )


def _last(register: Register) -> Last:
    return Last(len(register.own), register.own[-1].sha256) if register.own else Last(0, "")


def last_whole_week(now_s: float) -> int:
    """Return the last week that has been over for long enough.

    >>> last_whole_week(3 * WEEK_S + LATE_S - 1), last_whole_week(3 * WEEK_S + LATE_S)
    (1, 2)
    """
    return int((now_s - LATE_S) // WEEK_S) - 1


def plays(model: Model, week: int) -> int:
    """Return how many plays of this instance's viewers in a week the model remembers."""
    first_s, end_s = week * WEEK_S, (week + 1) * WEEK_S
    logs = (log for (source, _), log in model.logs.items() if source == HERE)
    return sum(first_s <= at_s < end_s for log in logs for at_s in log.times_s)


def index(register: Register, instance: str) -> dict[str, Any]:
    """Return the list of own documents, as it is public."""
    current = {own.sha256 for own in register.current_documents()}
    documents = [
        {
            "number": own.number,
            "week": own.week,
            "sha256": own.sha256,
            "replaced": own.sha256 not in current,
        }
        for own in register.own
    ]
    return {"format": 1, "instance": instance, "documents": documents}


def served(register: Register, number: int) -> Document | None:
    """Return an own document that is served: none that was replaced."""
    from .document import read

    if not 0 < number <= len(register.own):
        return None
    own = register.own[number - 1]
    return read(own.document.encode()) if own == register.current(own.week) else None
