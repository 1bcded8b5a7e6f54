"""The embedded journal: one SQLite file, enough for one machine.

An acknowledged entry is durable because the write-ahead log has `synchronous=FULL`: a commit
returns after the log has been synced. One thread writes; concurrent appends share its commits.
Another thread reads, and never waits for the first.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar

from .entry import KNOWN_S, Accepted, Damaged, Entry, StillReadable, Unavailable
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

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], T]

# Another process, such as a rebuild by command, may be writing.
BUSY_TIMEOUT_S = 5.0
# Four megabytes; appends wait meanwhile.
PAGES_PER_STEP = 1000

# Each try waits for `BUSY_TIMEOUT_S` too.
CHECKPOINT_TRIES = 4
CHECKPOINT_PAUSE_S = 0.5
STILL_READABLE = (
    "{path}: the data are deleted, but another program is reading the file, and until it ends its "
    "log keeps them readable; end that program (a backup or an sqlite3 shell) and try again"
)

DAMAGED = (
    "{path}: the database is damaged ({said}); stop the service and run `mirrorwise repair`, which "
    "keeps all that can be read, or `mirrorwise restore` with a backup"
)
# Errors that say so; others, such as a full disk, pass.
CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# A check asks whether its time is over every so many steps of SQLite's.
STEPS = 10_000

# AUTOINCREMENT: a position must not come back after the newest entries have been deleted.
SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    payload BLOB NOT NULL,
    accepted_at REAL NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS entry_by_age ON entry (kind, accepted_at);
CREATE INDEX IF NOT EXISTS entry_in_order ON entry (kind, position);
CREATE TABLE IF NOT EXISTS fold (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    corrections INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS tally (
    fold TEXT NOT NULL,
    key TEXT NOT NULL,
    count INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    PRIMARY KEY (fold, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (
    digest BLOB PRIMARY KEY,
    position INTEGER NOT NULL,
    accepted_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
    fold TEXT NOT NULL,
    part INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (fold, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ordered (
    kind TEXT PRIMARY KEY,
    generation INTEGER NOT NULL DEFAULT 0,
    base_position INTEGER NOT NULL DEFAULT 0,
    base BLOB NOT NULL DEFAULT x'',
    head_position INTEGER NOT NULL DEFAULT 0,
    head BLOB NOT NULL DEFAULT x''
);
CREATE TABLE IF NOT EXISTS leader (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    beat INTEGER NOT NULL,
    for_s REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS time_mark (single INTEGER PRIMARY KEY, at_s REAL NOT NULL);
"""


