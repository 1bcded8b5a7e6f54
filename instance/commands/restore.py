"""`mirrorwise restore`: put a backup in the place of the database, and keep the old one."""

import argparse
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from ..clock import Clock
from ..settings import Settings, SettingsError
from .backup import KEYS, check, database_file

WAIT_S = 2.0
HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the file."""
    parser.add_argument("file", type=Path, help="a copy that `mirrorwise backup` has made")


def run(settings: Settings, options: argparse.Namespace, clock: Clock) -> int:
    """Replace the database by a checked copy of the backup; the service must be stopped."""
    target = database_file(settings, "restore", "pg_restore")
    source: Path = options.file
    if not source.is_file():
        raise SettingsError(f"{source}: is no file; name one that `mirrorwise backup` has made")
    check(source)
    refuse_while_in_use(target)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = target.with_name(f"{target.name}.new")
    shutil.copyfile(source, new)
    new.chmod(0o600)
    keys = {name: _take_key(new, table) for table, name in KEYS.items()}
    before = [put_in_place(new, target, clock)]
    before += [_put_key(settings.state_dir / name, key, clock) for name, key in keys.items() if key]
    print(f"{target}: restored from {source}.")
    for file in filter(None, before):
        print(f"What was there before is {file}; delete it when all is well.")
    print("Who asked to be forgotten since the backup is in it again: forget them again.")
    return 0


def _take_key(file: Path, table: str) -> str | None:
    """Take a key out of a copy; copies of earlier versions have none."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA secure_delete = ON")
        if not database.execute(HAS_TABLE, (table,)).fetchone():
            return None
        found = database.execute(f"SELECT key FROM {table}").fetchone()  # noqa: S608 - ours
        database.execute(f"DROP TABLE {table}")
    return str(found[0]) if found else None


def _put_key(file: Path, key: str, clock: Clock) -> Path | None:
    """Write a key; return where another one that was there is now."""
    if file.exists() and file.read_text().strip() == key:
        return None
    new = file.with_name(f"{file.name}.new")
    new.touch(mode=0o600)
    new.write_text(f"{key}\n")
    return put_in_place(new, file, clock)


def put_in_place(new: Path, file: Path, clock: Clock) -> Path | None:
    """Put a new file in the place of another; return where that is now, if there was one.

    What root puts there belongs to the owner of the folder, which is the service.
    """
    aside = _set_aside(file, f"{clock.now():%Y%m%dT%H%M%S}")
    new.replace(file)
    if os.geteuid() == 0:
        owner = file.parent.stat()
        for own in filter(None, (file, aside)):
            os.chown(own, owner.st_uid, owner.st_gid)
    return aside


def refuse_while_in_use(file: Path) -> None:
    """Refuse when another process has the database open."""
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, timeout=WAIT_S, isolation_level=None)) as database:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
            # In WAL mode a reader holds no lock that this waits for; leaving WAL does wait.
            database.execute("ROLLBACK")
            (mode,) = database.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError:
        mode = "wal"
    except sqlite3.DatabaseError:
        return  # damaged, which is why it is replaced
    if mode != "delete":
        raise SettingsError(f"{file}: is in use; stop the service first")


def _set_aside(file: Path, name: str) -> Path | None:
    """Rename the old database with its log; return its new name."""
    if not file.exists():
        return None
    aside = file.with_name(f"{file.name}.before-{name}")
    for suffix in ("", "-wal", "-shm"):
        if (part := file.with_name(file.name + suffix)).exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside
