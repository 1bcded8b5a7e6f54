"""Pulling: what other instances have published is fetched, verified and kept as it came.

A document goes into the recommender's journal first and is noted in the register then. After a
crash between the two it is fetched again, and counts once.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from reco.data.ledger import week_of

from ..clock import Clock
from ..recommendations.forgetting import Receipt, forget_all
from ..recommendations.journal_records import Heard, Subject
from ..recommendations.pseudonyms import Pseudonyms
from ..recommendations.replica import Replica
from .addresses import documents_at
from .chain import LARGEST_INDEX_BYTES, Index, Listed, check_document, check_past, read_index
from .document import LARGEST_DOCUMENT_BYTES, Document, DocumentError, read
from .fetching import Fetcher, FetchError
from .records import Asked, Pinned, Received, TakenBack
from .register import Register, RegisterReplica, Source, origin_of

# Of one source at once; the rest follows on the next day.
MOST_AT_ONCE = 20


class Fetchers(NamedTuple):
    """The clients for addresses that the administrator has added, and for all others."""

    added: Fetcher
    others: Fetcher

    def of(self, source: Source) -> Fetcher:
        """Return the client for a source: what others name is never on a private address."""
        return self.added if source.named_by == "admin" else self.others


Check = Callable[[Document], None]


class Puller:
    """Fetches and verifies documents, and forgets them; may raise `Unavailable` and `NoModel`."""

    def __init__(
        self,
        register: RegisterReplica,
        replica: Replica,
        fetchers: Fetchers,
        names: Pseudonyms,
        clock: Clock,
        own: str,
        check: Check,
    ) -> None:
        self._register = register
        self._replica = replica
        self._fetchers = fetchers
        self._names = names
        self._clock = clock
        self._own = own
        self._check = check

    async def pull(self, source: Source, now_s: float) -> Asked:
        """Ask one source for what is new, and note what came of it."""
        register = await self._register.follow()
        before = register.asked.get(source.address)
        etag = before.etag if before and not before.refused else ""
        try:
            etag = await self._pull(source, etag, now_s)
            asked = Asked(source.address, now_s, etag, "")
        except (FetchError, DocumentError) as error:
            # The ETag is asked with again only where all of it was taken in.
            asked = Asked(source.address, now_s, "", f"{error}")
        await self._register.append([asked])
        return asked

    async def _pull(self, source: Source, etag: str, now_s: float) -> str:
        """Take in what is new at a source; return the ETag of its list."""
        address, fetcher = source.address, self._fetchers.of(source)
        if (await self._register.follow()).is_refused(address):
            raise DocumentError("you refuse it, or took it back; add it again to hear it")
        url = documents_at(address)
        answer = await fetcher.get(url, LARGEST_INDEX_BYTES, etag)
        if answer.body is None:
            return etag
        index = read_index(answer.body)
        register = await self._register.follow()
        _check_instance(register, address, index.instance, self._own)
        check_past(index, register.received.get(index.instance, {}))
        new = await self._new(register, index)
        for listed in new[:MOST_AT_ONCE]:
            await self._take_in(source, index, listed, now_s)
        return answer.etag if len(new) <= MOST_AT_ONCE else ""

    async def _new(self, register: Register, index: Index) -> list[Listed]:
        """Return what was not seen yet, or may count again since its source was added again."""
        seen = register.received.get(index.instance, {})
        heard = (await self._replica.follow()).heard.get(index.instance, {})
        return [
            each
            for each in index.documents
            if each.number not in seen
            or (
                not (each.replaced or each.week in heard)
                and register.hears(index.instance, each.week)
            )
        ]

    async def _take_in(self, source: Source, index: Index, listed: Listed, now_s: float) -> None:
        """Fetch, verify and keep a document; of one that was replaced, only note the hash."""
        received = Received(index.instance, listed.number, listed.week, listed.sha256)
        if listed.replaced:
            await self._register.append([received])
            return
        if listed.week >= week_of(now_s):
            raise DocumentError(f"document {listed.number} is about a week that is not over")
        address = source.address
        url = f"{documents_at(address)}/{listed.number}"
        answer = await self._fetchers.of(source).get(url, LARGEST_DOCUMENT_BYTES)
        document = read(answer.body or b"")
        register = await self._register.follow()
        pin = register.pins.get(address)
        check_document(document, index, listed, pin.key if pin else "")
        self._check(document)
        if pin is None:
            await self._register.append([Pinned(address, document.instance, document.key)])
        await self._hear(document)
        await self._register.append([received])

    async def _hear(self, document: Document) -> None:
        """Let a document count, and erase the one about the same week that it replaces."""
        state = await self._replica.follow()
        known = state.heard.get(document.instance, {}).get(document.week)
        if known and known.number >= document.number:
            return
        # The old one first: after a crash between the two the new one is fetched again.
        if known:
            await self._forget([Subject("document", known.document)])
        register = await self._register.follow()
        if document.withdrawn or not register.hears(document.instance, document.week):
            return
        text = document.data.decode()
        heard = Heard(document.instance, document.week, document.number, document.sha256, text)
        # Not named by its hash: one that was taken back and is heard again is another entry. Twice
        # in the journal it counts once, because the fold takes only what is newer.
        await self._replica.append([heard])

    async def take_back(self, instance: str, week: int | None) -> list[Receipt]:
        """Hear no more what an instance says of a week, or of all; return signed receipts."""
        await self._register.append([TakenBack(instance, week)])
        return await self.forget_unwanted()

    async def forget_unwanted(self) -> list[Receipt]:
        """Erase what counts though it may not any more; return the receipts of the documents.

        Decisions are noted first, so that a crash on the way delays this and loses nothing.
        """
        register = await self._register.follow()
        state = await self._replica.follow()
        unwanted = [
            heard.document
            for instance, weeks in state.heard.items()
            for week, heard in weeks.items()
            if not register.hears(instance, week)
        ]
        return await self._forget([Subject("document", each) for each in unwanted])

    async def _forget(self, subjects: Sequence[Subject]) -> list[Receipt]:
        journal = self._replica.journal
        if not subjects:
            return []
        receipts = await forget_all(journal, subjects, self._names, self._clock)
        await self._replica.follow()
        await journal.wipe(everything=False)
        return receipts


def _check_instance(register: Register, address: str, instance: str, own: str) -> None:
    """Raise DocumentError unless the instance that speaks is the one that is meant to."""
    pin = register.pins.get(address)
    if instance == own:
        raise DocumentError("this is our own instance")
    if instance in register.refused:
        raise DocumentError(f"{instance} speaks there, which you refuse")
    if pin and pin.instance != instance:
        raise DocumentError(f"{instance} speaks there, and {pin.instance} did before")
    if address == origin_of(address) and instance != address:
        raise DocumentError(f"{instance} speaks there, not {address}")
    elsewhere = [
        source.address
        for source in register.sources()
        if source.address != address and source.address in register.pins
    ]
    if any(register.instance_at(each) == instance for each in elsewhere):
        raise DocumentError(f"{instance} is heard at another address already")
