"""Background tasks: steps that are repeated, whatever happens, while a context is open."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

log = logging.getLogger("mirrorwise")

Step = Callable[[], Awaitable[float]]
"""Does something, and returns how long to wait before the next time, in seconds."""


@asynccontextmanager
async def repeating(
    steps: Sequence[Step], retry_s: float, expected: tuple[type[Exception], ...]
) -> AsyncIterator[None]:
    """Repeat each step in a task of its own; one that fails is tried again after `retry_s`.

    Of `expected` errors the log gets the message alone.
    """
    tasks = [asyncio.create_task(_repeat(step, retry_s, expected)) for step in steps]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(step: Step, retry_s: float, expected: tuple[type[Exception], ...]) -> None:
    while True:
        pause_s = retry_s
        try:
            pause_s = await step()
        except expected as error:
            log.warning("%s; tried again in %.0f s", error, retry_s)
        except Exception:
            log.exception("a background task failed and is tried again")
        await asyncio.sleep(pause_s)
