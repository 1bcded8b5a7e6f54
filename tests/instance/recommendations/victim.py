"""A worker that appends plays and saves heads until it is killed; it prints what is durable."""

import asyncio
import sys

from instance.journal import open_journal
from instance.recommendations.journal_records import Play
from instance.recommendations.replica import Replica
from tests.instance.clock import CLOCK
from tests.instance.recommendations.peertube import uuid


async def work(address: str, first: int) -> None:
    """Let one viewer after the other watch a video."""
    async with open_journal(address) as journal:
        replica = Replica(journal, 90, CLOCK)
        for viewer in range(first, 1_000_000):
            await replica.append([Play(f"viewer{viewer}", uuid(0), 1, 2.0, CLOCK.now_s())])
            print(viewer, flush=True)
            if viewer % 7 == 0:
                await replica.save()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
