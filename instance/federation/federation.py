"""Federation in one worker: what an administrator can do, and what is done once a day."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from ..clock import DAY_S, Clock
from ..journal import Journal, Unavailable
from ..optional import lacks_for_federation
from ..recommendations.forgetting import Receipt
from ..recommendations.recommender import Recommender
from ..recommendations.replica import NoModel
from ..repeating import repeating
from ..settings import Settings
from ..steady_time import SteadyTime
from .addresses import AddressError, normalised, refuse_private
from .document import DocumentError
from .fetching import Fetcher, FetchError
from .head_file import HeadFile
from .naming import directory, followed
from .publishing import Publisher, PublishError, last_whole_week
from .pulling import Fetchers, Puller
from .records import Added, Found, Own, Published, Record, Refused, Removed
from .register import Register, RegisterReplica, Source, origin_of
from .signing import SigningKey, signing_key
from .statements import check, release

LEASE = "federation"
LEAD_S, LEASE_S = 60.0, 300.0
RETRY_S = 60.0
# A source that was refused, or did not answer, is asked again after an hour.
AGAIN_S = 3600.0

log = logging.getLogger("mirrorwise")


class FederationError(Exception):
    """What was asked for is not done; the message says why, and what to do."""


class Federation:
    """What is said and heard; every method may raise `Unavailable` and `NoModel`."""

    def __init__(
        self,
        settings: Settings,
        recommender: Recommender,
        journal: Journal,
        clock: Clock,
        steady_time: SteadyTime,
    ) -> None:
        self.instance = instance_of(settings)
        self.epsilon = settings.federation_epsilon
        self.recommender = recommender
        self._settings = settings
        self._journal = journal
        self._clock = clock
        self._steady_time = steady_time
        self._register = RegisterReplica(journal, clock)
        self._peertube = Fetcher([settings.peertube_url] if settings.peertube_url else [])
        self._fetchers = Fetchers(Fetcher(settings.federation_private), Fetcher([]))
        self.publisher = Publisher(
            self._register,
            recommender.replica,
            lambda: signing_key(settings),
            self.instance,
            settings.federation_epsilon,
            settings.event_retention_days * DAY_S,
            HeadFile(settings.state_dir),
            release,
        )
        self.puller = Puller(
            self._register,
            recommender.replica,
            self._fetchers,
            recommender.names,
            clock,
            self.instance,
            check,
        )
        self._holder = uuid4().hex
        self._named_at_s = 0.0

    @property
    def key(self) -> SigningKey:
        """Return the key that own documents are signed by."""
        return signing_key(self._settings)

    @property
    def lacking(self) -> str | None:
        """Return what to do before anything can be said or heard, or None."""
        if self.recommender.crawl is None:
            return lacks_for_federation() or (
                "recommendations are off: set MIRRORWISE_PEERTUBE_URL to the address of your "
                "PeerTube"
            )
        return lacks_for_federation()

    async def register(self) -> Register:
        """Return the register as it is now."""
        return await self._register.follow()

    async def add(self, address: str) -> str:
        """Hear the instance at an address, or again what was taken back; return the address."""
        address = _checked(address)
        register = await self.register()
        if origin_of(address) in register.refused:
            raise FederationError(f"{origin_of(address)} is refused; remove it first")
        if address == self.instance:
            raise FederationError("this is our own instance")
        try:
            refuse_private(address, self._settings.federation_private)
        except AddressError as error:
            raise FederationError(
                f"{address} {error}; if that is meant, name its origin in "
                "MIRRORWISE_FEDERATION_PRIVATE too"
            ) from None
        await self._append(Added(address))
        return address

    async def remove(self, address: str) -> list[Receipt]:
        """Neither hear nor refuse an address any more, and forget what was heard there."""
        await self._append(Removed(_checked(address)))
        return await self.puller.forget_unwanted()

    async def refuse(self, address: str) -> list[Receipt]:
        """Hear an instance in no case, whoever names it, and forget what was heard of it."""
        await self._append(Refused(origin_of(_checked(address))))
        return await self.puller.forget_unwanted()

    async def take_back(self, instance: str, week: int | None) -> list[Receipt]:
        """Forget what an instance says of a week, or all of it, and do not hear it again."""
        return await self.puller.take_back(origin_of(_checked(instance)), week)

    async def take_back_everything(self) -> list[Receipt]:
        """Forget all that was heard of anybody, and do not hear it again."""
        heard = (await self.recommender.replica.follow()).heard
        return [each for name in [*heard] for each in await self.puller.take_back(name, None)]

    async def preview(self) -> Own:
        """Return what is said of the last whole week; it is made now, if it was not before."""
        now_s = self._clock.now_s()
        return await self.publisher.document(last_whole_week(now_s), now_s)

    async def publish(self, sha256: str) -> None:
        """Make own documents public, the last of which has been looked at."""
        own = await self.preview()
        if own.sha256 != sha256:
            raise FederationError("what would be published has changed; look at it again")
        await self._append(Published(True))

    async def stop(self) -> None:
        """Serve own documents no more; who has them keeps them until they are withdrawn."""
        await self._append(Published(False))

    async def withdraw(self, week: int | None) -> list[Own]:
        """Withdraw what was said of a week, or everything."""
        register = await self.register()
        said = [own.week for own in register.current_documents() if not own.withdrawn]
        weeks = said if week is None else [week]
        return [await self.publisher.withdraw(each) for each in weeks]

    async def round(self, now_s: float) -> None:
        """Do what is due: forget, replace, publish, learn who is named, and ask those due."""
        await self.puller.forget_unwanted()
        try:
            await self.publisher.replace_stale(now_s)
            if (await self.register()).published:
                await self.publisher.make_due(now_s)
        except PublishError as error:  # others are heard all the same
            log.error("federation: %s", error)
        await self._learn_names(now_s)
        for source in (await self.register()).sources():
            if await self._is_due(source, now_s):
                asked = await self.puller.pull(source, now_s)
                if asked.refused:
                    log.warning("federation: %s: %s", source.address, asked.refused)

    async def pull_all(self) -> None:
        """Ask all sources now."""
        for source in (await self.register()).sources():
            await self.puller.pull(source, self._clock.now_s())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the background task while the context is open."""
        try:
            if self.lacking:
                yield
                return
            async with repeating((self._lead,), RETRY_S, (Unavailable, NoModel)):
                yield
        finally:
            await self.close()

    async def close(self) -> None:
        """Close the connections to others."""
        for each in (self._peertube, *self._fetchers):
            await each.close()

    async def _lead(self) -> float:
        """Do what is due, in one of all workers."""
        if await self._journal.acquire_lease(LEASE, self._holder, LEASE_S):
            now_s = await self._steady_time.now_s()
            if now_s is not None:
                await self.round(now_s)
        return LEAD_S

    async def _is_due(self, source: Source, now_s: float) -> bool:
        register = await self.register()
        asked = register.asked.get(source.address)
        if source.address == self.instance or register.is_refused(source.address):
            return False
        return asked is None or now_s - asked.at_s >= (AGAIN_S if asked.refused else DAY_S)

    async def _learn_names(self, now_s: float) -> None:
        """Ask once a day who is followed and listed; what was known stays where nobody answers."""
        if now_s - self._named_at_s < DAY_S:
            return
        self._named_at_s = now_s
        register, settings = await self.register(), self._settings
        found: list[Found] = []
        try:
            if settings.federation_followed and settings.peertube_url:
                found.append(await followed(self._peertube, settings.peertube_url))
            if settings.federation_directory and settings.federation_directory_key:
                url, key = settings.federation_directory, settings.federation_directory_key
                before = register.found.get("directory")
                found.append(await directory(self._fetchers.added, url, key, before))
        except (FetchError, DocumentError) as error:
            log.warning("federation: %s; the instances that are known stay", error)
        if not settings.federation_followed:
            found.append(Found("followed", []))
        if not settings.federation_directory:
            found.append(Found("directory", []))
        for each in found:
            if each != register.found.get(each.where, Found(each.where, [])):
                await self._append(each)

    async def _append(self, record: Record) -> None:
        await self._register.append([record])


def instance_of(settings: Settings) -> str:
    """Return the origin by which others know this instance; empty when none is known."""
    peertube = settings.peertube_url or ""
    return settings.federation_instance or (peertube if peertube.startswith("https://") else "")


def _checked(address: str) -> str:
    try:
        return normalised(address)
    except AddressError as error:
        raise FederationError(f"{address!r:.80} {error}") from None
