"""`mirrorwise mirror` as it is typed: exit statuses, output, and a process that serves."""

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from instance import cli
from tests.instance.clock import CLOCK
from tests.instance.mirror.hls import FOLDER, Hls, made_up
from tests.instance.mirror.kills import PROCESSES, on_a_full_disk
from tests.instance.mirror.origin import Origin, serving
from tests.instance.recommendations.peertube import uuid
from tests.instance.waiting import until

ROOT = Path(__file__).parents[3]


def words(origin: Origin, folder: Path, *more: str) -> list[str]:
    """Return the words of a command that copies once."""
    known = ["--of", origin.url, "--into", f"{folder}", "--room", "10MB", "--once"]
    return ["mirror", *known, *more]


async def typed(*said: str) -> int:
    """Type a command; return its exit status."""
    return await asyncio.to_thread(cli.main, said, CLOCK)


async def test_exit_statuses_tell_a_timer_what_to_do(
    origin: Origin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "mirror"
    origin.add(1, made_up(uuid(1)))
    assert await typed(*words(origin, folder)) == 0
    out, error = capsys.readouterr()
    assert f"serves: {uuid(1)}" in out
    # It is no instance's command: no state folder is looked for, or made.
    assert error == ""
    wrong = made_up(uuid(2))
    wrong.files[wrong.digests] = b"{}"
    origin.add(2, wrong)
    assert await typed(*words(origin, folder)) == 1
    assert "have no digest" in capsys.readouterr().out
    # It was told once; until something changes the mirror is what it can be.
    assert await typed(*words(origin, folder)) == 0
    assert await typed("mirror", "--into", f"{folder}") == 2
    async with serving() as other:
        assert await typed(*words(other, folder)) == 5
        gone = words(other, tmp_path / "other")
    assert await typed(*gone) == 3
    assert "the next run goes on" in capsys.readouterr().err


async def test_a_full_disk_is_said_and_nothing_is_lost(
    origin: Origin, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    folder = tmp_path / "mirror"
    hls = made_up(uuid(1), 8)
    origin.add(1, hls)
    process = PROCESSES.Process(target=on_a_full_disk, args=(100_000, words(origin, folder)))
    await asyncio.to_thread(process.start)
    await asyncio.to_thread(process.join)
    assert process.exitcode == 4
    assert "make room" in capfd.readouterr().err
    assert [*(folder / "public").rglob("*.mp4")] == []
    origin.asked_ranges.clear()
    assert await typed(*words(origin, folder)) == 0
    assert len([*(folder / "public").rglob("*.mp4")]) == 2
    # What had come was not copied again.
    starts = [span for path, span in origin.asked_ranges if path.endswith("240-fragmented.mp4")]
    assert any(not span.startswith("bytes=0-") for span in starts)


async def test_progress_and_status(
    origin: Origin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "mirror"
    assert await typed("mirror", "status", "--into", f"{folder}") == 2
    for number in (1, 2):
        origin.add(number, made_up(uuid(number)))
    await typed(*words(origin, folder, "--rate", "50MB", "--only", uuid(1), uuid(2)))
    capsys.readouterr()
    assert await typed("mirror", "status", "--into", f"{folder}", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["running"], said["videos"], said["listed"]) == (False, 2, 2)
    assert said["bytes"] == sum(map(len, origin.files.values()))
    assert said["of"] == origin.url
    assert await typed("mirror", "status", "--into", f"{folder}") == 0
    text = capsys.readouterr().out
    assert "Does not run" in text
    assert "2 of 2 videos" in text


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["--of", "http://video.example", "--room", "1GB"], "write https://"),
        (["--of", "https://video.example", "--room", "5"], "at least 1MB"),
        (["--of", "https://video.example"], "how much room"),
        (["--of", "https://a.example", "--room", "1GB", "--once", "--serve"], "leave one out"),
        (["--of", "https://a.example", "--room", "1GB", "--serve", "nowhere"], "an address such"),
        (["--of", "https://a.example", "--room", "1GB", "--serve", "127.0.0.1:99999"], "such as"),
        (["--of", "https://a.example", "--room", "1GB", "--storage", "x"], "--storage"),
        (["--of", "https://a.example", "--room", "1GB", "--only", "../x", "--once"], "--only"),
    ],
)
async def test_wrong_options_are_refused_with_what_to_write(
    said: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "mirror"
    assert await typed("mirror", "--into", f"{folder}", *said) == 2
    assert reason in capsys.readouterr().err
    assert not (folder / "public").exists()


@pytest.mark.parametrize("said", [("--room", "much"), ("--hours", "25-3"), ("--hours", "3-3")])
def test_wrong_amounts_are_refused(said: tuple[str, str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["mirror", "--into", "x", *said], CLOCK)
    assert "write" in capsys.readouterr().err


async def test_a_process_that_serves_follows_its_origin(origin: Origin, tmp_path: Path, film: Hls):
    folder = tmp_path / "mirror"
    origin.add(1, film)
    run = words(origin, folder, "--serve", "127.0.0.1:0")
    run.remove("--once")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.instance.at", *run),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        found = re.search(rb"listens on (\S+)", await process.stdout.readline())
        assert found
        url = found[1].decode()
        async with aiohttp.ClientSession() as client:

            async def is_served() -> bool:
                async with client.get(f"{url}/{FOLDER}/{uuid(1)}/{film.master}") as answer:
                    return answer.status == 200

            await until(is_served)
            file = next(name for name in film.files if name.endswith("180-fragmented.mp4"))
            async with client.get(
                f"{url}/{FOLDER}/{uuid(1)}/{file}", headers={"Range": "bytes=100-199"}
            ) as answer:
                assert await answer.read() == film.files[file][100:200]

            async def is_counted() -> bool:
                said = json.loads((folder / "status.json").read_text())
                return bool(said["videos"] == 1 and said["served"]["bytes"] >= 100)

            await until(is_counted)
        assert await typed("mirror", "status", "--into", f"{folder}") == 0
        assert await typed(*words(origin, folder)) == 5
    finally:
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
