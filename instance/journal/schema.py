"""Version of the tables: an older service refuses a newer database, in words.

Tables are only ever added to, with `IF NOT EXISTS`, so a database of any earlier version is
brought up to date by opening it. Version 1 are the releases up to 0.2.0, which wrote none.
"""

import sqlite3
from pathlib import Path

from .entry import NewerDatabase

VERSION = 2


def read_only(file: Path) -> sqlite3.Connection:
    """Open an SQLite file so that nothing of it can change."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def check_version(found: int, where: str) -> None:
    """Refuse a database that a newer version has written.

    >>> check_version(VERSION, "mirrorwise.db")
    >>> check_version(VERSION + 1, "mirrorwise.db")
    Traceback (most recent call last):
    instance.journal.entry.NewerDatabase: mirrorwise.db: was written by a newer Mirrorwise \
(tables of version 3, this one knows 2); install that version again, or restore an older backup
    """
    if found > VERSION:
        raise NewerDatabase(
            f"{where}: was written by a newer Mirrorwise (tables of version {found}, this one "
            f"knows {VERSION}); install that version again, or restore an older backup"
        )
