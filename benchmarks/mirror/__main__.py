"""Measure a mirror of 10,000 videos, and kill mirrors: `python -m benchmarks.mirror`."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import machine
from benchmarks.tables import table
from instance.mirror.store import RECORD, VERSION
from tests.instance.mirror.hls import FOLDER, made_up
from tests.instance.mirror.kills import kill_copies, kill_evictions, wrong_files
from tests.instance.mirror.origin import Origin, serving
from tests.instance.recommendations.peertube import uuid

VIDEOS = 10_000
KILLS = 50
# Bytes that are copied to know what a byte costs.
COPIED = 400_000_000
MOMENTS = range(5, 40)
PAGE = """# A mirror of many videos

{machine}; other programs ran meanwhile: the load average was {load:.1f} before.

A folder that holds {videos:,} videos of seven files, and an instance that lists them all, both on
this machine; without the pauses between requests.

{runs}

- **MB**: the largest resident memory of the process. **CPU** includes its start.
- **pages**: pages of the list that were asked for, and how many of them were sent at all.
- **details**: videos that were asked for by name.

One video of {copied:.0f} MB was copied and checked in {copy_cpu_s:.1f} s of processor time:
{per_gb:.1f} s for a gigabyte.

## Kills

{kills}

- **wrong**: files that were visible after a kill, or after the run that followed, and had another
  sha256 than the list of digests beside them; or that the mirror's public list named and were not
  there.
- Copies are killed when the instance has sent a certain number of bytes, evictions before a certain
  change of files (a rename, a deletion, a file that is opened for writing).

Made by `python -m benchmarks.mirror`.
"""


class Run(NamedTuple):
    """One run of the command, and what the instance was asked for."""

    name: str
    mb: float
    cpu_s: float
    pages: int
    sent: int
    details: int


async def run(name: str, origin: Origin, folder: Path) -> Run:
    """Run the command once."""
    origin.asked.clear()
    words = ["mirror", "--of", origin.url, "--into", f"{folder}", "--room", "1TB", "--once"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.mirror.measured", *words),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode())
    used: dict[str, Any] = json.loads(said.splitlines()[-1])
    asked = origin.asked
    sent = asked["list"] - asked["unchanged"]
    return Run(name, used["mb"], used["cpu_s"], asked["list"], sent, asked["details"])


def fill(origin: Origin, folder: Path) -> None:
    """Publish many small videos, and put them into the folder as if they had been copied."""
    for number in range(VIDEOS):
        hls = made_up(uuid(number), 1, 10)
        origin.add(number, hls)
        place = folder / "public" / FOLDER / uuid(number)
        place.mkdir(parents=True)
        for name, bytes_ in hls.files.items():
            (place / name).write_bytes(bytes_)
        source = (origin.url, f"{FOLDER}/{uuid(number)}", hls.master, hls.digests)
        sizes = {name: len(bytes_) for name, bytes_ in hls.files.items()}
        record = {"version": VERSION, "source": source, "sizes": sizes}
        (place / RECORD).write_text(json.dumps(record))


async def many_videos(folder: Path) -> list[Run]:
    """Measure runs on a folder of many videos."""
    async with serving() as origin:
        fill(origin, folder)
        runs = [await run("first run, nothing known of the instance", origin, folder)]
        runs.append(await run("nothing has changed", origin, folder))
        origin.add(VIDEOS, made_up(uuid(VIDEOS), 1, 10))
        runs.append(await run("one new video", origin, folder))
        del origin.videos[uuid(77)]
        runs.append(await run("one video is gone", origin, folder))
    return runs


async def one_copy(folder: Path) -> Run:
    """Measure the copy of one large video."""
    async with serving() as origin:
        origin.add(1, made_up(uuid(1), 50, COPIED // 100))
        return await run("copy", origin, folder)


async def kills(
    name: str, kill: Callable[..., Any], folder: Path, when: list[int]
) -> tuple[str, ...]:
    """Kill mirrors; return a row of the table."""
    wrong: list[str] = []
    checks = 0

    def check() -> None:
        nonlocal checks
        checks += 1
        wrong.extend(wrong_files(folder))

    async with serving() as origin:
        killed = await kill(origin, folder, when, check)
    return name, f"{killed}", f"{checks}", f"{len(wrong)}"


async def measure() -> str:
    """Measure everything; return the page."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="mirrorwise-") as scratch:
        runs = await many_videos(Path(scratch, "many"))
        copied = await one_copy(Path(scratch, "one"))
        sizes = [20_000 + 17_000 * (turn % 35) for turn in range(KILLS)]
        moments = [MOMENTS[turn % len(MOMENTS)] for turn in range(KILLS)]
        rows = [
            await kills("in the middle of a copy", kill_copies, Path(scratch, "a"), sizes),
            await kills(
                "in the middle of making room", kill_evictions, Path(scratch, "b"), moments
            ),
        ]
    head = ("run", "MB", "CPU, s", "pages", "of them sent", "details")
    body = [
        (one.name, f"{one.mb:.0f}", f"{one.cpu_s:.1f}", f"{one.pages}", f"{one.sent}",
         f"{one.details}")
        for one in runs
    ]  # fmt: skip
    return PAGE.format(
        machine=machine(),
        load=load,
        videos=VIDEOS,
        runs=table(head, body),
        copied=COPIED / 1e6,
        copy_cpu_s=copied.cpu_s,
        per_gb=copied.cpu_s * 1e9 / COPIED,
        kills=table(("killed", "kills", "checks", "wrong"), rows),
    )


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m benchmarks.mirror", description=__doc__).parse_args()
    text = asyncio.run(measure())
    (Path(__file__).parent / "RESULTS.md").write_text(text)
    print(text)
