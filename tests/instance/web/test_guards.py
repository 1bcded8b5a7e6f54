"""Authorisation, the rate limit, and bounds on slow, many or hostile connections."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import aiohttp
import orjson
import pytest
from aiohttp import web

from instance.web.rate_limit import MOST_ADDRESSES, RateLimiter
from tests.instance.service import ADMIN_TOKEN, SECRET, Process, Running, Start, report
from tests.instance.waiting import PATIENCE_S, until

STRANGER = "x" * 40
PEERTUBE_ADMIN, PEERTUBE_USER = "session-of-an-admin", "session-of-a-user"


async def peertube(stop: asyncio.Event, port: "asyncio.Future[int]") -> None:
    """Answer like PeerTube's /api/v1/users/me until told to stop."""
    roles = {f"Bearer {PEERTUBE_ADMIN}": 0, f"Bearer {PEERTUBE_USER}": 2}

    async def me(request: web.Request) -> web.Response:
        role = roles.get(request.headers["Authorization"])
        if role is None:
            return web.json_response({"error": "invalid token"}, status=401)
        return web.json_response({"username": "someone", "role": {"id": role, "label": "Role"}})

    app = web.Application()
    app.router.add_get("/api/v1/users/me", me)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port.set_result(runner.addresses[0][1])
    await stop.wait()
    await runner.cleanup()


@pytest.fixture
async def peertube_url():
    """Return the address of a PeerTube that knows two sessions."""
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(peertube(stop, port))
    yield f"http://127.0.0.1:{await port}"
    stop.set()
    await task


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("/health", "", 200),
        ("/openapi.json", "", 200),
        ("/report", "", 308),
        ("/report.json", "", 401),
        ("/report.json", STRANGER, 401),
        ("/report.json", SECRET, 401),
        ("/report.json", ADMIN_TOKEN, 200),
        ("/report.csv", "", 401),
        ("/report.csv", ADMIN_TOKEN, 200),
        ("/api/v1/operator/mirrors", "", 401),
        ("/api/v1/operator/mirrors", ADMIN_TOKEN, 200),
        ("/metrics", "", 401),
        ("/metrics", SECRET, 401),
        ("/metrics", ADMIN_TOKEN, 200),
    ],
)
async def test_behind_a_proxy_everybody_has_to_say_who_they_are(
    start: Start, path: str, token: str, status: int
):
    running = await start(public_url="https://mirrorwise.video.example")
    assert (await running.ask("GET", path, token)).status == status


@pytest.mark.parametrize("token", ["", STRANGER, ADMIN_TOKEN, "\x80", SECRET[:-1], SECRET + "s"])
async def test_reports_are_taken_from_the_plugin_alone(running: Running, token: str):
    body = {"batch": "batch-01", "reports": [{}]}
    answer = await running.ask("POST", "/api/v1/reports", token, json=body)
    assert answer.error[:2] == (401, "authorization")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:9850"}, 200),
        ({"Host": "rebound.example"}, 401),
        ({"Host": "[::1"}, 401),
        ({"X-Forwarded-For": "192.0.2.1"}, 401),
        ({"Forwarded": "for=192.0.2.1"}, 401),
        ({"X-Real-IP": "192.0.2.1"}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
    ],
)
async def test_on_loopback_the_report_is_open_to_this_machine_alone(
    running: Running, headers: dict[str, str], status: int
):
    assert (await running.ask("GET", "/report.json", headers=headers)).status == status


