"""The journal in PostgreSQL, for several web workers and several fold workers.

An acknowledged entry is durable because every connection sets `synchronous_commit=on`, on a
server with `fsync=on`, which `health` checks.

Positions come from one row, `head`, whose lock is held until the commit. So positions appear in
the order of commits: a reader of "everything after 17" cannot miss a 16 that is committed later,
as could happen with a sequence. One statement stores a whole group, so the lock is held for
little more than the sync.

A fold has lanes (shards). Every commit goes to one lane; a fold worker locks a free lane and
stores its counts and position in one transaction. Workers on different lanes share no row. A
fold's count is the sum over its lanes.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from .entry import KNOWN_S, Accepted, Entry, StillReadable, Unavailable
from .folds import Erased, Fold, Unwanted, checksum, erase_from, parts, total
from .journal import (
    ABOVE_ALL,
    ENTRIES_PER_STEP,
    Aggregate,
    Health,
    Journal,
    Progress,
    Recount,
)
from .lease import Lease
from .ordered import Change, State, States, fits
from .schema import VERSION, check_version

LANES = 8
# One appends, one folds, the others read; PostgreSQL allows 100 in all by default.
CONNECTIONS = 4
TIMEOUT_S = 10.0
# For what reads or rewrites whole tables.
LONG_TIMEOUT_S = 3600.0
VACUUM_TRIES = 20
VACUUM_PAUSE_S = 0.5
STILL_READABLE = (
    "the data are deleted, but another session of PostgreSQL reads an older state, in which they "
    "still are; end that session (pg_stat_activity lists it, such as pg_dump) and try again"
)
# Sessions whose snapshot is older than a transaction, so that they see what it had deleted.
OLDER_READERS = """
SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
AND datname = current_database() AND age(backend_xmin) >= age($1::text::xid8::xid)"""

# The tables live in a schema of their own, so that PeerTube's database can hold them too. Several
# workers may start at once, and IF NOT EXISTS does not wait for another's transaction.
SCHEMA = """
SELECT pg_advisory_xact_lock(hashtext('mirrorwise.journal'));
CREATE SCHEMA IF NOT EXISTS mirrorwise;
CREATE TABLE IF NOT EXISTS head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL
);
INSERT INTO head (position) VALUES (0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS entry (
    position bigint PRIMARY KEY,
    lane smallint NOT NULL,
    kind text NOT NULL,
    id text NOT NULL,
    payload bytea NOT NULL,
    accepted_at double precision NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS entry_by_lane ON entry (kind, lane, position);
CREATE INDEX IF NOT EXISTS entry_by_age ON entry (kind, accepted_at);
CREATE INDEX IF NOT EXISTS entry_in_order ON entry (kind, position);
CREATE TABLE IF NOT EXISTS fold (
    name text NOT NULL,
    lane smallint NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    corrections integer NOT NULL DEFAULT 0,
    PRIMARY KEY (name, lane)
);
CREATE TABLE IF NOT EXISTS tally (
    fold text NOT NULL,
    lane smallint NOT NULL,
    key text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    sealed bigint NOT NULL,
    PRIMARY KEY (fold, key, lane)
);
CREATE TABLE IF NOT EXISTS spent (
    digest bytea PRIMARY KEY,
    position bigint NOT NULL,
    accepted_at double precision NOT NULL
);
CREATE TABLE IF NOT EXISTS part (
    fold text NOT NULL,
    lane smallint NOT NULL,
    part bigint NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (fold, part, lane)
);
CREATE TABLE IF NOT EXISTS ordered (
    kind text PRIMARY KEY,
    generation integer NOT NULL DEFAULT 0,
    base_position bigint NOT NULL DEFAULT 0,
    base bytea NOT NULL DEFAULT '',
    head_position bigint NOT NULL DEFAULT 0,
    head bytea NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS leader (
    name text PRIMARY KEY,
    holder text NOT NULL,
    beat bigint NOT NULL,
    for_s double precision NOT NULL
);
CREATE TABLE IF NOT EXISTS schema_version (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version integer NOT NULL
);
CREATE TABLE IF NOT EXISTS time_mark (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    at_s double precision NOT NULL
);
"""
ADD_FOLD = f"""
INSERT INTO fold (name, lane) SELECT $1, generate_series(0, {LANES - 1}) ON CONFLICT DO NOTHING
"""
APPEND = """
WITH start AS (UPDATE head SET position = position + $1 RETURNING position - $1 AS position)
INSERT INTO entry
SELECT start.position + new.place, $2, new.kind, new.id, new.payload, new.accepted_at
FROM start, unnest($3::text[], $4::text[], $5::bytea[], $6::float8[], $7::bytea[])
    WITH ORDINALITY AS new (kind, id, payload, accepted_at, digest, place)
WHERE NOT EXISTS (SELECT FROM spent WHERE spent.digest = new.digest)
ON CONFLICT DO NOTHING
RETURNING kind, id, position
"""
# Entries that were forgotten while APPEND waited for them: its snapshot is older than `spent`.
FORGOTTEN_MEANWHILE = """
DELETE FROM entry USING unnest($1::bigint[], $2::bytea[]) AS new (position, digest)
WHERE entry.position = new.position AND new.digest IN (SELECT digest FROM spent)
RETURNING entry.position
"""
HELD = """
SELECT kind, id, position FROM entry
WHERE (kind, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
UNION ALL
SELECT asked.kind, asked.id, spent.position
FROM unnest($1::text[], $2::text[], $3::bytea[]) AS asked (kind, id, digest)
JOIN spent USING (digest)
"""
READ = """
SELECT position, kind, id, payload, accepted_at FROM entry
WHERE position > $1 ORDER BY position LIMIT $2
"""
READ_KIND = """
SELECT position, kind, id, payload, accepted_at FROM entry
WHERE kind = $1 AND position > $2 ORDER BY position LIMIT $3
"""
STATES = """
SELECT generation, base_position, base, head_position, head FROM ordered WHERE kind = $1
"""
GENERATION = "SELECT generation FROM ordered WHERE kind = $1"
ADD_ORDERED = "INSERT INTO ordered (kind) VALUES ($1) ON CONFLICT DO NOTHING"
LOCK_ORDERED = """
SELECT generation, base_position, head_position FROM ordered WHERE kind = $1 FOR UPDATE
"""
NEW_GENERATION = "UPDATE ordered SET generation = generation + 1 WHERE kind = $1"
NEW_HEAD = "UPDATE ordered SET head_position = $2, head = $3 WHERE kind = $1"
NEW_BASE = "UPDATE ordered SET base_position = $2, base = $3 WHERE kind = $1"
DELETE_FOLDED = "DELETE FROM entry WHERE kind = $1 AND position <= $2"
LEASE = "SELECT holder, beat, for_s FROM leader WHERE name = $1"
REPLACE_LEASE = """
INSERT INTO leader VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, beat = excluded.beat, for_s = excluded.for_s
WHERE leader.holder = $5 AND leader.beat = $6
RETURNING true
"""
RELEASE_LEASE = "DELETE FROM leader WHERE name = $1 AND holder = $2"
# Raises the stored version to this one's, and returns the higher of both.
SCHEMA_VERSION = """
INSERT INTO schema_version (version) VALUES ($1)
ON CONFLICT (single) DO UPDATE SET version = greatest(schema_version.version, excluded.version)
RETURNING version
"""
TIME_MARK = """
SELECT coalesce((SELECT at_s FROM time_mark), (SELECT max(accepted_at) FROM entry))
"""
SET_TIME_MARK = """
INSERT INTO time_mark (at_s) VALUES ($1) ON CONFLICT (single) DO UPDATE SET at_s = excluded.at_s
"""
FREE_LANE = """
SELECT lane, position FROM fold
WHERE name = $1 AND EXISTS (
    SELECT FROM entry
    WHERE entry.kind = $2 AND entry.lane = fold.lane AND entry.position > fold.position
)
ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED
"""
UNFOLDED = """
SELECT position, payload FROM entry
WHERE kind = $1 AND lane = $2 AND position > $3 ORDER BY position LIMIT $4
"""
ADVANCE = "UPDATE fold SET position = $3 WHERE name = $1 AND lane = $2"
ADD = """
INSERT INTO tally
SELECT $1, * FROM unnest($2::smallint[], $3::text[], $4::bigint[], $5::bigint[])
ON CONFLICT (fold, key, lane) DO UPDATE
SET count = tally.count + excluded.count, sealed = tally.sealed + excluded.sealed
"""
# A part has a revision in every lane, so that workers on different lanes do not wait here either.
TOUCH = """
INSERT INTO part SELECT $1, *, 1 FROM unnest($2::smallint[], $3::bigint[])
ON CONFLICT (fold, part, lane) DO UPDATE SET revision = part.revision + 1
"""
NEXT_KEY = """
SELECT key FROM tally WHERE fold = $1 AND key >= $2 AND key < $3 ORDER BY key LIMIT 1
"""
REVISION = "SELECT coalesce(sum(revision), 0)::bigint FROM part WHERE fold = $1 AND part = $2"
COUNTS = """
SELECT key, sum(count)::bigint AS count, sum(sealed)::bigint AS sealed
FROM tally WHERE fold = $1 AND key >= $2 AND key < $3 GROUP BY key
"""
PLACE = """
SELECT sum(position)::bigint AS position, sum(corrections)::bigint AS corrections
FROM fold WHERE name = $1
"""
REMAINING = """
SELECT payload FROM entry JOIN fold USING (lane)
WHERE fold.name = $1 AND entry.kind = $2 AND entry.position <= fold.position
"""
CORRECT = """
UPDATE fold SET corrections = corrections + 1
WHERE name = $1 AND lane = 0 AND corrections = $2 RETURNING 1
"""
FORGET = """
WITH expired AS MATERIALIZED (
    SELECT position FROM entry
    WHERE kind = $1 AND accepted_at < $2 AND position <= (
        SELECT min(position) FROM fold WHERE name = ANY($3) AND fold.lane = entry.lane
    )
    LIMIT $4 FOR UPDATE SKIP LOCKED
)
DELETE FROM entry USING expired WHERE entry.position = expired.position
RETURNING lane, entry.position, kind, id, payload, accepted_at
"""
SPEND = """
INSERT INTO spent SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::float8[])
ON CONFLICT DO NOTHING
"""
FORGET_SPENT = """
DELETE FROM spent WHERE accepted_at < greatest($1, (SELECT max(accepted_at) FROM spent)) - $2
"""
NEWEST = "SELECT coalesce(max(accepted_at), 0.0) FROM entry WHERE kind = $1"
# The lock on a lane's row: only its holder may change what has been folded of that lane.
LANE = "SELECT position FROM fold WHERE name = $1 AND lane = $2 FOR UPDATE"
ALL_LANES = "SELECT lane FROM fold WHERE name = $1 ORDER BY lane FOR UPDATE"
STORED = """
SELECT position, payload FROM entry
WHERE kind = $1 AND lane = $2 AND position > $3 ORDER BY position LIMIT $4 FOR UPDATE
"""
REWRITE = "UPDATE entry SET payload = $1 WHERE position = $2"
SEALED = "SELECT lane, key, sealed FROM tally WHERE fold = $1 AND sealed <> 0"
# Summed over lanes: a correction of a key may be in another lane than its counts.
DROP_EMPTY = """
DELETE FROM tally WHERE fold = $1 AND key IN (
    SELECT key FROM tally WHERE fold = $1 GROUP BY key HAVING sum(count) = 0 AND sum(sealed) = 0
)
"""
ERASED = "UPDATE fold SET corrections = corrections + 1 WHERE name = $1 AND lane = 0"
BACKLOG = """
SELECT count(*) FROM entry JOIN fold USING (lane)
WHERE fold.name = $1 AND entry.kind = $2 AND entry.position > fold.position
"""
WARNINGS = {
    "fsync": "a crash of the machine can lose acknowledged reports",
    "full_page_writes": "a crash of the machine can damage the database",
}

# All errors of the database and its connections; the pool replaces broken connections.
DOWN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

LaneCounts = Mapping[tuple[int, str], tuple[int, int]]


class PostgresJournal(Journal):
    """A journal in the database at `address`, whose user may create a schema there."""

    def __init__(
        self, address: str, all_folds: Sequence[Fold], ordered: Sequence[str] = ()
    ) -> None:
        super().__init__(all_folds, ordered)
        self._address = address
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._lanes = itertools.cycle(range(LANES))

    async def read(self, after: int = 0, limit: int = 100) -> list[Accepted]:
        """Return the first `limit` entries with a position greater than `after`."""
        async with self._connection() as database:
            rows = await database.fetch(READ, after, limit)
        return [Accepted(position, Entry(*fields)) for position, *fields in rows]

    async def read_kind(self, kind: str, after: int = 0, limit: int = 100) -> list[Accepted]:
        """Return the first `limit` entries of `kind` with a position greater than `after`."""
        async with self._connection() as database:
            rows = await database.fetch(READ_KIND, kind, after, limit)
        return [Accepted(position, Entry(*fields)) for position, *fields in rows]

    async def generation(self, kind: str) -> int:
        """Return how often the past of the ordered fold of `kind` has changed."""
        async with self._connection() as database:
            return await database.fetchval(GENERATION, kind) or 0

    async def states(self, kind: str) -> States:
        """Return the stored states of the ordered fold of `kind`."""
        async with self._connection() as database:
            row = await database.fetchrow(STATES, kind)
        return States(row[0], State(*row[1:3]), State(*row[3:5])) if row else States()

    async def replace_states(self, kind: str, change: Change, expected: States) -> bool:
        """Store `change` if the stored states are still as `expected`; return whether it was."""
        async with self._transaction() as database:
            await database.execute(ADD_ORDERED, kind)
            if not fits(change, expected, *await database.fetchrow(LOCK_ORDERED, kind)):
                return False
            if change.head:
                await database.execute(NEW_HEAD, kind, *change.head)
            if change.base:
                await database.execute(NEW_BASE, kind, *change.base)
                await database.execute(DELETE_FOLDED, kind, change.base.position)
            if change.past:
                await database.execute(NEW_GENERATION, kind)
            await database.executemany(REWRITE, change.rewritten)
            return True

    async def release_lease(self, name: str, holder: str) -> None:
        """End the lease of `holder`."""
        async with self._connection() as database:
            await database.execute(RELEASE_LEASE, name, holder)

    async def time_mark(self) -> float | None:
        """Return the newest time that was trusted, or else that of the newest entry."""
        async with self._connection() as database:
            at_s = await database.fetchval(TIME_MARK, timeout=LONG_TIMEOUT_S)
            return None if at_s is None else float(at_s)

    async def set_time_mark(self, at_s: float) -> None:
        """Store a time that is trusted."""
        async with self._connection() as database:
            await database.execute(SET_TIME_MARK, at_s)

    async def _lease(self, name: str) -> Lease | None:
        async with self._connection() as database:
            row = await database.fetchrow(LEASE, name)
            return Lease(*row) if row else None

    async def _replace_lease(self, name: str, expected: Lease | None, lease: Lease) -> bool:
        holder, beat, _ = expected or Lease("", 0, 0.0)
        async with self._connection() as database:
            return bool(await database.fetchval(REPLACE_LEASE, name, *lease, holder, beat))

    async def fold(self, fold: Fold) -> int:
        """Fold the next entries of a lane that no other worker folds, and return how many."""
        async with self._transaction() as database:
            free = await database.fetchrow(FREE_LANE, fold.name, fold.kind)
            if not free:
                return 0
            lane, position = free
            rows = await database.fetch(UNFOLDED, fold.kind, lane, position, ENTRIES_PER_STEP)
            counts = total(fold, [payload for _, payload in rows])
            await _add(database, fold.name, {(lane, key): (n, 0) for key, n in counts.items()})
            await database.execute(ADVANCE, fold.name, lane, rows[-1]["position"])
            return len(rows)

    async def aggregate(self, fold: Fold, first: str = "", above: str = ABOVE_ALL) -> Aggregate:
        """Return what `fold` counts under keys from `first` to below `above`."""
        async with self._snapshot() as database:
            return (await _stored(database, fold.name, first, above))[0]

    async def revisions(
        self, fold: Fold, first: str = "", above: str = ABOVE_ALL
    ) -> Mapping[str, int]:
        """Return the parts that the counts from `first` to below `above` have, with revisions."""
        # From the first key of one part to that of the next, not through all keys.
        found: dict[str, int] = {}
        async with self._snapshot() as database:
            while key := await database.fetchval(NEXT_KEY, fold.name, first, above):
                (part,) = parts([key])
                found[part] = await database.fetchval(REVISION, fold.name, checksum(part))
                first = part + ABOVE_ALL
        return found

    async def health(self) -> Health:
        """Return the backlog, and warnings of server settings that endanger durability."""
        async with self._connection() as database:
            backlogs = [
                await database.fetchval(BACKLOG, fold.name, fold.kind) for fold in self.folds
            ]
            warnings = [
                f"PostgreSQL runs with {name} = off, so {danger}: set {name} = on"
                for name, danger in WARNINGS.items()
                if await database.fetchval("SELECT current_setting($1)", name) == "off"
            ]
        return Health(max(backlogs, default=0), tuple(warnings))

    async def look_for_damage(self, for_s: float) -> None:
        """Leave it to PostgreSQL, which checks its pages itself where `initdb` was told so."""

    async def _commit(self, entries: Sequence[Entry]) -> list[int]:
        names = [(entry.kind, entry.id) for entry in entries]
        columns = (
            [entry.kind for entry in entries],
            [entry.id for entry in entries],
            [entry.payload for entry in entries],
            [entry.accepted_at for entry in entries],
            [entry.digest for entry in entries],
        )
        digests = {(entry.kind, entry.id): entry.digest for entry in entries}
        async with self._transaction() as database:
            stored = await database.fetch(APPEND, len(entries), next(self._lanes), *columns)
            placed = {position: digests[kind, name] for kind, name, position in stored}
            meanwhile = await database.fetch(FORGOTTEN_MEANWHILE, [*placed], [*placed.values()])
            gone = {position for (position,) in meanwhile}
            stored = [row for row in stored if row["position"] not in gone]
            if len(stored) < len(entries):
                stored += await database.fetch(HELD, *columns[:2], columns[4])
        positions = {(kind, name): position for kind, name, position in stored}
        if not positions.keys() >= set(names):
            raise Unavailable("an entry was forgotten while it was sent again")
        return [positions[name] for name in names]

    async def _forget_some(self, before: float) -> int:
        kinds = {fold.kind for fold in self.folds}
        return sum([await self._forget_kind(kind, before) for kind in kinds])

    async def _forget_kind(self, kind: str, before: float) -> int:
        concerned = [fold for fold in self.folds if fold.kind == kind]
        names = [fold.name for fold in concerned]
        async with self._transaction() as database:
            newest_s = await database.fetchval(NEWEST, kind)
            rows = await database.fetch(FORGET, kind, before, names, ENTRIES_PER_STEP)
            gone = [Accepted(position, Entry(*fields)) for _, position, *fields in rows]
            spent = [one for one in gone if one.entry.accepted_at >= newest_s - KNOWN_S]
            await database.execute(
                SPEND,
                [one.entry.digest for one in spent],
                [one.position for one in spent],
                [one.entry.accepted_at for one in spent],
            )
            if not gone:  # once, at the end
                await database.execute(FORGET_SPENT, newest_s, KNOWN_S)
            for fold in concerned:
                sealed = {
                    (lane, key): (0, count)
                    for lane in {row["lane"] for row in rows}
                    for key, count in total(fold, _payloads(rows, lane)).items()
                }
                await _add(database, fold.name, sealed)
        return len(rows)

    async def _wipe(self) -> None:
        await self._vacuum("VACUUM entry, ordered")

    async def _vacuum(self, statement: str) -> None:
        """Vacuum when no other session can see what was deleted: else it would stay."""
        async with self._connection() as database:
            horizon = await database.fetchval("SELECT pg_current_xact_id()::text")
            for _ in range(VACUUM_TRIES):
                if not await database.fetchval(OLDER_READERS, horizon):
                    await database.execute(statement, timeout=LONG_TIMEOUT_S)
                    return
                await asyncio.sleep(VACUUM_PAUSE_S)
        raise StillReadable(STILL_READABLE)

    async def _erase_entries(self, fold: Fold, unwanted: Unwanted, progress: Progress) -> int:
        erased = done = 0
        for lane in range(LANES):
            after = 0
            while step := await self._erase_some(fold, unwanted, lane, after):
                after, erased = step.last, erased + step.gone
                progress(done := done + step.looked_at)
        return erased

    async def _erase_some(
        self, fold: Fold, unwanted: Unwanted, lane: int, after: int
    ) -> Erased | None:
        async with self._transaction() as database:
            folded = await database.fetchval(LANE, fold.name, lane)
            rows = await database.fetch(STORED, fold.kind, lane, after, ENTRIES_PER_STEP)
            if not rows:
                return None
            step = erase_from(rows, fold, unwanted, folded)
            await database.executemany(REWRITE, step.rewritten)
            change = {(lane, key): (count, 0) for key, count in step.change.items()}
            await _add(database, fold.name, change)
            return step

    async def _erase_sealed(self, fold: Fold, unwanted: Unwanted) -> int:
        async with self._transaction() as database:
            await database.execute(ALL_LANES, fold.name)
            rows = await database.fetch(SEALED, fold.name, timeout=LONG_TIMEOUT_S)
            sealed = {(lane, key): count for lane, key, count in rows if unwanted(key)}
            less = {place: (-count, -count) for place, count in sealed.items()}
            await _add(database, fold.name, less)
            await database.execute(DROP_EMPTY, fold.name, timeout=LONG_TIMEOUT_S)
            await database.execute(ERASED, fold.name)
        return sum(sealed.values())

    async def _wipe_all(self) -> None:
        await self._vacuum("VACUUM (FULL) entry, tally, ordered")

    async def _recount(self, fold: Fold, progress: Progress) -> Recount:
        async with self._snapshot() as database:
            stored, recounted, corrections = await _stored(database, fold.name)
            done = 0
            async for (payload,) in database.cursor(REMAINING, fold.name, fold.kind):
                for key, count in fold.count(payload).items():
                    recounted[key] = recounted.get(key, 0) + count
                progress(done := done + 1)
        return Recount(stored, Aggregate(stored.position, recounted), corrections)

    async def _correct(self, fold: Fold, recount: Recount) -> None:
        missing = {(0, key): (count, 0) for key, count in recount.difference().items()}
        async with self._transaction() as database:
            if await database.fetchval(CORRECT, fold.name, recount.corrections):
                await _add(database, fold.name, missing)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._connection() as database, database.transaction():
            yield database

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[asyncpg.Connection]:
        async with (
            self._connection() as database,
            database.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield database

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            async with (await self._connected()).acquire(timeout=TIMEOUT_S) as database:
                yield database
        except DOWN as error:
            raise Unavailable(f"PostgreSQL: {error or type(error).__name__}") from error

    async def _connected(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await self._open()
        return self._pool

    async def _open(self) -> asyncpg.Pool:
        pool = await asyncpg.create_pool(
            self._address,
            min_size=0,  # otherwise the pool fills the log while the server is down
            max_size=CONNECTIONS,
            timeout=TIMEOUT_S,
            command_timeout=TIMEOUT_S,
            server_settings={"search_path": "mirrorwise", "synchronous_commit": "on"},
        )
        try:
            async with pool.acquire() as database, database.transaction():
                await database.execute(SCHEMA)
                check_version(await database.fetchval(SCHEMA_VERSION, VERSION), "PostgreSQL")
                await database.executemany(ADD_FOLD, [(fold.name,) for fold in self.folds])
        except BaseException:
            pool.terminate()
            raise
        return pool

    async def _disconnect(self) -> None:
        if self._pool is not None:
            await self._pool.close()


def _payloads(rows: Iterable[asyncpg.Record], lane: int) -> list[bytes]:
    return [row["payload"] for row in rows if row["lane"] == lane]


async def _stored(
    database: asyncpg.Connection, fold: str, first: str = "", above: str = ABOVE_ALL
) -> tuple[Aggregate, dict[str, int], int]:
    """Return the counts, their sealed part, and the number of corrections."""
    rows = await database.fetch(COUNTS, fold, first, above, timeout=LONG_TIMEOUT_S)
    place = await database.fetchrow(PLACE, fold)
    counts = {row["key"]: row["count"] for row in rows if row["count"]}
    sealed = {row["key"]: row["sealed"] for row in rows if row["sealed"]}
    return Aggregate(place["position"], counts), sealed, place["corrections"]


async def _add(database: asyncpg.Connection, fold: str, changes: LaneCounts) -> None:
    """Add to counts and their sealed part; rows are sorted, so transactions cannot deadlock."""
    rows = [(lane, key, *changes[lane, key]) for lane, key in sorted(changes)]
    await database.execute(
        ADD, fold, *([row[column] for row in rows] for column in range(4)), timeout=LONG_TIMEOUT_S
    )
    touched = sorted(
        {(lane, checksum(part)) for lane, key, count, _ in rows if count for part in parts([key])}
    )
    await database.execute(TOUCH, fold, *([row[column] for row in touched] for column in range(2)))
