"""Who else is named: what PeerTube follows, and a signed directory; each may lie."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from instance.federation.canonical import encode
from instance.federation.document import DocumentError
from instance.federation.fetching import Fetcher, FetchError
from instance.federation.naming import SIGNED, directory, followed, read_directory, sign_directory
from instance.federation.records import Found
from instance.federation.signing import SigningKey

KEY = SigningKey("d" * 22)
NAMES = ["https://b.example", "https://c.example"]


def signed(**changes: Any) -> bytes:  # noqa: ANN401
    """Return a directory that is signed whatever it says."""
    said = {"format": 1, "instances": NAMES, "key": KEY.public, "number": 1} | changes
    return encode(said | {"signature": KEY.sign(SIGNED + encode(said))})


def test_a_directory_is_read_as_it_was_signed():
    assert read_directory(sign_directory(KEY, 3, NAMES), KEY.public) == Found("directory", NAMES, 3)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (sign_directory(SigningKey("e" * 22), 1, NAMES), "not signed"),
        (signed().replace(b"c.example", b"d.example"), "not signed"),
        (signed(format=2), "another format"),
        (signed(more=1), "another format"),
        (signed(number=0), "wrong number"),
        (signed(instances=["http://b.example"]), "no instance"),
        (signed(instances=["https://127.0.0.1"]), "no instance"),
        (signed(instances=[1]), "no instance"),
        (signed(instances=[f"https://a{at}.example" for at in range(501)]), "at most 500"),
        (b"[]", "lacks a field"),
        (b'{"a":NaN}', "no whole number"),
    ],
)
def test_another_directory_is_refused(data: bytes, reason: str):
    with pytest.raises(DocumentError, match=reason):
        read_directory(data, KEY.public)


@pytest.fixture
async def served() -> AsyncIterator[dict[str, Any]]:
    """Serve a directory and a PeerTube's list of those it follows."""
    said: dict[str, Any] = {"directory": signed(), "following": []}

    async def listed(request: web.Request) -> web.Response:
        start = int(request.query["start"])
        rows = said["following"]
        return web.json_response(
            {"total": len(rows), "data": rows[start : start + 100]}
            if isinstance(rows, list)
            else rows
        )

    async def hosted(_: web.Request) -> web.Response:
        return web.Response(body=said["directory"])

    app = web.Application()
    app.router.add_get("/api/v1/server/following", listed)
    app.router.add_get("/directory.json", hosted)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    said["url"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield said
    await runner.cleanup()


async def test_a_directory_does_not_go_back(served: dict[str, Any]):
    url = f"{served['url']}/directory.json"
    async with Fetcher([served["url"]]) as fetcher:
        first = await directory(fetcher, url, KEY.public, None)
        assert await directory(fetcher, url, KEY.public, first) == first
        with pytest.raises(DocumentError, match="older"):
            await directory(fetcher, url, KEY.public, first._replace(number=2))
        served["directory"] = signed(instances=NAMES[:1])
        with pytest.raises(DocumentError, match="kept its number"):
            await directory(fetcher, url, KEY.public, first)
        served["directory"] = signed(instances=NAMES[:1], number=2)
        assert (await directory(fetcher, url, KEY.public, first)).addresses == NAMES[:1]


async def test_all_instances_that_are_followed_are_named(
    served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("instance.federation.fetching.PAUSE_S", 0.0)
    hosts = [f"a{at}.example" for at in range(150)]
    strange = ["localhost:9000", "a.example/x", "", 'a"b.example', "127.0.0.1"]
    served["following"] = [{"following": {"host": host}} for host in [*hosts, *strange]]
    async with Fetcher([served["url"]]) as fetcher:
        found = await followed(fetcher, served["url"])
        assert found.addresses == sorted(f"https://{host}" for host in hosts)
        served["following"] = {"data": "none"}
        with pytest.raises(FetchError, match="does not list"):
            await followed(fetcher, served["url"])
