"""`mirrorwise backup` and `restore`: copy the database while the service runs, and put it back.

The copy also carries the keys of viewers and of federation: without the first no viewer is known
again and no receipt is ours, without the second no other instance believes us again.
"""

import argparse
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ..clock import Clock
from ..federation.signing import FEDERATION_KEY
from ..journal import NewerDatabase
from ..journal.schema import check_version, read_only
from ..keys import load_or_create
from ..recommendations.pseudonyms import VIEWER_KEY
from ..settings import Settings, SettingsError
from .storage import refuse_missing

PAGES_PER_STEP = 2000
# The files of the state folder that are in a copy, by the table that holds each there.
KEYS = {"viewer_key": VIEWER_KEY, "federation_key": FEDERATION_KEY}
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
            _add_keys(copy, settings)
        check(target)
    except FileExistsError:
        raise SettingsError(f"{target}: exists already; name another file") from None
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise SettingsError(f"backup failed: {error}") from None
    print(f"{target}: {target.stat().st_size} bytes, checked, with the viewer key and that of")
    print("federation: keep it as safe as the service. The secret and the admin token are not in")
    print("it; new ones can be made.")
    return 0


def _add_keys(copy: sqlite3.Connection, settings: Settings) -> None:
    for table, name in KEYS.items():
        file = settings.state_dir / name
        with copy:
            # A copy that was put in place by hand has brought its own.
            copy.execute(f"CREATE TABLE IF NOT EXISTS {table} (key TEXT NOT NULL)")
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
            if file.exists():
                copy.execute(f"INSERT INTO {table} VALUES (?)", (load_or_create(file),))  # noqa: S608


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
