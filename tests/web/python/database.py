"""A new PostgreSQL: answers each line of SQL, as JSON, with a line of rows, as JSON."""

import asyncio
import json
import sys

import asyncpg

from tests.instance.journal.servers import Postgres


async def answer(address: str) -> None:
    connection = await asyncpg.connect(address)
    for line in sys.stdin:
        rows = await connection.fetch(json.loads(line))
        print(json.dumps([dict(row) for row in rows]), flush=True)
    await connection.close()


if __name__ == "__main__":
    with Postgres() as server:
        asyncio.run(answer(server.address))
