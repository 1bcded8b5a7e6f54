"""The command line for the recommender: forget, verify, rebuild and doctor."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from instance import cli
from instance.commands.storage import journal
from instance.journal import WATCHES, Change, State
from instance.recommendations.journal_records import Play, Put, entries
from instance.recommendations.pseudonyms import pseudonyms
from instance.recommendations.public_video import parse
from instance.recommendations.replica import Replica
from instance.settings import Settings
from tests.instance.clock import AT_NOW, VARIABLE
from tests.instance.recommendations.events import token
from tests.instance.recommendations.peertube import uuid, video

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of an instance whose viewers 0 to 4 have watched videos 0 to 2."""
    here = Settings(state_dir=tmp_path)
    names = pseudonyms(here)
    videos = [Put(each) for number in range(4) if (each := parse(video(number)))]
    plays = [
        Play(names.of(token(viewer)), uuid(number), 1, 2.0, AT_NOW.now_s())
        for viewer in range(5)
        for number in range(3)
    ]

    async def fill() -> None:
        async with journal(here) as opened:
            await opened.append(entries([*videos, *plays], AT_NOW.now_s()))
            replica = Replica(opened, 90, AT_NOW)
            await replica.follow()
            await replica.save()

    asyncio.run(fill())
    return here


@pytest.fixture
def run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Return what runs one command, and returns status and both outputs."""
    monkeypatch.setenv("MIRRORWISE_STATE_DIR", str(settings.state_dir))
    monkeypatch.delenv(VARIABLE, raising=False)

    def begin(*words: str) -> tuple[int, str, str]:
        status = cli.main(words, AT_NOW)
        return status, *capsys.readouterr()

    return begin


def test_a_viewer_is_forgotten_by_token_and_the_receipt_can_be_verified(
    run: Run, settings: Settings, tmp_path: Path
):
    status, said, _ = run("forget", "viewer", token(3))
    receipt = json.loads(said)
    assert (status, receipt["plays"], receipt["viewers"]) == (0, 3, 1)
    file = tmp_path / "receipt.json"
    file.write_text(said)
    assert run("forget", "--verify", str(file))[:2] == (0, "This instance gave that receipt.\n")
    file.write_text(json.dumps(receipt | {"plays": 4}))
    assert run("forget", "--verify", str(file))[0] == 1
    name = pseudonyms(settings).of(token(3)).encode()
    for stored in tmp_path.glob("mirrorwise.db*"):
        assert name not in stored.read_bytes()
    assert run("rebuild")[0] == 0


def test_a_video_and_a_source_can_be_forgotten(run: Run):
    assert json.loads(run("forget", "video", uuid(1))[1])["plays"] == 5
    assert json.loads(run("forget", "source", "https://sister.example")[1])["plays"] == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["viewer"], "forget viewer: write the viewer's token"),
        (["viewer", "short"], "forget viewer: write the viewer's token"),
        (["video", "1"], "forget video: write the video's UUID"),
        (["source", "sister.example"], "forget source: write an origin"),
        (["--verify", "/dev/null"], "--verify /dev/null: is no receipt"),
    ],
)
def test_what_cannot_be_forgotten_is_refused(run: Run, words: list[str], told: str):
    status, _, error = run("forget", *words)
    assert status == 2
    assert told in error


def test_a_damaged_model_is_named_and_rebuilt(run: Run, settings: Settings):
    right = run("rebuild")
    assert right[0] == 0
    assert "The model is right." in right[1]

    async def damage() -> None:
        async with journal(settings) as opened:
            states = await opened.states(WATCHES)
            broken = State(states.head.position, states.head.snapshot[:-1])
            await opened.replace_states(WATCHES, Change(head=broken), states)

    asyncio.run(damage())
    status, _, error = run("forget", "viewer", token(1))
    assert status == 2
    assert "run `mirrorwise rebuild`" in error
    status, said, _ = run("rebuild")
    assert (status, "cannot be read" in said) == (1, True)
    assert run("rebuild")[0] == 0


def test_the_key_of_pseudonyms_is_the_owners_alone(settings: Settings):
    assert (settings.state_dir / "viewer-key").stat().st_mode & 0o077 == 0


def test_doctor_says_what_the_recommender_lacks(run: Run, monkeypatch: pytest.MonkeyPatch):
    _, said, _ = run("doctor")
    assert "recommender: off; set MIRRORWISE_PEERTUBE_URL" in said
    monkeypatch.setenv("MIRRORWISE_PEERTUBE_URL", "http://127.0.0.1:9")
    status, said, _ = run("doctor")
    assert status == 1
    assert "MEND  recommender: http://127.0.0.1:9/api/v1/videos does not list videos" in said
