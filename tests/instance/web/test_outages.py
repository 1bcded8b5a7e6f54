"""Outages: while database or stream is down nothing is acknowledged, and afterwards all is well."""

from collections.abc import AsyncIterator, Iterator

import pytest

from instance.journal import REPORTS
from tests.instance.journal.servers import Postgres, Redis, Server
from tests.instance.service import Answer, Running, Start
from tests.instance.waiting import until

Servers = dict[str, Server]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Return a PostgreSQL and a Redis, by the part of the service that they are."""
    with Postgres() as postgres, Redis() as redis:
        yield {"database": postgres, "stream": redis}


@pytest.fixture
async def running(start: Start, servers: Servers) -> AsyncIterator[Running]:
    """Return a service on both, each empty."""
    database, stream = (server.empty() for server in servers.values())
    yield await start(database=database, stream=stream)


async def until_stored(running: Running, batch: str) -> Answer:
    """Send until it is acknowledged, as the plugin does."""
    answers: list[Answer] = []

    async def stored() -> bool:
        answers.append(await running.send(batch))
        return answers[-1].status == 200

    await until(stored)
    return answers[-1]


@pytest.mark.parametrize("part", ["database", "stream"])
async def test_an_outage_is_told_as_503_and_the_batch_sent_again_is_counted_once(
    running: Running, servers: Servers, part: str
):
    assert (await running.send("before-it")).status == 200
    servers[part].kill()
    try:
        for _ in range(2):
            refused = await running.send("during-it")
            assert refused.error[:2] == (503, part)
            assert int(refused.headers["Retry-After"]) > 0
        health = await running.ask("GET", "/health")
        assert (health.status, health.json["parts"]) == (503, {part: "is not available"})
        assert int(health.headers["Retry-After"]) > 0
    finally:
        servers[part].start()
    assert (await until_stored(running, "during-it")).json == {"accepted": 1}

    async def counted() -> bool:
        return (await running.service.journal.health()).backlog == 0

    await until(counted)
    assert sum((await running.service.journal.aggregate(REPORTS)).counts.values()) == 2
    assert (await running.ask("GET", "/health")).status == 200
