"""Three services with three databases, over HTTP: publish, pull, merge, revert; a liar, a forger.

Their clock is steered: a week passes when the test says so.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from instance.clock import Clock
from instance.federation.document import read
from reco.data.ledger import WEEK_S
from tests.instance.clock import NOW
from tests.instance.federation.releases import LAST_WEEK, watch
from tests.instance.federation.sources import Source, serving, weights
from tests.instance.service import ADMIN_TOKEN, Running, Start

DOCUMENTS = "/api/v1/federation/documents"
OPERATOR = "/api/v1/operator/federation"
# Another program's: nothing is asked there that the test does not ask.
PEERTUBE = "http://127.0.0.1:9"


class SteeredClock(Clock):
    """Shows what the test says."""

    def __init__(self) -> None:
        self.at_s = NOW.timestamp()

    def now_s(self) -> float:
        """Return the time in seconds since 1970."""
        return self.at_s


@pytest.fixture
def clock() -> SteeredClock:
    """Return the clock of all services."""
    return SteeredClock()


@dataclass
class Instance:
    """One of the services, as its administrator and others meet it."""

    running: Running
    clock: SteeredClock
    name: str

    @property
    def address(self) -> str:
        """Where others find its documents."""
        return f"{self.running.url}/api/v1/federation"

    async def status(self) -> Any:  # noqa: ANN401 - JSON
        """Return what its administrator's page shows."""
        return (await self.running.ask("GET", OPERATOR, ADMIN_TOKEN)).json

    async def do(self, what: str, **more: object) -> Any:  # noqa: ANN401 - JSON
        """Do what its administrator does on the page."""
        wish = {"do": what} | more
        answer = await self.running.ask("POST", OPERATOR, ADMIN_TOKEN, json=wish)
        return answer.json if answer.status == 200 else answer.error

    async def publish(self) -> None:
        """Look at what would be published, and publish it."""
        shown = (await self.do("preview"))["status"]["own"][0]
        assert (await self.do("publish", sha256=shown["sha256"]))["status"]["published"]

    async def round(self) -> None:
        """Let it do what it does once a day."""
        await self.running.service.federation.round(self.clock.at_s)

    async def heard(self) -> dict[str, list[str]]:
        """Return the exact bytes that count there, by instance."""
        sources = (await self.status())["sources"]
        found = {each["instance"]: [one["text"] for one in each["documents"]] for each in sources}
        return {name: texts for name, texts in found.items() if texts}

    async def digest(self) -> str:
        """Return the digest of its recommender."""
        return (await self.running.service.recommender.replica.follow()).digest

    async def refusal(self, address: str) -> str:
        """Return why a source's last answer was refused."""
        sources = (await self.status())["sources"]
        return "".join(each["refused"] for each in sources if each["address"] == address)


@pytest.fixture
async def instances(
    start: Start,
    clock: SteeredClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    liar: Source,
    forger: Source,
) -> list[Instance]:
    """Return three services, each of which may hear those that were started before it."""
    monkeypatch.setattr("instance.federation.fetching.PAUSE_S", 0.0)
    # The test says when a day is over.
    monkeypatch.setattr("instance.federation.federation.LEAD_S", 1e9)
    monkeypatch.setattr("instance.recommendations.recommender.LEAD_S", 1e9)
    monkeypatch.setattr("instance.recommendations.recommender.RETRY_S", 1e9)
    made: list[Instance] = []
    known = [each.address.removesuffix("/a") for each in (liar, forger)]
    for name in ("a", "b", "c"):
        running = await start(
            state_dir=tmp_path / name,
            peertube_url=PEERTUBE,
            federation_instance=f"https://{name}.example",
            federation_private=tuple(known),
        )
        made.append(Instance(running, clock, f"https://{name}.example"))
        known.append(running.url)
    return made