class SqliteJournal(Journal):
    """A journal in the file `path`, whose directory exists.

    >>> import asyncio, tempfile
    >>> from instance.journal import REPORTS, batch
    >>> async def count_twice_sent(path):
    ...     async with SqliteJournal(path, [REPORTS]) as journal:
    ...         await journal.append([batch("a", [{"ttfb": 3}], 0.0)])
    ...         await journal.append([batch("a", [{"ttfb": 3}], 0.0)])
    ...         await journal.fold(REPORTS)
    ...         return dict((await journal.aggregate(REPORTS)).counts)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     asyncio.run(count_twice_sent(Path(directory) / "journal.db"))
    {'{"ttfb":3}': 1}
    """

    def __init__(
        self,
        path: Path,
        all_folds: Sequence[Fold],
        ordered: Sequence[str] = (),
    ) -> None:
        super().__init__(all_folds, ordered)
        self._path = path
        self._damage: str | None = None
        self._writer = _Connection(path, "IMMEDIATE", partial(_prepare, path, self.folds))
        self._reader = _Connection(path, "DEFERRED", lambda _: None)

    async def read(self, after: int = 0, limit: int = 100) -> list[Accepted]:
        """Return the first `limit` entries with a position greater than `after`."""
        return await self._read(partial(_entries, after, limit))

    async def read_kind(self, kind: str, after: int = 0, limit: int = 100) -> list[Accepted]:
        """Return the first `limit` entries of `kind` with a position greater than `after`."""
        return await self._read(partial(_entries_of, kind, after, limit))

    async def generation(self, kind: str) -> int:
        """Return how often the past of the ordered fold of `kind` has changed."""
        return await self._read(partial(_generation, kind))

    async def states(self, kind: str) -> States:
        """Return the stored states of the ordered fold of `kind`."""
        return await self._read(partial(_states, kind))

    async def replace_states(self, kind: str, change: Change, expected: States) -> bool:
        """Store `change` if the stored states are still as `expected`; return whether it was."""
        return await self._writer.run(partial(_replace_states, kind, change, expected))

    async def release_lease(self, name: str, holder: str) -> None:
        """End the lease of `holder`."""
        await self._writer.run(partial(_release_lease, name, holder))

    async def time_mark(self) -> float | None:
        """Return the newest time that was trusted, or else that of the newest entry."""
        return await self._read(_time_mark)

    async def set_time_mark(self, at_s: float) -> None:
        """Store a time that is trusted."""
        await self._writer.run(partial(_set_time_mark, at_s))

    async def _lease(self, name: str) -> Lease | None:
        return await self._read(partial(_lease, name))

    async def _replace_lease(self, name: str, expected: Lease | None, lease: Lease) -> bool:
        return await self._writer.run(partial(_replace_lease, name, expected, lease))

    async def fold(self, fold: Fold) -> int:
        """Fold the next entries, and return how many."""
        return await self._writer.run(partial(_fold, fold))

    async def aggregate(self, fold: Fold, first: str = "", above: str = ABOVE_ALL) -> Aggregate:
        """Return what `fold` counts under keys from `first` to below `above`."""
        return await self._read(partial(_aggregate, fold.name, first, above))

    async def revisions(
        self, fold: Fold, first: str = "", above: str = ABOVE_ALL
    ) -> Mapping[str, int]:
        """Return the parts that the counts from `first` to below `above` have, with revisions."""
        return await self._read(partial(_revisions, fold.name, first, above))

    async def health(self) -> Health:
        """Return the backlog, after a write transaction has shown that writing works."""
        if damage := self._damage or self._writer.damage or self._reader.damage:
            raise Damaged(DAMAGED.format(path=self._path, said=damage))
        await self._writer.run(lambda _: None)
        return Health(await self._read(partial(_backlog, self.folds)))

    async def look_for_damage(self, for_s: float) -> None:
        """Look for damaged pages; remember what was found, for `health`."""
        await self._writer.prepared()
        checker = _Connection(self._path, "DEFERRED", lambda _: None)
        found: str | None = None
        try:
            # A transaction for each table: while one is open, what is deleted stays in the log.
            for table in await checker.run(_tables):
                found = found or await checker.run(partial(_check, table, for_s))
        except Unavailable:
            found = checker.damage
            if not found:
                raise
        finally:
            checker.interrupt()  # when the service ends, nobody waits for the check
            await checker.close()
        if found:
            self._damage = found
            raise Damaged(DAMAGED.format(path=self._path, said=found))

    async def _commit(self, entries: Sequence[Entry]) -> list[int]:
        return await self._writer.run(partial(_insert, entries))

    async def _forget_some(self, before: float) -> int:
        kinds = {fold.kind for fold in self.folds}
        some = [partial(_forget, self.folds, kind, before) for kind in kinds]
        return sum([await self._writer.run(job) for job in some])

    async def _wipe(self) -> None:
        free_pages = await self._writer.run_bare(_free_pages)
        for _ in range(0, free_pages, PAGES_PER_STEP):
            await self._writer.run_bare(_shrink)
        # `secure_delete` has zeroed the rows; the log still holds the pages as they were.
        for _ in range(CHECKPOINT_TRIES):
            if await self._writer.run_bare(_truncate_log):
                return
            await asyncio.sleep(CHECKPOINT_PAUSE_S)
        raise StillReadable(STILL_READABLE.format(path=self._path))

    async def _erase_entries(self, fold: Fold, unwanted: Unwanted, progress: Progress) -> int:
        after = erased = done = 0
        while step := await self._writer.run(partial(_erase_some, fold, unwanted, after)):
            after, erased = step.last, erased + step.gone
            progress(done := done + step.looked_at)
        return erased

    async def _erase_sealed(self, fold: Fold, unwanted: Unwanted) -> int:
        return await self._writer.run(partial(_erase_sealed, fold.name, unwanted))

    async def _wipe_all(self) -> None:
        await self._writer.run_bare(lambda database: database.executescript("VACUUM"))
        await self._wipe()

    async def _recount(self, fold: Fold, progress: Progress) -> Recount:
        return await self._read(partial(_recount, fold, progress))

    async def _correct(self, fold: Fold, recount: Recount) -> None:
        await self._writer.run(partial(_correct, fold.name, recount))

    async def _read(self, job: Job[T]) -> T:
        await self._writer.prepared()
        return await self._reader.run(job)

    async def _disconnect(self) -> None:
        await self._reader.close()
        await self._writer.close()


