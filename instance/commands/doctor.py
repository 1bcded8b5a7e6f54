"""`mirrorwise doctor`: check every part, and say how to mend what is amiss."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import aiohttp

from ..clock import Clock
from ..journal import WATCHES, Damaged, Unavailable
from ..keys import keys
from ..optional import lacks_for_recommendations
from ..recommendations.replica import NoModel, restored
from ..recommendations.watch_events import left_without_river
from ..settings import Settings, SettingsError
from ..steady_time import follows
from ..web.server import address
from .storage import journal

TIMEOUT = aiohttp.ClientTimeout(total=5)
# Reports tolerate a day. But a clock that is minutes off is not kept by NTP, and may drift on.
CLOCK_WITHIN_S = 120.0
MANY_WAITING = 1000
# For each table of SQLite; a gigabyte takes some seconds.
CHECK_S = 300.0


class Finding(NamedTuple):
    """The result of one check: the part, whether it is well, and what to print."""

    part: str
    well: bool
    said: str


def arguments(_: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def run(settings: Settings, _: argparse.Namespace, clock: Clock) -> int:
    """Print all findings; return 1 when something is amiss."""
    well = True

    async def check() -> None:
        nonlocal well
        async for finding in findings(settings, clock):
            well = well and finding.well
            print(f"{'ok  ' if finding.well else 'MEND'}  {finding.part}: {finding.said}")

    asyncio.run(check())
    return int(not well)


async def findings(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Check one part after the other."""
    yield _secret(settings)
    async with aiohttp.ClientSession(timeout=TIMEOUT) as client:
        if settings.database_exists:
            yield await _database(settings.model_copy(update={"stream": None}))
            yield await _retention(settings, clock)
            if settings.stream:
                yield await _stream(settings)
            yield await _recommender(settings, client)
        else:
            nowhere = f"there is none in {settings.state_dir.absolute()}"
            yield Finding("database", False, f"{nowhere}; `mirrorwise serve` makes it")
        yield await _clock(settings, clock, client)
        yield await _service(settings, client)


def _has_secret(settings: Settings) -> bool:
    return bool(settings.secret) or (settings.state_dir / "secret").exists()


def _secret(settings: Settings) -> Finding:
    file = settings.state_dir / "secret"
    if not _has_secret(settings):
        return Finding("secret", False, "there is none yet; `mirrorwise serve` makes it")
    try:
        keys(settings)
    except SettingsError as error:
        return Finding("secret", False, str(error))
    return Finding("secret", True, "set by MIRRORWISE_SECRET" if settings.secret else f"in {file}")


async def _database(settings: Settings) -> Finding:
    try:
        async with journal(settings) as opened:
            health = await opened.health()
            await opened.look_for_damage(CHECK_S)
    except Damaged as error:
        return Finding("database", False, f"{error}")
    except Unavailable as error:
        advice = "start it, and look at MIRRORWISE_DATABASE and the rights of its user and folder"
        return Finding("database", False, f"{error}; {advice}")
    if health.warnings:
        return Finding("database", False, "; ".join(health.warnings))
    if health.backlog > MANY_WAITING:
        waiting = f"{health.backlog} batches wait to be counted; `mirrorwise serve` counts them"
        return Finding("database", False, waiting)
    return Finding("database", True, "takes reports in")


async def _retention(settings: Settings, clock: Clock) -> Finding:
    """Compare the clock with the last time by which the service has deleted."""
    try:
        async with journal(settings) as opened:
            mark_s = await opened.time_mark()
    except Unavailable as error:
        return Finding("retention", False, f"{error}")
    if mark_s is None or follows(clock.now_s(), mark_s):
        return Finding("retention", True, "goes by a steady clock")
    marked = datetime.fromtimestamp(mark_s, UTC).isoformat(timespec="minutes")
    said = f"the clock says {clock.now().isoformat(timespec='minutes')}, last it was {marked}"
    advice = "set the clock; if it is right, `mirrorwise serve` believes it after a day"
    return Finding("retention", False, f"{said}; nothing is deleted by age meanwhile; {advice}")


async def _stream(settings: Settings) -> Finding:
    try:
        async with journal(settings) as opened:
            await opened.health()
    except Unavailable as error:
        return Finding("stream", False, f"{error}; start Redis, and look at MIRRORWISE_STREAM")
    return Finding("stream", True, "answers")


async def _clock(settings: Settings, clock: Clock, client: aiohttp.ClientSession) -> Finding:
    """Compare with the clock of PeerTube, whose plugin checks viewers' days first."""
    if not settings.peertube_url:
        return Finding("clock", True, "not compared; set MIRRORWISE_PEERTUBE_URL to do so")
    try:
        async with client.head(settings.peertube_url) as answer:
            peertube = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
        return Finding("clock", False, f"{settings.peertube_url} does not tell the time; is it up?")
    off_s = (clock.now() - peertube).total_seconds()
    if abs(off_s) > CLOCK_WITHIN_S:
        return Finding("clock", False, f"{off_s:+.0f} s off PeerTube's; keep both by NTP")
    return Finding("clock", True, "agrees with PeerTube's")


async def _recommender(settings: Settings, client: aiohttp.ClientSession) -> Finding:
    """Check that PeerTube lists its videos, and that the stored model can be read."""
    try:
        async with journal(settings) as opened:
            amiss = await left_without_river(opened)
    except Unavailable as error:
        return Finding("recommender", False, f"{error}")
    if amiss:
        return Finding("recommender", False, amiss)
    if not settings.peertube_url:
        return Finding("recommender", True, "off; set MIRRORWISE_PEERTUBE_URL to use it")
    if lacking := lacks_for_recommendations():
        return Finding("recommender", True, f"off; {lacking}")
    url = f"{settings.peertube_url}/api/v1/videos"
    try:
        async with client.get(url, params={"count": "1"}) as answer:
            listed = answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        listed = False
    if not listed:
        return Finding("recommender", False, f"{url} does not list videos; is PeerTube up?")
    try:
        async with journal(settings) as opened:
            state = await restored((await opened.states(WATCHES)).head)
    except (NoModel, Unavailable) as error:
        return Finding("recommender", False, f"{error}")
    return Finding("recommender", True, f"knows {len(state.public_videos)} videos")


async def _service(settings: Settings, client: aiohttp.ClientSession) -> Finding:
    """Ask as the plugin does; an empty report is refused, but only after the secret was right."""
    url = settings.public_url or address(settings.host, settings.port)
    # Asking must not make a secret.
    secret = keys(settings).secret if _has_secret(settings) else ""
    headers = {"Authorization": f"Bearer {secret}"}
    try:
        async with client.post(f"{url}/api/v1/reports", json={}, headers=headers) as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        advice = "run `mirrorwise serve`, or set MIRRORWISE_PUBLIC_URL to where it is reached"
        return Finding("service", False, f"nothing answers at {url} ({error}); {advice}")
    if status == 401:
        return Finding("service", False, f"{url} runs with another secret; start it again")
    if status != 400:
        return Finding("service", False, f"{url} answers {status}; is it Mirrorwise?")
    return Finding("service", True, f"the plugin reaches it at {url}")