@pytest.fixture
async def sources() -> AsyncIterator[AsyncExitStack]:
    """Return where sources are kept as long as the test runs."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def liar(sources: AsyncExitStack) -> Source:
    """Return a source that has told the truth once."""
    source = await sources.enter_async_context(serving(instance="https://liar.example"))
    source.say(LAST_WEEK - 1)
    return source


@pytest.fixture
async def forger(sources: AsyncExitStack) -> Source:
    """Return a source whose signatures are wrong."""
    source = await sources.enter_async_context(serving(instance="https://forger.example"))
    made = source.say(LAST_WEEK).data.replace(b'"viewers":70', b'"viewers":71')
    source.answers["1"] = lambda _: web.Response(body=made)
    return source


async def test_what_is_published_is_heard_merged_and_reverted(instances: list[Instance]):
    a, b, c = instances
    assert (await a.running.ask("GET", DOCUMENTS)).status == 404
    await watch(a.running.service.journal, 20)
    await watch(b.running.service.journal, 4)
    shown = (await a.do("preview"))["status"]
    # Looking at it publishes nothing, and looking again draws no other noise.
    assert (await a.running.ask("GET", f"{DOCUMENTS}/1")).status == 404
    assert (await a.do("preview"))["status"]["own"] == shown["own"]
    assert "has changed" in (await a.do("publish", sha256="0" * 64))[2]
    await a.publish()
    answer = await a.running.ask("GET", f"{DOCUMENTS}/1")
    assert answer.body.decode() == shown["own"][0]["text"]
    assert read(answer.body).instance == a.name
    etag = {"If-None-Match": answer.headers["ETag"]}
    assert (await a.running.ask("GET", f"{DOCUMENTS}/1", headers=etag)).status == 304

    before = [await each.digest() for each in instances]
    for each in (b, c):
        await each.do("add", address=a.address)
        await each.round()
        assert await each.heard() == {a.name: [answer.body.decode()]}
    await b.publish()
    await c.do("add", address=b.address)
    await c.round()
    assert (await c.heard()).keys() == {a.name, b.name}
    trust = [each["trust"]["influence"] for each in (await c.status())["sources"]]
    assert all(0 <= influence <= 1 for influence in trust)
    assert await c.digest() != before[2]

    done = await c.do("take-back", address=b.name, week=LAST_WEEK)
    assert len(done["receipts"]) == 1
    assert (await c.heard()).keys() == {a.name}
    assert len((await c.do("take-back"))["receipts"]) == 1
    assert await c.digest() == before[2]
    # What is withdrawn there is gone here on the next day.
    await a.do("withdraw", week=LAST_WEEK)
    b.clock.at_s += 2 * 86_400
    await b.round()
    assert await b.heard() == {}
    assert await b.digest() == before[1]


async def test_a_liar_and_a_forger_change_nothing_and_are_shown(
    instances: list[Instance], liar: Source, forger: Source
):
    a, *_ = instances
    before = await a.digest()
    for source in (liar, forger):
        await a.do("add", address=source.address)
    await a.round()
    assert list(await a.heard()) == ["https://liar.example"]
    assert "wrong signature" in await a.refusal(forger.address)
    honest = await a.digest()
    liar.say(LAST_WEEK, weights(viewers=10**9))
    a.clock.at_s += 86_400
    await a.round()
    assert "viewers" in await a.refusal(liar.address)
    assert await a.digest() == honest
    assert len((await a.do("refuse", address="https://liar.example"))["receipts"]) == 1
    assert await a.digest() == before
    asked = len(liar.asked)
    a.clock.at_s += 86_400
    await a.round()
    assert len(liar.asked) == asked, "who is refused is not even asked"


async def test_one_that_is_down_for_a_week_is_caught_up_with(
    instances: list[Instance], liar: Source
):
    a, *_ = instances
    honest = liar
    await a.do("add", address=honest.address)
    await a.round()
    honest.down = True
    for _ in range(7):
        a.clock.at_s += 86_400
        await a.round()
        assert "answers 503" in await a.refusal(honest.address)
        assert await a.heard() == {honest.instance: [honest.said[0].data.decode()]}
    honest.say(LAST_WEEK)
    honest.say(LAST_WEEK + 1)
    honest.down = False
    a.clock.at_s += 86_400
    await a.round()
    assert await a.refusal(honest.address) == ""
    assert len((await a.heard())[honest.instance]) == 3


async def test_each_week_is_published_two_days_after_its_end(instances: list[Instance]):
    a, *_ = instances
    await a.publish()
    for weeks in (1, 2):
        a.clock.at_s += WEEK_S
        await a.round()
        own = (await a.status())["own"]
        assert [each["week"] for each in own] == [LAST_WEEK + at for at in range(weeks, -1, -1)]
        assert all(each["spent"] == 1.0 for each in own)
    assert (await a.do("stop"))["status"]["published"] is False
    a.clock.at_s += WEEK_S
    await a.round()
    assert len((await a.status())["own"]) == 3


async def test_only_an_administrator_may_look_or_do(instances: list[Instance], tmp_path: Path):
    a, *_ = instances
    token = "x" * 30
    assert (await a.running.ask("GET", OPERATOR, token)).status in (401, 403, 503)
    assert (await a.running.ask("POST", OPERATOR, token, json={"do": "stop"})).status in (
        401,
        403,
        503,
    )
    assert (tmp_path / "a" / "federation-key").exists() is False
    await a.status()
    assert (tmp_path / "a" / "federation-key").stat().st_mode & 0o077 == 0
