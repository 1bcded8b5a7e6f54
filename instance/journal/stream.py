"""The journal in PostgreSQL, with a Redis stream that hands out its work.

PostgreSQL alone makes an entry durable and counts it once. The stream carries no entries, only a
bell for every commit; its consumer group gives each bell to one of the fold workers, which then
folds whatever lane is free. So Redis may run without `appendonly`, which is its default, lose
everything, or ring twice: the counts are the same. A bell that is lost, or was taken by a
worker that died, is made up for by the sweep that every worker makes when no bell has rung for
`SWEEP_S`. That is why bells need no acknowledgement (NOACK) and old ones are cut off.

While Redis is down nothing is acknowledged: the sender keeps the entry and sends it again, and
its id keeps it from being counted twice. What had been accepted is folded by the sweeps.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from .entry import Entry, NoStream
from .folds import Fold
from .journal import Health
from .postgres import PostgresJournal

STREAM, GROUP, CONSUMER = "mirrorwise:journal", "folds", "worker"
MOST_BELLS = 1000
# More than one, since a worker folds all it finds; not all, so that others are woken too.
BELLS_AT_ONCE = 16
TIMEOUT_S = 5.0


class StreamJournal(PostgresJournal):
    """A journal in the database at `address` whose workers wait at the stream at `stream`."""

    def __init__(
        self, address: str, stream: str, all_folds: Sequence[Fold], ordered: Sequence[str] = ()
    ) -> None:
        super().__init__(address, all_folds, ordered)
        self._redis = Redis.from_url(
            stream,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            # Once, for a connection that was lost unnoticed; else the sender has to know.
            retry=Retry(NoBackoff(), 1),
        )

    async def news(self, patience_s: float) -> None:
        """Return when this worker is given bells, at the latest after `patience_s`."""
        with _down():
            try:
                await self._redis.xreadgroup(
                    GROUP,
                    CONSUMER,
                    {STREAM: ">"},
                    count=BELLS_AT_ONCE,
                    block=round(patience_s * 1000),
                    noack=True,
                )
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                await self._create_group()

    async def health(self) -> Health:
        """Return what PostgreSQL says, if the stream answers as well."""
        with _down():
            await self._redis.ping()
        return await super().health()

    async def _commit(self, entries: Sequence[Entry]) -> list[int]:
        positions = await super()._commit(entries)
        with _down():
            await self._redis.xadd(STREAM, {"bell": ""}, maxlen=MOST_BELLS, approximate=True)
        return positions

    async def _create_group(self) -> None:
        try:
            await self._redis.xgroup_create(STREAM, GROUP, mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):  # another worker was first
                raise

    async def _disconnect(self) -> None:
        await self._redis.aclose()
        await super()._disconnect()


@contextmanager
def _down() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        _heed_cancellation()
        raise NoStream(f"Redis: {error or type(error).__name__}") from error
    _heed_cancellation()


def _heed_cancellation() -> None:
    """Redis's client takes a cancellation for itself while it connects: pass it on."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
