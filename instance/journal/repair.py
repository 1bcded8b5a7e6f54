"""Repair: what can be read of a damaged SQLite journal is copied into a new one.

SQLite finds a row by its key, so what lies behind a damaged page can still be read if one asks
for its keys. Entries have numbers for keys: the next that answers is found by halving. Counts
begin with a day: each day is read from its first key on, and then from its last one back.

A count that can be read is kept as it is: it holds what lost entries have added too. Its sealed
part becomes what the remaining entries do not explain. A count that cannot be read is made anew
from the remaining entries.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from .entry import Entry
from .folds import Fold
from .journal import ABOVE_ALL
from .schema import read_only
from .sqlite import SqliteJournal

STEP = 500
NEAR = 4096
SMALL_TABLES = ("fold", "ordered", "time_mark", "spent")
ENTRIES = """
SELECT position, kind, id, payload, accepted_at FROM entry
WHERE position > ? ORDER BY position LIMIT ?
"""
# Any that can be read will do.
NEWEST = (
    "SELECT seq FROM sqlite_sequence",
    "SELECT max(position) FROM entry",
    "SELECT max(position) FROM fold",
    "SELECT max(head_position) FROM ordered",
)
COUNTS = "SELECT key, count FROM tally WHERE fold = ? AND key >= ? AND key < ? ORDER BY key"
DAY = '{{"day":"{}'

Row = Sequence[Any]


class Repaired(NamedTuple):
    """How many rows of each table were kept, and in words what was lost."""

    kept: dict[str, int]
    lost: list[str]


async def repair(damaged: Path, new: Path, folds: Sequence[Fold]) -> Repaired:
    """Copy what can be read of `damaged` to `new`."""
    async with SqliteJournal(new, folds) as journal:
        await journal.health()
    with (
        closing(read_only(damaged)) as source,
        closing(sqlite3.connect(new)) as target,
        target,
    ):
        # What is no text any more is refused row by row, below.
        source.text_factory = lambda said: said.decode(errors="replace")
        copy = _Copy(source, target)
        for table in SMALL_TABLES:
            copy.small(table)
        copy.entries(folds)
        for fold in folds:
            copy.counts(fold)
    return Repaired(dict(copy.kept), copy.lost)


class _Copy:
    """Copies one table after the other, and notes what is lost."""

    def __init__(self, source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        self._source, self._target = source, target
        self.kept = Counter[str]()
        self.lost: list[str] = []

    def small(self, table: str) -> None:
        """Copy a table of some rows, from its beginning on."""
        names, _ = self._read("SELECT name FROM sqlite_master WHERE type = 'table'")
        if names and (table,) not in names:
            return  # an earlier version's database has it not
        rows, whole = self._read(f"SELECT * FROM {table}")  # noqa: S608 - a table of ours
        for row in rows:
            try:
                self._store(table, [row])
            except sqlite3.Error:
                self.lost.append(f"{table}: a row is damaged")
        if not whole:
            self.lost.append(f"{table}: only {len(rows)} rows could be read")

    def entries(self, folds: Sequence[Fold]) -> None:
        """Copy the entries; where some cannot be read, find the next that can."""
        after, newest, known_s = 0, self._newest(), 0.0
        while True:
            rows, whole = self._read(ENTRIES, after, STEP)
            self._store("entry", [row for row in rows if self._is_sound(row, folds)])
            if rows:
                after, known_s = rows[-1][0], rows[-1][-1]
            if whole and len(rows) < STEP:
                break
            if not whole:
                if after >= newest:
                    self.lost.append("entry: what is newest cannot be read")
                    break
                after = self._after_gap(after, newest, known_s)
        self._target.execute("DELETE FROM sqlite_sequence")
        self._target.execute(
            "INSERT INTO sqlite_sequence VALUES ('entry', ?)", (max(after, newest),)
        )

    def counts(self, fold: Fold) -> None:
        """Copy the counts of a fold, day by day, and make those anew that cannot be read."""
        explained = self._explained(fold)
        found: dict[str, int] = {}
        for first, above in pairwise(["", *self._days(fold, explained), ABOVE_ALL]):
            rows, whole = self._read(COUNTS, fold.name, first, above)
            if not whole:
                rows += self._read(f"{COUNTS} DESC", fold.name, first, above)[0]
                day = f"of {first[len(DAY.format('')) :]}" if first else "of other days"
                self.lost.append(
                    f"tally: counts {day} could not all be read; "
                    "those lost are made anew from the batches that are left"
                )
            found |= {key: count for key, count in rows if _is_count(fold, key, count)}
        rows = []
        for key in sorted(found.keys() | explained.keys()):
            own = explained[key]
            count = max(found.get(key, 0), own)
            rows.append((fold.name, key, count, count - own))
        self._store("tally", rows)

    def _explained(self, fold: Fold) -> Counter[str]:
        """Return what the entries that are left, and folded, add to each key."""
        row = self._target.execute(
            "SELECT position FROM fold WHERE name = ? AND position", (fold.name,)
        ).fetchone()
        if row is None:  # it could not be read: take all for folded, and count nothing twice
            newest = self._newest()
            self._target.execute("UPDATE fold SET position = ? WHERE name = ?", (newest, fold.name))
            row = (newest,)
        payloads = self._target.execute(
            "SELECT payload FROM entry WHERE kind = ? AND position <= ?", (fold.kind, *row)
        )
        explained = Counter[str]()
        for (payload,) in payloads:
            explained.update(fold.count(payload))
        return explained

    def _days(self, fold: Fold, explained: Counter[str]) -> list[str]:
        """Return the beginnings of the keys of every day that counts may be of."""
        ends = [
            *self._read(f"{COUNTS} LIMIT 1", fold.name, "", ABOVE_ALL)[0],
            *self._read(f"{COUNTS} DESC LIMIT 1", fold.name, "", ABOVE_ALL)[0],
        ]
        known = [day for key in (*explained, *(key for key, _ in ends)) if (day := _day(key))]
        if not known:
            return []
        first, last = min(known), max(known)
        return [DAY.format(first + timedelta(n)) for n in range((last - first).days + 1)]

    def _newest(self) -> int:
        found = [row[0] for query in NEWEST for row in self._read(query)[0]]
        return max((int(each) for each in found if each), default=0)

    def _after_gap(self, after: int, newest: int, known_s: float) -> int:
        """Return the number before the next entry that can be read, and note the gap."""
        lost, step = after + 1, 1
        while lost < newest and not self._answers(lost):
            lost += step
            # Pages are lost by some; only after many is a readable one worth overlooking.
            if lost - after > NEAR:
                step *= 2
        low, high = after, min(lost, newest)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._answers(middle) else (middle, high)
        rows, _ = self._read(ENTRIES, high, 1)
        since, until = (_written(at_s) for at_s in (known_s, rows[0][-1] if rows else 0.0))
        self.lost.append(
            f"entry: numbers {after + 1} to {high} cannot be read: at most {high - after} batches, "
            f"accepted between {since} and {until}"
        )
        return high

    def _is_sound(self, row: Row, folds: Sequence[Fold]) -> bool:
        """Say whether a row is an entry still: a kind, an id, and lines that its fold can count."""
        position, *fields = row
        try:
            entry = Entry(*fields)
            for line in entry.payload.split(b"\n"):
                if line:
                    orjson.loads(line)
            for fold in folds:
                if fold.kind == entry.kind and not all(map(fold.knows, fold.count(entry.payload))):
                    raise ValueError(position)
        except (TypeError, ValueError, AttributeError):
            self.lost.append(f"entry: number {position} is no entry any more")
            return False
        return True

    def _answers(self, number: int) -> bool:
        """Say whether the first entry after this number can be read, or there is none."""
        return self._read(ENTRIES, number, 1)[1]

    def _read(self, query: str, *values: object) -> tuple[list[Row], bool]:
        """Return the rows up to the first that cannot be read, and whether these are all."""
        rows: list[Row] = []
        try:
            for row in self._source.execute(query, values):
                rows.append(row)  # noqa: PERF402 - those before the error are what is wanted
        except sqlite3.DatabaseError:
            return rows, False
        return rows, True

    def _store(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._target.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)  # noqa: S608
        self.kept[table] += len(rows)


def _is_count(fold: Fold, key: object, count: object) -> bool:
    return isinstance(key, str) and type(count) is int and count > 0 and fold.knows(key)


def _day(key: str) -> date | None:
    try:
        return date.fromisoformat(key[len(DAY.format("")) :][:10])
    except ValueError:
        return None


def _written(at_s: float) -> str:
    try:
        return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d}" if at_s else "an unknown day"
    except (OverflowError, TypeError, ValueError, OSError):
        return "an unknown day"