async def test_another_users_program_on_this_machine_such_as_a_proxy_is_a_stranger(
    running: Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("instance.web.local_peer.os.getuid", lambda: 12345)
    assert (await running.ask("GET", "/report.json")).status == 401
    assert (await running.ask("GET", "/report.json", ADMIN_TOKEN)).status == 200


async def test_a_service_that_others_can_connect_to_asks_even_this_machine(start: Start):
    running = await start(host="0.0.0.0")  # noqa: S104
    assert (await running.ask("GET", "/report.json")).status == 401


@pytest.mark.parametrize(
    ("token", "status"),
    [(PEERTUBE_ADMIN, 200), (PEERTUBE_USER, 403), (STRANGER, 403), ("\x80", 401)],
)
async def test_an_administrator_of_peertube_may_read_the_report(
    start: Start, peertube_url: str, token: str, status: int
):
    running = await start(peertube_url=peertube_url, public_url="https://video.example")
    for _ in range(2):
        assert (await running.ask("GET", "/report.json", token)).status == status


async def test_without_an_answer_from_peertube_no_session_is_believed(start: Start):
    running = await start(peertube_url="http://127.0.0.1:9")
    answer = await running.ask("GET", "/report.json", PEERTUBE_ADMIN)
    assert answer.error[:2] == (503, "peertube_url")


async def test_a_flood_from_one_address_is_held_back_and_the_plugin_is_not(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    # No time passes meanwhile, however long the requests take.
    monkeypatch.setattr("instance.web.auth.RateLimiter", partial(RateLimiter, clock=lambda: 0.0))
    running = await start(requests_per_minute=20)
    answers = [await running.ask("GET", "/openapi.json") for _ in range(60)]
    assert [answer.status for answer in answers[:20]] == [200] * 20
    # One more is granted every 3 s.
    assert [answer.status for answer in answers].count(429) > 30
    assert answers[-1].error[1] == "address"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3
    assert (await running.send("batch-01")).status == 200
    # Pages and health checks have a bucket of their own.
    assert (await running.ask("GET", "/health")).status == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "held_back"),
    [
        # Without a trusted proxy, what is said of an address counts for nothing.
        ((), ["192.0.2.{n}"], True),
        (("127.0.0.1",), ["192.0.2.{n}"], False),
        # A client may invent addresses in front of the one that the proxy appends.
        (("127.0.0.0/8",), ["198.51.100.{n}, 192.0.2.1"], True),
        (("127.0.0.0/8",), ["198.51.100.{n}, 192.0.2.1, 127.0.0.9"], True),
        (("127.0.0.0/8",), ["nonsense{n}"], True),
        (("10.0.0.0/8",), ["192.0.2.{n}"], True),
    ],
)
async def test_behind_a_trusted_proxy_each_client_has_a_bucket_of_its_own(
    start: Start, proxies: tuple[str, ...], forwarded: list[str], held_back: bool
):
    running = await start(requests_per_minute=5, trusted_proxies=proxies)
    answers = [
        await running.ask(
            "GET",
            "/openapi.json",
            headers={"X-Forwarded-For": each.format(n=number)},
        )
        for number in range(12)
        for each in forwarded
    ]
    assert any(answer.status == 429 for answer in answers) == held_back


