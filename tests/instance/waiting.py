"""Waiting for a condition. The bound only ends a hopeless wait: no test depends on speed."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_S = 300.0


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Return when `condition` holds; fail when it is hopeless."""
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():
            await asyncio.sleep(0.02)


def until_now(condition: Callable[[], object]) -> None:
    """Return when `condition` holds, without an event loop; fail when it is hopeless."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
