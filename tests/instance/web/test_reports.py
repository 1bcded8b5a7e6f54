"""Intake of reports: what is accepted, what is refused, and with which message."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from selector.telemetry import Context, Diary, Terms
from tests.instance.clock import CLOCK, at_now, day
from tests.instance.service import SECRET, Running, Start, report
from tests.selector.telemetry.days import FETCH


async def test_a_batch_is_stored_and_then_acknowledged(running: Running):
    answer = await running.send("batch-01", report(), report(ttfb=None, error=1))
    assert (answer.status, answer.json) == (200, {"accepted": 2})
    assert await running.stored() == 2


async def test_a_batch_that_is_sent_again_is_acknowledged_and_counted_once(running: Running):
    for _ in range(3):
        assert (await running.send("batch-01")).status == 200
    assert await running.stored() == 1


async def test_equal_reports_are_stored_equal_however_they_were_written(running: Running):
    await running.send("batch-01", report(epsilon=2, rate=None), dict(reversed(report().items())))
    (entry,) = await running.service.journal.read()
    first, second = entry.entry.payload.splitlines()
    assert first == second


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"ttfb": 8}, "reports[0].ttfb", "must be less than or equal to 7"),
        ({"ttfb": "3"}, "reports[0].ttfb", "must be a whole number"),
        ({"ttfb": True}, "reports[0].ttfb", "must be a whole number"),
        ({"ttfb": None}, "reports[0]", "must answer exactly one of ttfb, rate, error"),
        ({"rate": 1}, "reports[0]", "must answer exactly one of ttfb, rate, error"),
        ({"control": 2}, "reports[0].control", "must be less than or equal to 1"),
        ({"epsilon": 80}, "reports[0].epsilon", "must be less than or equal to 8"),
        ({"day": "14 May"}, "reports[0].day", "must be a day such as 2026-05-14"),
        ({"day": day(2)}, "reports[].day", "is more than a day from the service's"),
        ({"day": day(-2)}, "reports[].day", "is more than a day from the service's"),
        (
            {"host": "https://mirror.example/videos/1"},
            "reports[0].host",
            "must be an origin such as https://mirror.example",
        ),
        ({"viewer": "alice"}, "reports[0].viewer", "is not a field of this message"),
        ({"v" * 500: 1}, f"reports[0].{'v' * 40}", "is not a field of this message"),
    ],
)
@at_now
async def test_a_wrong_field_is_named_and_nothing_of_its_batch_is_stored(
    running: Running, changes: dict[str, object], field: str, reason: str
):
    status, named, why = (await running.send("batch-01", report(), report() | changes)).error
    assert (status, named.replace("[1]", "[0]")) == (400, field)
    assert reason in why
    assert await running.stored() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b'"\xff"', "body"),
        (b'{"batch": "batch-01"}', "reports"),
        (b'{"batch": "batch-01", "reports": []}', "reports"),
        (b'{"batch": "../../etc", "reports": [{}]}', "batch"),
        (b"[" * 100_000 + b"]" * 100_000, "body"),
        (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, "body"),
    ],
)
async def test_a_body_that_is_no_batch_is_refused(running: Running, body: bytes, field: str):
    headers = {"Content-Type": "application/json"}
    answer = await running.ask("POST", "/api/v1/reports", SECRET, data=body, headers=headers)
    assert answer.error[:2] == (400, field)


async def test_a_body_too_large_is_refused_whether_announced_or_not(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    # The service reads on after the refusal until all has come, however long that takes.
    monkeypatch.setattr("instance.web.connection.LINGER_S", 600.0)
    running = await start()

    async def drip() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 10_000

    headers = {"Content-Type": "application/json"}
    for data in (b" " * 300_000, drip()):
        answer = await running.ask("POST", "/api/v1/reports", SECRET, data=data, headers=headers)
        assert answer.error == (413, "body", "must be at most 262144 bytes")


async def test_a_compressed_body_is_not_unpacked(running: Running):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await running.ask("POST", "/api/v1/reports", SECRET, data=b"x", headers=headers)
    assert answer.error[:2] == (415, "content-type")


async def test_a_liar_cannot_make_the_service_remember_more_hosts_than_allowed(start: Start):
    running = await start(max_hosts=5)
    answers = [
        await running.send(f"batch-{number:02}", report(host=f"https://{number}.example"))
        for number in range(20)
    ]
    assert [answer.status for answer in answers] == [200] * 5 + [400] * 15
    assert await running.stored() == 5
    assert (await running.send("batch-again", report(host="https://3.example"))).status == 200


async def test_a_liar_cannot_choose_the_weight_of_a_report(start: Start):
    running = await start(epsilon="3", hosts_per_day=3)
    for number, right in enumerate((3, 3.0, 1.5, 1.0)):
        assert (await running.send(f"batch-{number:02}", report(epsilon=right))).status == 200
    for wrong in (8.0, 2.0, 0.75, 3.0000001):
        answer = await running.send("batch-liar", report(epsilon=3.0), report(epsilon=wrong))
        status, field, reason = answer.error
        assert (status, field) == (400, "reports[].epsilon")
        assert "is not among 3.0, 1.5, 1.0" in reason
    assert await running.stored() == 4


async def test_the_plugin_may_state_the_terms_that_its_players_were_told(running: Running):
    stated = {"epsilon": 3, "hosts": 2, "control": 0.1}
    for number, right in enumerate((3.0, 1.5)):
        body = {"batch": f"batch-{number:02}", "terms": stated, "reports": [report(epsilon=right)]}
        assert (await running.ask("POST", "/api/v1/reports", SECRET, json=body)).status == 200
    body |= {"batch": "batch-liar", "reports": [report(epsilon=2.0)]}
    answer = await running.ask("POST", "/api/v1/reports", SECRET, json=body)
    assert answer.error[:2] == (400, "reports[].epsilon")
    assert "is not among 3.0, 1.5" in answer.error[2]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (None, "terms"),
        ({"epsilon": 80, "hosts": 1, "control": 0}, "terms.epsilon"),
        ({"epsilon": 2, "hosts": 5, "control": 0}, "terms.hosts"),
        ({"epsilon": 2, "hosts": 1, "control": 0.6}, "terms.control"),
        ({"epsilon": 2, "hosts": 1}, "terms.control"),
        ({"epsilon": 2, "hosts": 1, "control": 0, "viewer": 1}, "terms.viewer"),
    ],
)
async def test_terms_that_no_administrator_can_set_are_refused_by_field(
    running: Running, terms: object, field: str
):
    body = {"batch": "batch-01", "terms": terms, "reports": [report()]}
    answer = await running.ask("POST", "/api/v1/reports", SECRET, json=body)
    assert answer.error[:2] == (400, field)
    assert await running.stored() == 0


async def test_what_devices_tell_on_the_terms_handed_out_is_taken(start: Start):
    running = await start(epsilon="1.7", hosts_per_day=3)
    asked = "/api/v1/priors?connection=1&zone=4&hours=2&hosts=https://a.example"
    terms = Terms.from_json((await running.ask("GET", asked)).json["terms"], "terms")
    diary, now_s = Diary("5f" * 16), CLOCK.now_s()
    for name in "abc":
        diary.observe(FETCH._replace(host=f"https://{name}.example", now_s=now_s), public=True)
    lines = diary.tell(now_s, Context(1, 4, 2), terms)
    answer = await running.send("batch-01", *(line.report.to_json() for line in lines))
    assert (answer.status, answer.json) == (200, {"accepted": 3})


async def test_only_the_hosts_that_are_set_may_be_named(start: Start):
    running = await start(hosts="https://a.example, https://b.example/")
    assert (await running.send("batch-01", report(host="https://b.example"))).status == 200
    status, field, reason = (await running.send("batch-02", report())).error
    assert (status, field) == (400, "reports[].host")
    assert "MIRRORWISE_HOSTS" in reason


async def test_many_batches_at_once_are_all_stored(running: Running):
    answers = await asyncio.gather(*(running.send(f"batch-{n:04}") for n in range(200)))
    assert {answer.status for answer in answers} == {200}
    assert await running.stored() == 200


async def test_a_store_that_is_down_is_told_and_is_used_again_when_it_is_back(
    start: Start, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("away")
    running = await start(database=f"sqlite:{folder / 'later' / 'mirrorwise.db'}")
    down = await running.send("batch-01")
    assert down.error[:2] == (503, "database")
    assert int(down.headers["Retry-After"]) > 0
    assert (await running.ask("GET", "/health")).status == 503
    (folder / "later").mkdir()
    assert (await running.send("batch-01")).status == 200
    assert (await running.ask("GET", "/health")).json["status"] == "ok"
    assert await running.stored() == 1


async def test_an_address_outvotes_nobody_and_a_batch_sent_again_takes_no_second_share(
    running: Running,
):
    lies = [report(ttfb=7, **{"from": "a" * 11}) for _ in range(20)]
    assert (await running.send("batch-01", *lies)).json == {"accepted": 5}
    assert (await running.send("batch-01", *lies)).json == {"accepted": 0}
    assert (await running.send("batch-02", *lies)).json == {"accepted": 0}
    assert await running.stored() == 5
    elsewhere = [report(host="https://b.example", **{"from": "a" * 11}) for _ in range(4)]
    assert (await running.send("batch-03", *elsewhere)).json == {"accepted": 4}
    body = {"batch": "batch-04", "share": 7, "reports": [report(**{"from": "b" * 11})] * 9}
    assert (await running.ask("POST", "/api/v1/reports", SECRET, json=body)).json["accepted"] == 7
    entries = await running.service.journal.read(limit=100)
    assert not any(b"aaaaaaaaaaa" in each.entry.payload for each in entries)
    for wrong in ("a", "a" * 12, "!" * 11, 7):
        answer = await running.send("batch-05", report(**{"from": wrong}))
        assert answer.error[:2] == (400, "reports[0].from")


async def test_the_same_name_with_other_content_is_another_batch(running: Running):
    await running.send("batch-01", report(ttfb=1))
    await running.send("batch-01", report(ttfb=2))
    await running.send("batch-01", report(ttfb=1))
    assert await running.stored() == 2
