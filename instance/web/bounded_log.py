"""Bounded logging: what strangers can cause is logged a few times a minute, then only counted.

A line names the kind of event and never what was sent: no address, no header, no body.
"""

import logging
from collections.abc import Callable
from time import monotonic
from traceback import format_tb
from typing import NamedTuple

log = logging.getLogger("mirrorwise")

WINDOW_S = 60.0
LINES_PER_WINDOW = 3


class _Window(NamedTuple):
    began_s: float
    lines: int = 0
    left_out: int = 0


class BoundedLog:
    """Writes at most `LINES_PER_WINDOW` lines a minute of each kind.

    Kinds are few and chosen by the code, so the table of kinds is bounded too.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._windows: dict[str, _Window] = {}

    def warning(self, kind: str, message: str, error: BaseException | None = None) -> None:
        """Log that something of this `kind` happened, and how often since the last line."""
        now_s = self._clock()
        window = self._windows.get(kind, _Window(now_s))
        left_out = 0
        if now_s - window.began_s >= WINDOW_S:
            window, left_out = _Window(now_s), window.left_out
        if window.lines >= LINES_PER_WINDOW:
            self._windows[kind] = window._replace(left_out=window.left_out + 1)
            return
        self._windows[kind] = window._replace(lines=window.lines + 1)
        more = f" ({left_out} like it were left out)" if left_out else ""
        log.warning("%s%s%s", message, more, _where(error) if error else "")


def _where(error: BaseException) -> str:
    """Return the type of an error and where it was raised, without its text.

    The text may quote what was sent.
    """
    return f": {type(error).__name__}\n{''.join(format_tb(error.__traceback__))}".rstrip()
