"""Mirrors that are killed in the middle of a copy or of making room, or whose disk is full."""

import asyncio
import json
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from instance.cli import main
from instance.mirror import client
from tests.instance.clock import CLOCK
from tests.instance.mirror.hls import made_up
from tests.instance.mirror.origin import Origin
from tests.instance.recommendations.peertube import uuid

VIDEOS = (1, 2, 3)
NEVER = 10**9
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate"}
WRITES = os.O_WRONLY | os.O_RDWR
# Its processes begin as copies of one that has imported everything.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__, "instance.commands.mirror"])


def victim(changes: int, words: Sequence[str]) -> None:
    """Run a command, and be killed before the n-th change of files, by an audit hook of Python."""
    left = changes

    def count(event: str, said: tuple[object, ...]) -> None:
        nonlocal left
        is_write = event == "open" and isinstance(said[2], int) and said[2] & WRITES
        if event in CHANGES or is_write:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    client.PAUSE_S = 0.0
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - it ends with the process
    sys.addaudithook(count)
    raise SystemExit(main(words, CLOCK))


def on_a_full_disk(most_bytes: int, words: Sequence[str]) -> None:
    """Run a command that can write no file of more than so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    client.PAUSE_S = 0.0
    raise SystemExit(main(words, CLOCK))


async def mirror(
    origin: Origin, folder: Path, room: int, changes: int = NEVER, bytes_: int = NEVER
) -> int | None:
    """Run the command; kill it before a change of files, or when so many bytes were sent.

    Returns its exit status, which is -9 when it was killed.
    """
    words = ["mirror", "--of", origin.url, "--into", f"{folder}", "--room", f"{room}", "--once"]
    process = PROCESSES.Process(target=victim, args=(changes, words))
    left = bytes_

    def sent(size: int) -> None:
        nonlocal left
        left -= size
        if left <= 0 and process.pid:
            # Not `process.kill`, which may read the exit status that `join` waits for.
            os.kill(process.pid, signal.SIGKILL)
            left = NEVER

    await asyncio.to_thread(process.start)
    origin.sent = sent
    await asyncio.to_thread(process.join)
    origin.sent = lambda _: None
    return process.exitcode


def wrong_files(folder: Path) -> list[str]:
    """Return what is served although it is not as its list of digests says, or is not there."""
    public = folder / "public"
    told = json.loads((public / "mirrorwise-mirror.json").read_text())["videos"]
    wrong = []
    for digests in public.rglob("*-segments-sha256.json"):
        for name, ranges in json.loads(digests.read_text()).items():
            bytes_ = (digests.parent / name).read_bytes()
            for span, digest in ranges.items():
                start, end = map(int, span.split("-"))
                if sha256(bytes_[start : end + 1]).hexdigest() != digest:
                    wrong.append(f"{name}: {span}")
    # A video file without a list of digests beside it could not be checked.
    listed = {path.parent for path in public.rglob("*-segments-sha256.json")}
    wrong += [f"{path}" for path in public.rglob("*.mp4") if path.parent not in listed]
    for name, files in told.items():
        (place,) = public.rglob(name)
        wrong += [f"{name}/{file}" for file in files if not (place / file).exists()]
    return wrong


def publish(origin: Origin, most_watched: Sequence[int] = VIDEOS) -> int:
    """Publish videos, some of which are watched most; return the room that two of them need."""
    size = 0
    for number in VIDEOS:
        hls = made_up(uuid(number), 6, 50_000)
        size = sum(map(len, hls.files.values()))
        origin.add(number, hls, views=10_000 if number in most_watched else 10)
    return 2 * size + 10_000


async def kill_copies(
    origin: Origin, folder: Path, sizes: Iterable[int], check: Callable[[], None]
) -> int:
    """Kill a mirror each time it has been sent so many bytes; return how often it was killed."""
    killed = 0
    publish(origin)
    for turn, size in enumerate(sizes):
        if turn % len(VIDEOS) == 0:
            # New files for all, so that there is something to copy.
            for number in VIDEOS:
                hls = made_up(uuid(number), 6, 50_000, seed=turn, version=turn)
                when = f"{2027 + turn}-01-01T00:00:00.000Z"
                origin.add(number, hls, updatedAt=when)
            (folder / "origin.json").unlink(missing_ok=True)
        killed += await mirror(origin, folder, 10**8, bytes_=size) == -9
        check()
    return killed


async def kill_evictions(
    origin: Origin, folder: Path, moments: Iterable[int], check: Callable[[], None]
) -> int:
    """Kill a mirror that makes room before a change of files; return how often it was killed."""
    killed = 0
    for turn, moment in enumerate(moments):
        left_out = VIDEOS[turn % len(VIDEOS)]
        room = publish(origin, [number for number in VIDEOS if number != left_out])
        if not (folder / "public").exists():
            await mirror(origin, folder, room)
        killed += await mirror(origin, folder, room, changes=moment) == -9
        check()
        await mirror(origin, folder, room)
        check()
    return killed
