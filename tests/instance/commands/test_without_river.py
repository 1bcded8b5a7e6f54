"""A service without River: all but recommendations works, and who asks for those is told why.

`script/test release` runs the service in an environment that really lacks it.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from instance.commands.storage import journal
from instance.journal import WATCHES, Change, States
from instance.journal import State as Stored
from instance.recommendations.journal_records import Play, Put, Record, entries
from instance.recommendations.public_video import parse
from instance.settings import Settings
from tests.instance.clock import AT_NOW
from tests.instance.commands.conftest import Run
from tests.instance.recommendations import events
from tests.instance.recommendations.peertube import video
from tests.instance.service import ADMIN_TOKEN, Answer, Start, environment

PEERTUBE = "https://video.example"
TOLD = "River is not installed, which recommendations need"


@pytest.fixture(autouse=True)
def no_river(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python find no River, as where it is not installed."""
    monkeypatch.setitem(sys.modules, "river", None)


def keep(state_dir: Path, records: list[Record], base: bytes = b"", head: bytes = b"") -> None:
    """Fill the state with what an instance that recommends has in its journal."""

    async def fill() -> None:
        async with journal(Settings(state_dir=state_dir)) as opened:
            await opened.append(entries(records, AT_NOW.now_s()))
            change = Change(base=Stored(0, base), head=Stored(1, head))
            if base or head:
                assert await opened.replace_states(WATCHES, change, States())

    asyncio.run(fill())


def put() -> Put:
    known = parse(video(1))
    assert known
    return Put(known)


def play() -> Play:
    return Play(events.token(3), str(video(1)["uuid"]), 1, 2.0, AT_NOW.now_s())


@pytest.fixture
def crawled(tmp_path: Path) -> None:
    keep(tmp_path, [put()], head=b"of a model")


@pytest.fixture
def watched(tmp_path: Path) -> None:
    keep(tmp_path, [put(), play()])


async def test_reports_are_taken_in_and_recommendations_say_what_is_missing(
    start: Start, caplog: pytest.LogCaptureFixture
):
    running = await start(peertube_url=PEERTUBE)

    def told(answer: Answer) -> bool:
        status, field, reason = answer.error
        return (status, field) == (503, "recommendations") and TOLD in reason

    assert (await running.send("batch-000001")).status == 200
    assert (await running.ask("GET", "/report.json", ADMIN_TOKEN)).status == 200
    assert told(await running.ask("GET", "/api/v1/recommendations/videos?strategy=fresh"))
    assert told(await running.ask("GET", "/api/v1/recommendations/neighbours"))
    assert told(await running.ask("GET", "/api/v1/operator/graph", ADMIN_TOKEN))
    assert told(await events.send(running, events.event(1, 1)))
    assert not caplog.messages


@pytest.mark.parametrize(
    ("records", "base"),
    [([put(), play()], b""), ([put()] * 4000 + [play()], b""), ([put()], b"of")],
)
def test_an_instance_that_keeps_watch_events_is_not_served_without_what_deletes_them(
    run: Run, tmp_path: Path, records: list[Record], base: bytes
):
    keep(tmp_path, records, base)
    status, _, error = run("serve")
    assert status == 2
    assert f"this instance keeps watch events; {TOLD}" in error
    for url in ("", PEERTUBE):
        status, out, _ = run("doctor", PEERTUBE_URL=url)
        assert status == 1
        assert f"MEND  recommender: this instance keeps watch events; {TOLD}" in out


@pytest.mark.usefixtures("crawled")
def test_serve_says_at_its_start_that_it_does_not_recommend(tmp_path: Path):
    code = "import sys, runpy; sys.modules['river'] = None; sys.argv[1:] = ['serve']; "
    code += "runpy.run_module('tests.instance.at', run_name='__main__')"
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code],
        env=environment(tmp_path, MIRRORWISE_PEERTUBE_URL=PEERTUBE),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert "listens on" in process.stdout.readline()
        assert f"Without recommendations: {TOLD}" in process.stdout.readline()
        process.terminate()


@pytest.mark.usefixtures("watched")
def test_nothing_is_said_to_be_forgotten_or_right_that_was_not_looked_at(run: Run):
    status, out, error = run("forget", "viewer", events.token(3))
    assert (status, out) == (2, "")
    assert TOLD in error
    status, out, _ = run("rebuild")
    assert status == 0
    assert f"The model was not looked at: {TOLD}" in out


@pytest.mark.usefixtures("crawled")
def test_doctor_says_that_recommendations_are_off(run: Run):
    assert f"ok    recommender: off; {TOLD}" in run("doctor", PEERTUBE_URL=PEERTUBE)[1]