class _Connection:
    """A connection with a thread of its own; every job is a transaction."""

    def __init__(self, path: Path, begin: str, prepare: Job[None]) -> None:
        self._path = path
        self._begin = begin
        self._prepare = prepare
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"journal-{begin.lower()}")
        self._database: sqlite3.Connection | None = None
        # What SQLite said when it met a page that cannot be right.
        self.damage: str | None = None

    async def run(self, job: Job[T]) -> T:
        """Return what `job` returns, once it is committed."""
        return await self.run_bare(partial(self._transact, job))

    async def run_bare(self, job: Job[T]) -> T:
        """Run `job` outside a transaction."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._attempt, job)

    async def prepared(self) -> None:
        """Make sure that the file and its tables exist."""
        if self._database is None:
            await self.run_bare(lambda _: None)

    def interrupt(self) -> None:
        """End the statement that is running, if there is one."""
        if self._database is not None:
            self._database.interrupt()

    async def close(self) -> None:
        """Close the connection, in its thread, and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown()

    def _attempt(self, job: Job[T]) -> T:
        try:
            self._database = self._database or self._connect()
            return job(self._database)
        except (sqlite3.Error, OSError) as error:
            self._drop()  # which rolls back; the next job starts afresh
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in CORRUPT:
                self.damage = f"{error}"
            raise Unavailable(f"{self._path}: {error}") from error

    def _transact(self, job: Job[T], database: sqlite3.Connection) -> T:
        database.execute(f"BEGIN {self._begin}")
        try:
            result = job(database)
        except BaseException:
            database.rollback()
            raise
        database.commit()
        return result

    def _connect(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)
        database = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _drop(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _prepare(path: Path, all_folds: Sequence[Fold], database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    check_version(version, f"{path}")
    # auto_vacuum works only if it is set before the file has its first page.
    database.executescript(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
        f"{SCHEMA} PRAGMA user_version = {VERSION};"
    )
    database.executemany(
        "INSERT INTO fold VALUES (?, 0, 0) ON CONFLICT DO NOTHING",
        [(fold.name,) for fold in all_folds],
    )


def _tables(database: sqlite3.Connection) -> list[str]:
    rows = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows]


def _check(table: str, for_s: float, database: sqlite3.Connection) -> str | None:
    """Return what is wrong with a table; None when nothing was found in time."""
    end_s = monotonic() + for_s
    database.set_progress_handler(lambda: monotonic() > end_s, STEPS)
    try:
        (found,) = database.execute(f"PRAGMA quick_check('{table}')").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    finally:
        database.set_progress_handler(None, 0)
    return None if found == "ok" else f"{found}"


def _insert(entries: Sequence[Entry], database: sqlite3.Connection) -> list[int]:
    return [_insert_one(entry, database) for entry in entries]


def _insert_one(entry: Entry, database: sqlite3.Connection) -> int:
    inserted = database.execute(
        "INSERT INTO entry (kind, id, payload, accepted_at) SELECT ?, ?, ?, ? "
        "WHERE NOT EXISTS (SELECT 1 FROM spent WHERE digest = ?) "
        "ON CONFLICT DO NOTHING RETURNING position",
        (entry.kind, entry.id, entry.payload, entry.accepted_at, entry.digest),
    ).fetchone()
    held = (
        inserted
        or database.execute(
            "SELECT position FROM entry WHERE kind = ? AND id = ? "
            "UNION ALL SELECT position FROM spent WHERE digest = ?",
            (entry.kind, entry.id, entry.digest),
        ).fetchone()
    )
    return int(held[0])


def _entries(after: int, limit: int, database: sqlite3.Connection) -> list[Accepted]:
    rows = database.execute(
        "SELECT position, kind, id, payload, accepted_at FROM entry "
        "WHERE position > ? ORDER BY position LIMIT ?",
        (after, limit),
    )
    return [Accepted(position, Entry(*fields)) for position, *fields in rows]


def _entries_of(kind: str, after: int, limit: int, database: sqlite3.Connection) -> list[Accepted]:
    rows = database.execute(
        "SELECT position, kind, id, payload, accepted_at FROM entry "
        "WHERE kind = ? AND position > ? ORDER BY position LIMIT ?",
        (kind, after, limit),
    )
    return [Accepted(position, Entry(*fields)) for position, *fields in rows]


def _generation(kind: str, database: sqlite3.Connection) -> int:
    row = database.execute("SELECT generation FROM ordered WHERE kind = ?", (kind,)).fetchone()
    return int(row[0]) if row else 0


def _states(kind: str, database: sqlite3.Connection) -> States:
    row = database.execute(
        "SELECT generation, base_position, base, head_position, head FROM ordered WHERE kind = ?",
        (kind,),
    ).fetchone()
    return States(row[0], State(*row[1:3]), State(*row[3:])) if row else States()


def _replace_states(
    kind: str, change: Change, expected: States, database: sqlite3.Connection
) -> bool:
    database.execute("INSERT INTO ordered (kind) VALUES (?) ON CONFLICT DO NOTHING", (kind,))
    stored = database.execute(
        "SELECT generation, base_position, head_position FROM ordered WHERE kind = ?", (kind,)
    ).fetchone()
    if not fits(change, expected, *stored):
        return False
    for part, state in (("base", change.base), ("head", change.head)):
        if state:
            database.execute(
                f"UPDATE ordered SET {part}_position = ?, {part} = ? WHERE kind = ?",  # noqa: S608
                (*state, kind),
            )
    database.execute(
        "UPDATE ordered SET generation = generation + ? WHERE kind = ?", (change.past, kind)
    )
    database.execute(
        "DELETE FROM entry WHERE kind = ? AND position <= ?",
        (kind, change.base.position if change.base else 0),
    )
    database.executemany("UPDATE entry SET payload = ? WHERE position = ?", change.rewritten)
    return True


def _lease(name: str, database: sqlite3.Connection) -> Lease | None:
    row = database.execute(
        "SELECT holder, beat, for_s FROM leader WHERE name = ?", (name,)
    ).fetchone()
    return Lease(*row) if row else None


def _replace_lease(
    name: str, expected: Lease | None, lease: Lease, database: sqlite3.Connection
) -> bool:
    holder, beat, _ = expected or Lease("", 0, 0.0)
    replaced = database.execute(
        "INSERT INTO leader VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
        "SET holder = excluded.holder, beat = excluded.beat, for_s = excluded.for_s "
        "WHERE holder = ? AND beat = ?",
        (name, *lease, holder, beat),
    )
    return replaced.rowcount == 1


def _release_lease(name: str, holder: str, database: sqlite3.Connection) -> None:
    database.execute("DELETE FROM leader WHERE name = ? AND holder = ?", (name, holder))


def _time_mark(database: sqlite3.Connection) -> float | None:
    (at_s,) = database.execute(
        "SELECT coalesce((SELECT at_s FROM time_mark), (SELECT max(accepted_at) FROM entry))"
    ).fetchone()
    return None if at_s is None else float(at_s)


def _set_time_mark(at_s: float, database: sqlite3.Connection) -> None:
    database.execute("INSERT OR REPLACE INTO time_mark VALUES (1, ?)", (at_s,))


def _fold(fold: Fold, database: sqlite3.Connection) -> int:
    rows = database.execute(
        "SELECT position, payload FROM entry WHERE kind = ? AND position > ? "
        "ORDER BY position LIMIT ?",
        (fold.kind, _position(fold.name, database), ENTRIES_PER_STEP),
    ).fetchall()
    if rows:
        _add(fold.name, total(fold, [payload for _, payload in rows]), database)
        database.execute("UPDATE fold SET position = ? WHERE name = ?", (rows[-1][0], fold.name))
    return len(rows)


def _position(fold: str, database: sqlite3.Connection) -> int:
    row = database.execute("SELECT position FROM fold WHERE name = ?", (fold,)).fetchone()
    return int(row[0])


def _add(fold: str, counts: Mapping[str, int], database: sqlite3.Connection) -> None:
    database.executemany(
        "INSERT INTO tally VALUES (?, ?, ?, 0) "
        "ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(fold, key, count) for key, count in counts.items()],
    )
    _touch(fold, counts, database)


def _touch(fold: str, keys: Iterable[str], database: sqlite3.Connection) -> None:
    """Raise the revision of the parts that hold these keys."""
    database.executemany(
        "INSERT INTO part VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET revision = revision + 1",
        [(fold, checksum(part)) for part in parts(keys)],
    )


def _revisions(fold: str, first: str, above: str, database: sqlite3.Connection) -> dict[str, int]:
    # From the first key of one part to that of the next, not through all keys.
    found: dict[str, int] = {}
    while row := database.execute(
        "SELECT key FROM tally WHERE fold = ? AND key >= ? AND key < ? ORDER BY key LIMIT 1",
        (fold, first, above),
    ).fetchone():
        (part,) = parts(row)
        revision = database.execute(
            "SELECT revision FROM part WHERE fold = ? AND part = ?", (fold, checksum(part))
        ).fetchone()
        found[part] = revision[0] if revision else 0
        first = part + ABOVE_ALL
    return found


def _aggregate(fold: str, first: str, above: str, database: sqlite3.Connection) -> Aggregate:
    counts = database.execute(
        "SELECT key, count FROM tally WHERE fold = ? AND key >= ? AND key < ? AND count",
        (fold, first, above),
    )
    return Aggregate(_position(fold, database), dict(counts))


def _backlog(all_folds: Iterable[Fold], database: sqlite3.Connection) -> int:
    waiting = "SELECT count(*) FROM entry WHERE kind = ? AND position > ?"
    return max(
        (
            int(
                database.execute(waiting, (fold.kind, _position(fold.name, database))).fetchone()[0]
            )
            for fold in all_folds
        ),
        default=0,
    )


def _forget(
    all_folds: Iterable[Fold], kind: str, before: float, database: sqlite3.Connection
) -> int:
    concerned = [fold for fold in all_folds if fold.kind == kind]
    folded = min(_position(fold.name, database) for fold in concerned)
    newest = "SELECT coalesce(max(accepted_at), 0.0) FROM entry WHERE kind = ?"
    (newest_s,) = database.execute(newest, (kind,)).fetchone()
    rows = database.execute(
        "DELETE FROM entry WHERE position IN (SELECT position FROM entry "
        "WHERE kind = ? AND accepted_at < ? AND position <= ? LIMIT ?) "
        "RETURNING position, kind, id, payload, accepted_at",
        (kind, before, folded, ENTRIES_PER_STEP),
    ).fetchall()
    gone = [Accepted(position, Entry(*fields)) for position, *fields in rows]
    database.executemany(
        "INSERT OR IGNORE INTO spent VALUES (?, ?, ?)",
        [
            (one.entry.digest, one.position, one.entry.accepted_at)
            for one in gone
            if one.entry.accepted_at >= newest_s - KNOWN_S
        ],
    )
    if not gone:  # once, at the end
        database.execute(
            "DELETE FROM spent "
            "WHERE accepted_at < max(?, (SELECT max(accepted_at) FROM spent)) - ?",
            (newest_s, KNOWN_S),
        )
    for fold in concerned:
        sealed = total(fold, [one.entry.payload for one in gone])
        database.executemany(
            "UPDATE tally SET sealed = sealed + ? WHERE fold = ? AND key = ?",
            [(count, fold.name, key) for key, count in sealed.items()],
        )
    return len(rows)


def _erase_some(
    fold: Fold, unwanted: Unwanted, after: int, database: sqlite3.Connection
) -> Erased | None:
    rows = database.execute(
        "SELECT position, payload FROM entry WHERE kind = ? AND position > ? "
        "ORDER BY position LIMIT ?",
        (fold.kind, after, ENTRIES_PER_STEP),
    ).fetchall()
    if not rows:
        return None
    step = erase_from(rows, fold, unwanted, _position(fold.name, database))
    database.executemany("UPDATE entry SET payload = ? WHERE position = ?", step.rewritten)
    _add(fold.name, step.change, database)
    return step


def _erase_sealed(fold: str, unwanted: Unwanted, database: sqlite3.Connection) -> int:
    rows = database.execute("SELECT key, sealed FROM tally WHERE fold = ?", (fold,))
    sealed = {key: count for key, count in rows if unwanted(key)}
    database.executemany(
        "UPDATE tally SET count = count - sealed, sealed = 0 WHERE fold = ? AND key = ?",
        [(fold, key) for key in sealed],
    )
    _touch(fold, sealed, database)
    database.execute("DELETE FROM tally WHERE fold = ? AND count = 0 AND sealed = 0", (fold,))
    database.execute("UPDATE fold SET corrections = corrections + 1 WHERE name = ?", (fold,))
    return sum(sealed.values())


def _free_pages(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA freelist_count").fetchone()[0])


def _truncate_log(database: sqlite3.Connection) -> bool:
    """Move the log into the file and empty it; say whether no other reader stood in the way."""
    busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _shrink(database: sqlite3.Connection) -> None:
    database.executescript(f"PRAGMA incremental_vacuum({PAGES_PER_STEP})")


def _recount(fold: Fold, progress: Progress, database: sqlite3.Connection) -> Recount:
    stored = _aggregate(fold.name, "", ABOVE_ALL, database)
    recounted = dict(
        database.execute("SELECT key, sealed FROM tally WHERE fold = ? AND sealed", (fold.name,))
    )
    (corrections,) = database.execute(
        "SELECT corrections FROM fold WHERE name = ?", (fold.name,)
    ).fetchone()
    remaining = database.execute(
        "SELECT payload FROM entry WHERE kind = ? AND position <= ?", (fold.kind, stored.position)
    )
    with closing(remaining):
        for done, (payload,) in enumerate(remaining, start=1):
            for key, count in fold.count(payload).items():
                recounted[key] = recounted.get(key, 0) + count
            progress(done)
    return Recount(stored, Aggregate(stored.position, recounted), corrections)


def _correct(fold: str, recount: Recount, database: sqlite3.Connection) -> None:
    first = database.execute(
        "UPDATE fold SET corrections = corrections + 1 WHERE name = ? AND corrections = ?",
        (fold, recount.corrections),
    )
    if first.rowcount:
        _add(fold, recount.difference(), database)
