"""A PeerTube, and a service that knows its videos."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.instance.conftest import SECRET, Answer, Running, serve, start
from tests.instance.journal.conftest import backend, journal, postgres, redis
from tests.instance.recommendations.peertube import PeerTube, serving, uuid, video

__all__ = ["backend", "journal", "postgres", "redis", "serve", "start"]


def token(number: int) -> str:
    """Return what the device of a viewer has made."""
    return f"viewer-{number:024}"


def today() -> str:
    """Return today in UTC."""
    return datetime.now(UTC).date().isoformat()


def event(viewer: int, number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an event that is as it must be, but for `changes`."""
    said = {"viewer": token(viewer), "video": uuid(number), "day": today(), "engaged": 1}
    return said | changes


async def send(running: Running, *events: dict[str, Any], **more: Any) -> Answer:  # noqa: ANN401
    """Send events as the plugin does."""
    send.batches += 1  # type: ignore[attr-defined]
    said = {"batch": f"batch-{send.batches:06}", "epsilon": 2.0, "events": list(events)}  # type: ignore[attr-defined]
    return await running.ask("POST", "/api/v1/events", SECRET, json=said | more)


send.batches = 0  # type: ignore[attr-defined]


@pytest.fixture
async def peertube() -> AsyncIterator[PeerTube]:
    """Return a PeerTube with twenty videos."""
    async with serving() as served:
        served.publish(*map(video, range(20)))
        yield served


@pytest.fixture
async def running(start: Any, peertube: PeerTube, monkeypatch: pytest.MonkeyPatch) -> Running:  # noqa: ANN401
    """Return a service that has looked at all videos, which were viewed meanwhile."""
    monkeypatch.setattr("instance.recommendations.peertube.PAUSE_S", 0.0)
    service: Running = await start(peertube_url=peertube.url)
    crawl = service.service.recommender.crawl
    assert crawl
    await crawl.round()
    for number in range(20):
        peertube.change(number, views=1000)
    await crawl.round()
    return service
