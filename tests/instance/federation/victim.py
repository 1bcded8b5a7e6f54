"""A worker that says one week after the other until it is killed; it prints what is durable."""

import asyncio
import sys
from pathlib import Path

from instance.journal import open_journal
from tests.instance.clock import NOW
from tests.instance.federation.releases import LAST_WEEK, publisher


async def work(address: str, folder: Path) -> None:
    """Say each week once more, from the same one on."""
    async with open_journal(address) as journal:
        made, _ = publisher(journal, folder)
        for week in range(LAST_WEEK - 2000, LAST_WEEK):
            own = await made.document(week, NOW.timestamp())
            print(week, own.sha256, flush=True)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2])))
