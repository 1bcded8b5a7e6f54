"""A PeerTube, and a service that knows its videos."""

from collections.abc import AsyncIterator

import pytest

from instance.recommendations import recommender
from tests.instance.recommendations.peertube import PeerTube, serving, video
from tests.instance.service import Running, Start


@pytest.fixture
async def peertube() -> AsyncIterator[PeerTube]:
    """Return a PeerTube with twenty videos."""
    async with serving() as served:
        served.publish(*map(video, range(20)))
        yield served


@pytest.fixture
async def running(start: Start, peertube: PeerTube, monkeypatch: pytest.MonkeyPatch) -> Running:
    """Return a service that has crawled all videos, which were viewed meanwhile."""
    monkeypatch.setattr("instance.recommendations.peertube.PAUSE_S", 0.0)
    # The test itself says when to crawl.
    monkeypatch.setattr(recommender, "LEAD_S", 1e9)
    service = await start(peertube_url=peertube.url)
    crawl = service.service.recommender.crawl
    assert crawl
    await crawl.round()
    for number in range(20):
        peertube.change(number, views=1000)
    await crawl.round()
    return service
