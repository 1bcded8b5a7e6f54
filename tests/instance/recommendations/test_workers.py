"""Several worker processes on one PostgreSQL: their replicas agree, and count nothing twice."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp

from tests.instance.journal.servers import Postgres
from tests.instance.recommendations.events import event
from tests.instance.recommendations.peertube import PeerTube, uuid
from tests.instance.service import ADMIN_TOKEN, SECRET, Process
from tests.instance.waiting import until


async def ask(url: str, body: dict[str, object] | None = None) -> dict[str, object]:
    """Ask on a connection of its own, which any of the workers may take."""
    known = {"Authorization": f"Bearer {SECRET if body else ADMIN_TOKEN}"}
    async with (
        aiohttp.ClientSession(headers=known) as client,
        client.request("POST" if body else "GET", url, json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
        said: dict[str, object] = await answer.json()
        return said


async def test_workers_agree_on_what_was_watched(
    serve: Callable[..., Process], peertube: PeerTube, postgres: Postgres
):
    process = await asyncio.to_thread(
        serve,
        *("--workers", "2"),
        MIRRORWISE_DATABASE=postgres.empty(),
        MIRRORWISE_SECRET=SECRET,
        MIRRORWISE_ADMIN_TOKEN=ADMIN_TOKEN,
        MIRRORWISE_PEERTUBE_URL=peertube.url,
    )
    told = [
        ask(
            f"{process.url}/api/v1/events",
            {
                "batch": f"batch-{number:04}",
                "epsilon": 2.0,
                "events": [event(number % 4, video) for video in range(3)],
            },
        )
        for number in range(12)
    ]
    answers = await asyncio.gather(*told)
    assert sum(int(str(each["accepted"])) for each in answers) >= 12
    asked = f"{process.url}/api/v1/operator/graph"
    found: list[dict[str, object]] = []

    async def agreed() -> bool:
        found[:] = [await ask(asked) for _ in range(8)]
        return all(each == found[0] for each in found) and _plays(found[0]) == [4, 4, 4]

    await until(agreed)
    videos = found[0]["videos"]
    assert isinstance(videos, list)
    assert {each["id"] for each in videos} == {uuid(0), uuid(1), uuid(2)}
    assert _plays(found[0]) == [4, 4, 4]


def _plays(graph: dict[str, Any]) -> list[int]:
    return [round(each["plays"]) for each in graph["videos"]]
