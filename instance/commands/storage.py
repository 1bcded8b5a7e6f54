"""Opening of the journal, and progress on the terminal, shared by the commands."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from time import monotonic

from ..journal import REPORTS, Journal, Unavailable, open_journal
from ..settings import Settings, SettingsError

BETWEEN_LINES_S = 0.2


def journal(settings: Settings) -> Journal:
    """Return the journal of these settings; nothing is connected yet."""
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return open_journal(settings.database_url, settings.stream or "")
    except ValueError as error:
        raise SettingsError(f"MIRRORWISE_DATABASE, MIRRORWISE_STREAM: {error}") from None


def with_journal(settings: Settings, work: Callable[[Journal], Awaitable[int]]) -> int:
    """Fold all entries, do `work` with the journal, and return its exit status."""

    async def run() -> int:
        async with journal(settings) as opened:
            while await opened.fold(REPORTS):
                pass
            return await work(opened)

    try:
        return asyncio.run(run())
    except Unavailable as error:
        print(f"{error}\n`mirrorwise doctor` says what to do", file=sys.stderr)
        return 1


class Progress:
    """A progress line on standard error, when that is a terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._next_s = monotonic()
        self._shown = sys.stderr.isatty()

    def __call__(self, done: int) -> None:
        """Show how much is done, some times a second."""
        if self._shown and monotonic() >= self._next_s:
            self._next_s = monotonic() + BETWEEN_LINES_S
            print(f"\r{done} {self._what}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """End the line."""
        if self._shown:
            print(file=sys.stderr)
