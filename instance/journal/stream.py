"""The journal in PostgreSQL, with a Redis stream that wakes its fold workers.

PostgreSQL alone makes an entry durable and counts it once. The stream carries no entries, only a
wake-up for every commit. Its consumer group gives each wake-up to one fold worker, which then
folds any free lane. So Redis may run without `appendonly` (its default), lose everything, or
deliver twice: the counts are the same. When a wake-up is lost, or its worker died, the poll that
every worker makes after `POLL_S` without a wake-up takes its place. So wake-ups need no
acknowledgement (NOACK), and old ones are trimmed.

While Redis is down nothing is acknowledged: the sender keeps the entry and sends it again, and
its id prevents a second count. Entries that had been accepted are folded by the polls.
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
MOST_WAKE_UPS = 1000
# More than one, because a worker folds all it finds; not all, so that others are woken too.
WAKE_UPS_AT_ONCE = 16
TIMEOUT_S = 5.0


class StreamJournal(PostgresJournal):
    """A journal in the database at `address` whose fold workers wait at the Redis at `stream`."""

    def __init__(
        self, address: str, stream: str, all_folds: Sequence[Fold], ordered: Sequence[str] = ()
    ) -> None:
        super().__init__(address, all_folds, ordered)
        self._redis = Redis.from_url(
            stream,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            # Once, for a connection that was lost unnoticed; a second failure is an outage.
            retry=Retry(NoBackoff(), 1),
        )

    async def wait_for_work(self, timeout_s: float) -> None:
        """Return when this worker gets a wake-up, at the latest after `timeout_s`."""
        with _as_no_stream():
            try:
                await self._redis.xreadgroup(
                    GROUP,
                    CONSUMER,
                    {STREAM: ">"},
                    count=WAKE_UPS_AT_ONCE,
                    block=round(timeout_s * 1000),
                    noack=True,
                )
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                await self._create_group()

    async def health(self) -> Health:
        """Return what PostgreSQL says, if the stream answers as well."""
        with _as_no_stream():
            await self._redis.ping()
        return await super().health()

    async def _commit(self, entries: Sequence[Entry]) -> list[int]:
        positions = await super()._commit(entries)
        with _as_no_stream():
            await self._redis.xadd(STREAM, {"bell": ""}, maxlen=MOST_WAKE_UPS, approximate=True)
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
def _as_no_stream() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        _raise_cancellation()
        raise NoStream(f"Redis: {error or type(error).__name__}") from error
    _raise_cancellation()


def _raise_cancellation() -> None:
    """Raise a cancellation that Redis's client has swallowed while it connected."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
