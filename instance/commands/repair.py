"""`mirrorwise repair`: lead a damaged SQLite database out, and say what was lost."""

import argparse
import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from ..clock import Clock
from ..journal import REPORTS, NewerDatabase, repair
from ..journal.schema import check_version, read_only
from ..settings import Settings, SettingsError
from .backup import check, database_file
from .rebuild import refold
from .restore import put_in_place, refuse_while_in_use
from .storage import refuse_missing, with_journal

# The names of the tables in words.
TABLES = {"entry": "batches", "tally": "counts", "ordered": "models of the recommender"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the switch for a database in which no damage was found."""
    parser.add_argument("--anyway", action="store_true", help="even if no damage is found")


def run(settings: Settings, options: argparse.Namespace, clock: Clock) -> int:
    """Copy what can be read into a new database, and keep the damaged one beside it."""
    damaged = database_file(settings, "repair", "pg_restore")
    refuse_missing(settings)
    refuse_while_in_use(damaged)
    if not options.anyway and _is_whole(damaged):
        print(f"{damaged}: no damage was found, and nothing was changed.")
        return 0
    new = damaged.with_name(f"{damaged.name}.repaired")
    _remove(new)
    repaired = asyncio.run(repair(damaged, new, (REPORTS,)))
    if not any(repaired.kept.values()):
        _remove(new)
        raise SettingsError(
            f"{damaged}: nothing can be read of it; put a backup in its place with "
            "`mirrorwise restore FILE`, or move it away to begin anew"
        )
    check(new)
    aside = put_in_place(new, damaged, clock)
    for table, name in TABLES.items():
        print(f"kept  {repaired.kept.get(table, 0)} {name}")
    for said in repaired.lost:
        print(f"LOST  {said}")
    print(f"The damaged database is {aside}; delete it when all is well.")
    return with_journal(settings, refold) and 0


def _is_whole(file: Path) -> bool:
    """Say whether no damage is found; refuse a database of a newer version."""
    with suppress(sqlite3.Error), closing(read_only(file)) as own:
        try:
            check_version(own.execute("PRAGMA user_version").fetchone()[0], f"{file}")
        except NewerDatabase as error:
            raise SettingsError(f"{error}") from None
    try:
        check(file)
    except SettingsError:
        return False
    return True


def _remove(file: Path) -> None:
    """Remove what an interrupted repair has left."""
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
