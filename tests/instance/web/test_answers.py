"""Answers of the service: priors, the operator's report, metrics, and pages."""

import asyncio
import csv
import io
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from instance.commands import simulate
from instance.commands.storage import journal
from instance.hosts.report import Choice, quality_report
from instance.hosts.simulation import PATHS as MIRRORS
from instance.settings import Settings
from instance.web.app import PATHS
from selector.telemetry import Report
from tests.instance.clock import NOW, at_now, day
from tests.instance.service import HOST, Running, Start, report
from tests.instance.waiting import until

PRIORS = "/api/v1/priors?connection=1&zone=4&hours=2&hosts="


async def folded(running: Running) -> None:
    """Wait until everything accepted has been counted."""

    async def counted() -> bool:
        return (await running.service.journal.health()).backlog == 0

    await until(counted)


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the reports of the month before `NOW`."""
    folder = tmp_path_factory.mktemp("month")

    async def fill() -> None:
        async with journal(Settings(state_dir=folder)) as opened:
            until = NOW.date() - timedelta(days=1)
            await simulate.fill(opened, viewers=300, seed=1, until=until)

    asyncio.run(fill())
    return folder


@pytest.fixture
async def month(start: Start, state_dir: Path) -> Running:
    """Return a service that has taken in the reports of a month."""
    return await start(state_dir=state_dir)


@at_now
async def test_the_fleet_warns_of_a_host_that_served_it_badly(month: Running):
    near, slow = "https://near.example", "https://slow.example"
    answer = await month.ask("GET", f"{PRIORS}{near},{slow},https://new.example")
    assert set(answer.json["priors"]) == {near, slow}
    assert answer.json["priors"][near]["rate_mbps"] > answer.json["priors"][slow]["rate_mbps"]
    assert answer.json["shares"][near] > 0.5
    assert answer.json["shares"][slow] == 0
    assert sum(answer.json["shares"].values()) == pytest.approx(1.0)
    assert set(answer.json["served"]) == {"ttfb", "rate", "error"}


async def test_priors_that_have_not_changed_are_not_sent_again(running: Running):
    first = await running.ask("GET", PRIORS + HOST)
    assert first.status == 200
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = await running.ask(
        "GET", PRIORS + HOST, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    weak = await running.ask(
        "GET", PRIORS + HOST, headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'}
    )
    assert weak.status == 304
    other = await running.ask("GET", PRIORS + HOST, headers={"If-None-Match": '"another"'})
    assert other.body == first.body


@at_now
async def test_days_beyond_the_retention_are_reported_when_they_are_asked_for(
    start: Start, state_dir: Path, tmp_path: Path
):
    shutil.copytree(state_dir, tmp_path / "copy")
    running = await start(state_dir=tmp_path / "copy", retention_days=7)
    view = f"/report.json?since={day(-20)}&until={day(-15)}"
    said = (await running.ask("GET", view)).json
    assert [each["day"] for each in said["days"]] == [day(n) for n in range(-20, -14)]
    assert (await running.ask("GET", view)).json == said
    assert 0 < said["reports"] < (await running.ask("GET", "/report.json")).json["reports"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (PRIORS, "hosts[0]"),
        (PRIORS + "ftp://a.example", "hosts[0]"),
        (PRIORS + ",".join([HOST] * 34), "hosts"),
        ("/api/v1/priors?hosts=https://a.example&connection=9&zone=4&hours=2", "connection"),
        ("/api/v1/priors?hosts=https://a.example&connection=1&zone=4", "hours"),
        (PRIORS + HOST + "&video=1", "video"),
        (PRIORS + HOST + "&zone=4", "query"),
        ("/report.json?since=2026-02-30", "since"),
        ("/report.json?until=0001-01-01", "until"),
        ("/report.json?since=2026-05-14&until=2026-05-13", "since"),
        ("/report.json?connection=pigeon", "connection"),
        ("/report.csv?zone=-1", "zone"),
    ],
)
async def test_a_wrong_query_is_refused_by_field(running: Running, path: str, field: str):
    assert (await running.ask("GET", path)).error[:2] == (400, field)


async def test_without_a_database_there_are_no_figures_but_an_answer(
    start: Start, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("away")
    running = await start(database=f"sqlite:{folder}/later/mirrorwise.db")
    for path in (PRIORS + HOST, "/report.json", "/report.csv"):
        answer = await running.ask("GET", path)
        assert answer.error[:2] == (503, "database")
        assert answer.headers["Retry-After"]
    assert "\nmirrorwise_up 0\n" in (await running.ask("GET", "/metrics")).body.decode()


@at_now
async def test_the_report_and_its_table_say_the_same(month: Running):
    said = (await month.ask("GET", "/report.json")).json
    assert {host["host"] for host in said["hosts"]} == set(MIRRORS)
    assert said["reports"] == sum(host["reports"] for host in said["hosts"])
    assert len(said["days"]) == 30
    answer = await month.ask("GET", "/report.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert sum(int(row["reports"]) for row in rows) == said["reports"]
    flat = [host for one in said["days"] for host in one["hosts"]]
    assert [row["host"] for row in rows] == [host["host"] for host in flat]


@at_now
async def test_priors_take_the_name_of_a_connection_as_the_report_does(month: Running):
    by_number = await month.ask("GET", PRIORS + "https://near.example")
    named = PRIORS.replace("connection=1", "connection=wired")
    assert (await month.ask("GET", named + "https://near.example")).json == by_number.json


async def test_a_report_can_be_narrowed_to_days_connection_and_region(month: Running):
    whole = (await month.ask("GET", "/report.json")).json
    parts = [
        (await month.ask("GET", f"/report.json?connection={name}")).json["reports"]
        for name in ("unknown", "wired", "wifi", "cellular")
    ]
    assert sum(parts) == whole["reports"]
    asia = (await month.ask("GET", f"/report.json?zone=6&since={day(-7)}")).json
    assert asia["choice"] == {"since": day(-7), "until": day(1), "connection": None, "zone": 6}
    assert 0 < asia["reports"] < whole["reports"]
    assert len(asia["days"]) == 7


@at_now
async def test_parts_of_the_time_hold_every_report_once_and_turns_those_since(month: Running):
    said = (await month.ask("GET", "/report.json")).json

    def reports(span: dict[str, Any]) -> int:
        return sum(host["reports"] for host in span["hosts"])

    assert [(part["since"], part["until"]) for part in said["periods"]] == [
        (day(n), day(n + 5)) for n in range(-30, 0, 6)
    ]
    assert sum(map(reports, said["periods"])) == said["reports"]
    turned = {alarm["day"] for alarm in said["alarms"] if alarm["worse"]}
    assert [turn["since"] for turn in said["turns"]] == sorted(turned)
    for turn in said["turns"]:
        since = (await month.ask("GET", f"/report.json?since={turn['since']}")).json
        assert turn["hosts"] == since["hosts"]


@at_now
async def test_viewers_who_learn_are_seen_to_wait_less(month: Running):
    ttfb, _ = (await month.ask("GET", "/report.json")).json["gains"]
    assert ttfb["question"] == "ttfb"
    assert ttfb["verdict"] in ("less", "cannot tell")
    assert ttfb["learned"] > 10 * ttfb["control"] > 0


@at_now
async def test_no_gain_is_claimed_for_errors_and_the_report_says_why(month: Running):
    said = (await month.ask("GET", "/report.json")).json
    assert [gain["question"] for gain in said["gains"]] == ["ttfb", "rate"]
    assert "any of its fetches failed" in said["not_compared"]["error"]


def test_liars_move_a_figure_no_further_than_their_number_allows():
    honest = [(Report(**report(ttfb=bucket)), 125) for bucket in range(8)]
    liars = [(Report(**report(ttfb=7)), 50)]
    told, moved = (
        quality_report(counted, Choice.of(NOW.date()), (), None).hosts[0].ttfb_histogram[7]
        for counted in (honest, honest + liars)
    )
    # Each answer weighs 1/(n·c), with c = .444 for eight answers at ε = 2.
    assert abs(moved[0] - told[0]) <= 50 / (1050 * 0.444)


async def test_every_endpoint_is_counted(running: Running):
    assert {endpoint.path for endpoint in running.service.endpoints} | {"other"} == set(PATHS)


async def test_metrics_count_requests_and_reports_and_name_no_viewer(running: Running):
    await running.send("batch-01", report(), report(zone=3))
    await running.send("batch-02", report(ttfb=9))
    await running.ask("GET", "/never/heard/of")
    await folded(running)
    said = (await running.ask("GET", "/metrics")).body.decode()
    assert 'mirrorwise_requests_total{path="/api/v1/reports",status="2xx"} 1' in said
    assert 'mirrorwise_requests_total{path="/api/v1/reports",status="4xx"} 1' in said
    assert 'mirrorwise_requests_total{path="other",status="4xx"} 1' in said
    assert "mirrorwise_batch_seconds_count 1" in said
    assert "mirrorwise_backlog 0" in said
    assert "127.0.0.1" not in said


async def test_the_page_is_served_from_its_build_and_from_nowhere_else(
    start: Start, tmp_path: Path
):
    build = tmp_path / "report"
    build.mkdir()
    (build / "index.html").write_text("<h1>Report</h1>")
    (build / "page.js").write_text("1")
    running = await start(report_dir=build)
    first = await running.ask("GET", "/")
    assert (first.status, first.headers["Location"]) == (307, "report/")
    moved = await running.ask("GET", "/report")
    assert (moved.status, moved.headers["Location"]) == (308, "report/")
    page = await running.ask("GET", "/report/")
    assert (page.status, page.body) == (200, b"<h1>Report</h1>")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert (await running.ask("GET", "/report/page.js")).body == b"1"
    for outside in ("../mirrorwise.db", "..%2fmirrorwise.db", "%2e%2e/mirrorwise.db"):
        assert (await running.ask("GET", f"/report/{outside}")).status in (403, 404)


async def test_without_a_build_the_page_says_how_to_get_one(start: Start, tmp_path: Path):
    running = await start(report_dir=tmp_path / "none")
    assert b"MIRRORWISE_REPORT_DIR" in (await running.ask("GET", "/report/")).body
