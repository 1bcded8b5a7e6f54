"""Appends plays, takes them in and stores heads until it is killed; prints what is durable."""

import asyncio
import sys
import time

from instance.journal import open_journal
from instance.recommendations.journal_records import Play
from instance.recommendations.replica import Keeper
from tests.instance.recommendations.peertube import uuid


async def work(address: str, first: int) -> None:
    """Let one viewer after the other watch a video."""
    async with open_journal(address) as journal:
        keeper = Keeper(journal, 90)
        for viewer in range(first, 1_000_000):
            await keeper.append([Play(f"viewer{viewer}", uuid(0), 1, 2.0, time.time())])
            print(viewer, flush=True)
            if viewer % 7 == 0:
                await keeper.save()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
