"""`mirrorwise mirror`: copy an instance's public videos, and serve them; needs no instance."""

import argparse
import asyncio
import json
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from enum import IntEnum
from pathlib import Path

from ..clock import Clock
from ..mirror.amounts import Hours, hours, number_of_bytes
from ..mirror.client import Client
from ..mirror.errors import DiskFull, FolderTaken, Unanswered
from ..mirror.mirror import Mirror
from ..mirror.options import Options, origin, wanted
from ..mirror.progress import Progress, as_text, status
from ..mirror.serving import app, limits
from ..mirror.store import Store
from ..repeating import Step, repeating
from ..settings import Settings, SettingsError
from ..web.server import address, listen, serving

ADDRESS = "127.0.0.1:9860"
ROUND_S = 900.0
COPY_S = 30.0
STORE_S = 5.0
RETRY_S = 60.0
LEAST_ROOM = 10**6
EXPECTED = (Unanswered, DiskFull)


class Exit(IntEnum):
    """Exit statuses, for a timer; `docs/mirrors.md` lists them."""

    DONE = 0
    SOME_FAILED = 1
    WRONG_OPTION = 2
    ORIGIN_AWAY = 3
    DISK = 4
    FOLDER_TAKEN = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to mirror, where to, how much, and when."""
    add = parser.add_argument
    add("action", nargs="?", choices=["status"], help="say what the mirror in --into does")
    add("--of", metavar="URL", help="the instance, such as https://video.example")
    add("--into", type=Path, required=True, metavar="FOLDER", help="where the files go")
    add("--room", type=number_of_bytes, metavar="BYTES", help="at most so much, such as 200GB")
    add("--only", nargs="+", action="extend", default=[], metavar="WHAT",
        help="channel:NAME, playlist:UUID or UUIDs of videos; without it all videos")  # fmt: skip
    add("--rate", type=number_of_bytes, metavar="BYTES", help="at most so much a second, as 2MB")
    add("--hours", type=hours, metavar="FROM-TO", help="copy in these hours of the day, as 1-6")
    add("--storage", nargs="+", action="extend", default=[], metavar="URL",
        help="where the instance keeps its files, if elsewhere (object storage)")  # fmt: skip
    add("--serve", nargs="?", const=ADDRESS, metavar="ADDRESS",
        help=f"serve the files by itself, at {ADDRESS} or elsewhere")  # fmt: skip
    add("--once", action="store_true", help="end when everything is copied, for a timer")
    add("--json", action="store_true", help="of status: print JSON")


def run(options: argparse.Namespace, clock: Clock) -> int:
    """Mirror, or say how it goes."""
    if options.action == "status":
        return _show(options)
    chosen = _chosen(options)
    sock, settings = _listening(options.serve) if options.serve else (None, None)
    try:
        return asyncio.run(_work(chosen, clock, options.once, sock, settings))
    except FolderTaken as error:
        print(error, file=sys.stderr)
        return Exit.FOLDER_TAKEN
    except Unanswered as error:
        print(f"{error}; what was copied stays, and the next run goes on", file=sys.stderr)
        return Exit.ORIGIN_AWAY
    except (DiskFull, OSError) as error:
        print(f"{error}; make room, or give less with --room", file=sys.stderr)
        return Exit.DISK


def _show(options: argparse.Namespace) -> int:
    said = status(options.into)
    if said is None:
        raise SettingsError(f"--into: {options.into} holds no mirror yet")
    print(json.dumps(said, indent=2) if options.json else as_text(said))
    return Exit.DONE


def _chosen(said: argparse.Namespace) -> Options:
    if not said.of or not said.room:
        raise SettingsError("--of and --room: say which instance, and how much room it may take")
    if said.room < LEAST_ROOM:
        raise SettingsError("--room: at least 1MB; write an amount such as 200GB")
    if said.once and said.serve:
        raise SettingsError("--once and --serve: what serves does not end; leave one out")
    wanted(tuple(said.only))
    return Options(
        origin(said.of, "--of"),
        said.into,
        said.room,
        tuple(said.only),
        tuple(origin(url, "--storage") for url in said.storage),
        said.rate,
        said.hours if isinstance(said.hours, Hours) else None,
    )


def _listening(text: str) -> tuple[socket.socket, Settings]:
    host, _, port = text.rpartition(":")
    try:
        settings = limits(host.strip("[]"), int(port))
        return listen(settings), settings
    except ValueError:
        raise SettingsError(f"--serve: {text}: write an address such as {ADDRESS}") from None
    except OSError as error:
        raise SettingsError(f"--serve: cannot listen on {text} ({error.strerror})") from None


async def _work(
    options: Options,
    clock: Clock,
    once: bool,
    sock: socket.socket | None,
    settings: Settings | None,
) -> int:
    store = Store(options.folder, options.origin)
    client = Client(options.origin, options.storage, options.bytes_per_s)
    progress = Progress(options, store, client, clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(client.close)
        stack.enter_context(store.locked())
        mirror = Mirror(options, store, client, clock, progress)
        stack.callback(progress.store)
        if once:
            return await _once(mirror, progress)
        if sock and settings:
            served = app(store, settings, progress.served)
            await stack.enter_async_context(serving(served, settings, sock))
            print(f"The mirror listens on {address(*sock.getsockname()[:2])}", flush=True)
        await stack.enter_async_context(_keeping_up(mirror, progress, ("follow", "copy")))
        await _until_stopped()
    return Exit.DONE


async def _once(mirror: Mirror, progress: Progress) -> int:
    """Copy all that is to be copied now; what is gone meanwhile is taken out meanwhile."""
    try:
        await mirror.follow()
        async with _keeping_up(mirror, progress, ("follow later",)):
            while not await mirror.copy():
                pass
    except EXPECTED as error:
        progress.trouble["run"] = str(error)
        raise
    return Exit.SOME_FAILED if mirror.failed else Exit.DONE


def _keeping_up(
    mirror: Mirror, progress: Progress, tasks: Sequence[str]
) -> AbstractAsyncContextManager[None]:
    """Repeat the tasks of these names, and store the status, while the context is open."""
    waited = False

    async def follow_later() -> float:
        nonlocal waited
        if waited:
            await mirror.follow()
        waited = True
        return ROUND_S

    async def follow() -> float:
        await mirror.follow()
        return ROUND_S

    async def copy() -> float:
        return COPY_S if await mirror.copy() else 1.0

    async def store() -> float:
        progress.store()
        return STORE_S

    steps = {"follow": follow, "follow later": follow_later, "copy": copy}

    def noting(name: str) -> Step:
        async def step() -> float:
            try:
                pause_s = await steps[name]()
            except EXPECTED as error:
                progress.trouble[name] = str(error)
                raise
            progress.trouble.pop(name, None)
            return pause_s

        return step

    return repeating([*map(noting, tasks), store], RETRY_S, EXPECTED)


async def _until_stopped() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