async def test_one_address_cannot_take_all_connections(start: Start):
    running = await start(connections_per_address=4, max_connections=64)
    taken = [await open_connection(running) for _ in range(4)]
    for reader, writer in taken:
        writer.write(b"GET /report HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 308")
    assert (await rest(*await open_connection(running))).startswith(b"HTTP/1.1 503")
    port = int(running.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
    writer.write(b"GET /report HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert (await rest(reader, writer)).startswith(b"HTTP/1.1 308")
    for _, writer in taken:
        writer.close()
        await writer.wait_closed()
    await until(lambda: is_served(running))


def test_addresses_are_not_kept_and_their_number_is_bounded():
    seconds = itertools.count()
    limiter = RateLimiter(10, clock=lambda: next(seconds) / 1000)
    for number in range(MOST_ADDRESSES + 500):
        limiter.wait_s(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    kept = vars(limiter)["_buckets"]
    assert len(kept) == MOST_ADDRESSES
    assert all(len(name) == 8 for name in kept)
    one, other = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9"
    assert [limiter.wait_s(one) == 0 for _ in range(10)] == [True] * 10
    assert limiter.wait_s(other) > 0


async def open_connection(running: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection to write to byte by byte."""
    port = int(running.url.rpartition(":")[2])
    return await asyncio.open_connection("127.0.0.1", port)


async def rest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return all that still comes, until the service closes the connection."""
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def is_served(running: Running) -> bool:
    """Say whether a request is answered, and not cut off or turned away."""
    with contextlib.suppress(aiohttp.ClientError):
        return (await running.ask("GET", "/health")).status == 200
    return False


async def test_whoever_sends_a_head_byte_by_byte_is_shut_out(start: Start):
    running = await start(read_timeout_s=0.5)
    reader, writer = await open_connection(running)

    async def drip() -> None:
        for byte in itertools.cycle(b"GET /health HTTP/1.1\r\nX: "):
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(PATIENCE_S):
        # A byte that comes after the end is answered by a reset.
        with contextlib.suppress(ConnectionResetError):
            assert b"200" not in await rest(reader, writer)
    dripping.cancel()


async def test_whoever_sends_a_body_byte_by_byte_is_told_and_shut_out(start: Start):
    running = await start(read_timeout_s=0.5)
    reader, writer = await open_connection(running)
    writer.write(
        b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        b"Content-Type: application/json\r\nAuthorization: Bearer %b\r\n\r\n{" % SECRET.encode()
    )
    async with asyncio.timeout(PATIENCE_S):
        said = await rest(reader, writer)
    assert said.startswith(b"HTTP/1.1 408")
    assert b'{"error":{"field":"body","reason":"did not arrive in time"}}' in said


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux can")
async def test_whoever_asks_and_does_not_read_is_shut_out(start: Start, tmp_path: Path):
    (tmp_path / "large.js").write_bytes(b" " * 30_000_000)
    running = await start(report_dir=tmp_path, max_connections=8, read_timeout_s=0.5)
    deaf = []
    for _ in range(8):
        reader, writer = await open_connection(running)
        writer.write(b"GET /report/large.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readline()
        deaf.append(writer)
    await until(lambda: is_served(running))
    for writer in deaf:
        writer.close()


async def test_a_stranger_is_refused_before_the_body_is_read(running: Running):
    reader, writer = await open_connection(running)
    writer.write(
        b"POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
        b"Content-Type: application/json\r\n\r\n"
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 401")
    writer.close()
    await writer.wait_closed()


async def test_connections_beyond_the_limit_are_turned_away_and_others_still_served(start: Start):
    running = await start(max_connections=8)
    idle = [await open_connection(running) for _ in range(8)]
    for reader, writer in idle:  # an answer shows that the service has taken the connection
        writer.write(b"GET /report HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 308")
    refused = await open_connection(running)
    assert (await rest(*refused)).startswith(b"HTTP/1.1 503")
    for _, writer in idle:
        writer.close()
        await writer.wait_closed()
    await until(lambda: is_served(running))


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"POST /api/v1/reports HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/reports HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_not_http_is_answered_400_or_less(running: Running, garbage: bytes):
    reader, writer = await open_connection(running)
    writer.write(garbage)
    writer.write_eof()
    async with asyncio.timeout(PATIENCE_S):
        said = await rest(reader, writer)
    assert not said or said.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    if said:
        head, _, body = said.partition(b"\r\n\r\n")
        assert orjson.loads(body)["error"].keys() == {"field", "reason"}
        assert b"Content-Security-Policy: default-src 'self'" in head
        assert b"X-Content-Type-Options: nosniff" in head
    assert (await running.ask("GET", "/health")).status == 200


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\nAuthorization: Bearer %b\r\nbroken line\r\n\r\n",
        b"GET /?viewer=%b HTTP/9.9\r\n\r\n",
        b"NOT%b\x00 / HTTP/1.1\r\n\r\n",
        b"POST /api/v1/reports HTTP/1.1\r\nX-%b: \x01\r\nContent-Length: x\r\n\r\n",
    ],
)
async def test_malformed_requests_leave_few_lines_in_the_log_and_nothing_of_theirs(
    running: Running, line: bytes, caplog: pytest.LogCaptureFixture
):
    for _ in range(40):
        reader, writer = await open_connection(running)
        writer.write(line % SECRET.encode())
        writer.write_eof()
        await rest(reader, writer)
    assert len(caplog.records) <= 8
    assert SECRET not in caplog.text
    assert "127.0.0.1" not in caplog.text


async def test_a_failure_of_the_service_is_logged_without_what_was_sent(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> None:
        raise LookupError(f"about {SECRET}")

    monkeypatch.setattr("instance.web.endpoints.reports.read", fail)
    for number in range(20):
        answer = await running.send(f"batch-{number:02}")
        assert answer.error[:2] == (500, "service")
    assert 1 <= len(caplog.records) <= 3
    assert "LookupError" in caplog.text
    assert "/api/v1/reports" in caplog.text
    assert SECRET not in caplog.text


def test_a_flood_of_hostile_bodies_leaves_the_memory_as_it_was(serve: Callable[..., Process]):
    process = serve(MIRRORWISE_SECRET=SECRET)
    status = Path(f"/proc/{process.process.pid}/status")
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}

    async def flood(bodies: list[bytes]) -> set[int]:
        async with aiohttp.ClientSession(headers=headers) as client:

            async def send(body: bytes) -> int:
                async with client.post(f"{process.url}/api/v1/reports", data=body) as answer:
                    await answer.read()
                return answer.status

            return set(await asyncio.gather(*map(send, bodies)))

    hosts = [f"https://{number}.example" for number in range(1500)]
    bodies = [
        b"[" * 262_144,
        b'{"batch":"batch-01","reports":[' + b"[]," * 80_000 + b"[]]}",
        b'{"' + b"a" * 262_000 + b'":1}',
        orjson.dumps({"batch": "batch-01", "reports": [report(host=host) for host in hosts]}),
        b"0" * 400_000,
    ]

    def memory_kb() -> int:
        return int(status.read_text().split("VmRSS:")[1].split()[0])

    assert asyncio.run(flood(bodies)) <= {400, 413}
    before_kb = memory_kb()
    assert asyncio.run(flood(bodies * 20)) <= {400, 413}
    assert memory_kb() - before_kb < 100_000
