"""`mirrorwise backup` and `restore`: copy the database while the service runs, and put it back.

The copy also carries the viewer key: without it no viewer is known again, and no receipt is ours.
"""

import argparse
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ..clock import Clock
from ..journal import NewerDatabase
from ..journal.schema import check_version, read_only
from ..keys import load_or_create
from ..recommendations.pseudonyms import VIEWER_KEY
from ..settings import Settings, SettingsError
from .storage import refuse_missing

PAGES_PER_STEP = 2000
OTHER = (
    "{command} is for SQLite; with PostgreSQL run `{instead}`, and keep the secrets of the state "
    "folder with it"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the file."""
    parser.add_argument("file", type=Path, help="the copy, which must not exist yet")


def run(settings: Settings, options: argparse.Namespace, _: Clock) -> int:
    """Copy the database to a file that only its owner can read."""
    source = database_file(settings, "backup", "pg_dump --schema=mirrorwise")
    target: Path = options.file
    refuse_missing(settings)
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy, pages=PAGES_PER_STEP)
            _add_key(copy, settings)
        check(target)
    except FileExistsError:
        raise SettingsError(f"{target}: exists already; name another file") from None
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise SettingsError(f"backup failed: {error}") from None
    print(f"{target}: {target.stat().st_size} bytes, checked, with the viewer key: keep it as safe")
    print("as the service. The secret and the admin token are not in it; new ones can be made.")
    return 0


def _add_key(copy: sqlite3.Connection, settings: Settings) -> None:
    file = settings.state_dir / VIEWER_KEY
    with copy:
        # A copy that was put in place by hand has brought its own.
        copy.execute("CREATE TABLE IF NOT EXISTS viewer_key (key TEXT NOT NULL)")
        copy.execute("DELETE FROM viewer_key")
        if file.exists():
            copy.execute("INSERT INTO viewer_key VALUES (?)", (load_or_create(file),))


def database_file(settings: Settings, command: str, instead: str) -> Path:
    """Return the SQLite file, or say what to do with another database."""
    if not settings.database_url.startswith("sqlite:"):
        raise SettingsError(OTHER.format(command=command, instead=instead))
    return Path(settings.database_url.removeprefix("sqlite:"))


def check(file: Path) -> None:
    """Refuse a file that is no whole database of ours, or of a newer version."""
    try:
        with closing(read_only(file)) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            (version,) = database.execute("PRAGMA user_version").fetchone()
            database.execute("SELECT position FROM entry LIMIT 1").fetchone()
        check_version(version, f"{file}")
    except (sqlite3.Error, NewerDatabase) as error:
        raise SettingsError(f"{file}: {error}") from None
    if found != "ok":
        raise SettingsError(f"{file}: is damaged ({found})")
