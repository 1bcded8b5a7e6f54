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
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"{settings.state_dir}: cannot be used as state folder ({error.strerror}); set "
            "MIRRORWISE_STATE_DIR to a folder that this user may make or write"
        ) from None
    try:
        return open_journal(settings.database_url, settings.stream or "")
    except ValueError as error:
        raise SettingsError(f"MIRRORWISE_DATABASE, MIRRORWISE_STREAM: {error}") from None


def refuse_missing(settings: Settings) -> None:
    """Refuse to read, or delete from, an instance that does not exist: it would be a new one."""
    if not settings.database_exists:
        raise SettingsError(
            f"{settings.state_dir.absolute()}: no service has run there. Name its folder by "
            "MIRRORWISE_STATE_DIR, or begin a new one by `mirrorwise serve` or `simulate`"
        )


def with_journal(
    settings: Settings, work: Callable[[Journal], Awaitable[int]], *, begins: bool = False
) -> int:
    """Fold all entries, do `work` with the journal, and return its exit status.

    Only work that `begins` an instance may do so.
    """
    if not begins:
        refuse_missing(settings)

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
