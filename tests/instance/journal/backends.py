"""The backends of the journal as a test meets them: opened, tampered with, down and up again."""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

from instance.journal import REPORTS, Fold, Journal, open_journal
from tests.instance.journal.servers import Server


class Backend(ABC):
    """Opens journals on one and the same store, as several workers would."""

    def __init__(self, workers: AsyncExitStack) -> None:
        self._workers = workers

    async def open(self, folds: Sequence[Fold] = (REPORTS,)) -> Journal:
        """Return another worker's journal."""
        return await self._workers.enter_async_context(self.journal(folds))

    @abstractmethod
    def journal(self, folds: Sequence[Fold]) -> Journal:
        """Make a journal."""

    @abstractmethod
    async def tamper(self, statement: str) -> None:
        """Change the database behind the journal's back."""

    @abstractmethod
    def down(self) -> None:
        """Make it unavailable."""

    @abstractmethod
    def up(self) -> None:
        """Make it available again."""


class Sqlite(Backend):
    """A file; it is down as long as its directory is not there."""

    def __init__(self, workers: AsyncExitStack, directory: Path) -> None:
        super().__init__(workers)
        self._directory = directory / "data"
        self.path = self._directory / "journal.db"
        self.up()

    def journal(self, folds: Sequence[Fold]) -> Journal:
        return open_journal(f"sqlite:{self.path}", folds=folds)

    async def tamper(self, statement: str) -> None:
        with sqlite3.connect(self.path) as database:
            database.execute(statement)
        database.close()

    def down(self) -> None:
        self._directory.rmdir()

    def up(self) -> None:
        self._directory.mkdir()


class Served(Backend):
    """PostgreSQL, perhaps with Redis; it is down when the last of them is."""

    def __init__(self, workers: AsyncExitStack, *servers: Server) -> None:
        super().__init__(workers)
        self._servers = servers

    def journal(self, folds: Sequence[Fold]) -> Journal:
        return open_journal(*(server.address for server in self._servers), folds=folds)

    async def tamper(self, statement: str) -> None:
        database = await asyncpg.connect(
            self._servers[0].address, server_settings={"search_path": "mirrorwise"}
        )
        await database.execute(statement)
        await database.close()

    def down(self) -> None:
        self._servers[-1].kill()

    def up(self) -> None:
        self._servers[-1].start()


@asynccontextmanager
async def following(journal: Journal) -> AsyncIterator[None]:
    """Fold meanwhile what is appended, as a fold worker does."""
    task = asyncio.create_task(journal.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
