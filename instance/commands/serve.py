"""`mirrorwise serve`: run the service, in one process or in several workers."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress

from ..clock import Clock
from ..journal import Journal, NewerDatabase, Unavailable
from ..keys import Keys, keys
from ..optional import lacks_for_recommendations
from ..recommendations.watch_events import left_without_river
from ..settings import Settings, SettingsError
from ..web.app import PATHS, Service
from ..web.counters import Counters
from ..web.server import address, listen, serving
from ..workers import Workers, is_orphan
from .storage import journal

ORPHAN_CHECK_S = 1.0
# How long a thread that computes may keep others from Python. An acknowledgement takes turns with
# it some seven times: with the default of 5 ms a report that is computed would show in each.
SWITCH_S = 0.001


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the number of workers."""
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="web processes; needs PostgreSQL"
    )


def run(settings: Settings, options: argparse.Namespace, clock: Clock) -> int:
    """Serve until told to stop."""
    sys.setswitchinterval(SWITCH_S)
    count = _workers(settings, options.workers)
    _refuse_no_pages(settings)
    _refuse_unfit(journal(settings))
    known = keys(settings)
    sock = _listening(settings)
    _greet(settings, known, sock)
    counters = Counters(PATHS, count)
    parent = os.getpid()

    def work(worker: int) -> None:
        counters.work_as(worker)
        service = Service(settings, known, journal(settings), counters, clock)
        asyncio.run(_work(service, sock, parent))

    if count == 1:
        work(0)
    else:
        Workers(count, work).run()
    return 0


async def _work(service: Service, sock: socket.socket, parent: int) -> None:
    """Serve as one worker until SIGINT, SIGTERM or the end of the parent."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(service.app(), service.settings, sock):
        while not (stop.is_set() or is_orphan(parent)):
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), ORPHAN_CHECK_S)


def _refuse_unfit(opened: Journal) -> None:
    """Refuse a newer database before workers start; one that is down may come up later.

    Refuse one that holds watch events as well where River is missing: they are deleted after their
    time, and forgotten, by what needs it.
    """

    async def check() -> None:
        async with opened:
            await opened.health()
            if amiss := await left_without_river(opened):
                raise SettingsError(amiss)

    try:
        asyncio.run(check())
    except NewerDatabase as error:
        raise SettingsError(f"{error}") from None
    except Unavailable:
        return


def _refuse_no_pages(settings: Settings) -> None:
    named = "report_dir" in settings.model_fields_set
    if named and not (settings.report_dir / "index.html").is_file():
        raise SettingsError(
            f"MIRRORWISE_REPORT_DIR: {settings.report_dir} holds no index.html; name the folder of "
            "the built pages, or leave it out to use those that are installed"
        )


def _workers(settings: Settings, count: int) -> int:
    if count < 1:
        raise SettingsError("--workers must be at least 1")
    if count > 1 and settings.database_url.startswith("sqlite:"):
        raise SettingsError(
            "--workers: SQLite is written by one process; "
            "set MIRRORWISE_DATABASE=postgresql://USER@HOST/NAME for several"
        )
    return count


def _listening(settings: Settings) -> socket.socket:
    try:
        return listen(settings)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {settings.host}, port {settings.port} ({error.strerror}); "
            "set MIRRORWISE_HOST and MIRRORWISE_PORT to an address of this machine that is free"
        ) from None


def _greet(settings: Settings, known: Keys, sock: socket.socket) -> None:
    url = address(*sock.getsockname()[:2])
    print(f"Mirrorwise listens on {url}; the operator's report is {url}/report/")
    lacking = settings.peertube_url and lacks_for_recommendations()
    if lacking:
        print(f"Without recommendations: {lacking}")
    # Not the secrets themselves: what is printed ends up in the system's log.
    for name in known.generated:
        print(f"{name}: made, and kept in {settings.state_dir / name}")
    sys.stdout.flush()
