"""`mirrorwise upgrade-check`: what this version will do to the database, before it does so."""

import argparse
import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

from ..clock import Clock
from ..journal import NewerDatabase
from ..journal.schema import VERSION, check_version, read_only
from ..settings import Settings, SettingsError
from ..version import program_version
from .storage import refuse_missing


def arguments(_: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def run(settings: Settings, _: argparse.Namespace, __: Clock) -> int:
    """Compare versions, changing nothing; return 1 when this version cannot serve the database."""
    refuse_missing(settings)
    sqlite = settings.database_url.startswith("sqlite:")
    found = _of_file(settings) if sqlite else asyncio.run(_of_server(settings.database_url))
    print(f"This is Mirrorwise {program_version()}; its tables have version {VERSION}.")
    try:
        check_version(found, "the database")
    except NewerDatabase as error:
        print(error)
        return 1
    if found == VERSION:
        print("The database's tables have the same version: nothing is changed by an upgrade.")
        return 0
    copy = "mirrorwise backup FILE" if sqlite else "pg_dump --schema=mirrorwise"
    print(f"The database's tables have version {found}; `mirrorwise serve` brings them up to date.")
    print(f"Take a copy first ({copy}): the version before cannot use the database then.")
    return 0


def _of_file(settings: Settings) -> int:
    file = Path(settings.database_url.removeprefix("sqlite:"))
    try:
        with closing(read_only(file)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise SettingsError(f"{file}: cannot be read ({error})") from None
    return version or 1


async def _of_server(url: str) -> int:
    try:
        database = await asyncpg.connect(url)
        try:
            found = await database.fetchval("SELECT version FROM mirrorwise.schema_version")
        except asyncpg.UndefinedTableError:
            found = None
        finally:
            await database.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SettingsError(f"MIRRORWISE_DATABASE: cannot be read ({error})") from None
    return found or 1
