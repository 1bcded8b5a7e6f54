"""A worker killed at any moment loses no play that it acknowledged, and counts none twice."""

import asyncio
import subprocess
import sys
from pathlib import Path

from instance.journal import open_journal
from instance.recommendations.forgetting import rebuild
from instance.recommendations.journal_records import Counts, Put
from instance.recommendations.public_video import parse
from instance.recommendations.replica import Replica
from tests.instance.clock import CLOCK, VARIABLE
from tests.instance.recommendations.peertube import uuid, video

ROOT = Path(__file__).parents[3]


def run_and_kill(address: str, first: int, plays: int) -> int:
    """Return the last play that was acknowledged before the worker was killed."""
    script = str(Path(__file__).with_name("victim.py"))
    last = first - 1
    with subprocess.Popen(  # noqa: S603
        [sys.executable, script, address, str(first)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), VARIABLE: CLOCK.now().isoformat()},
    ) as victim:
        assert victim.stdout
        for record in victim.stdout:
            last = int(record)
            if last >= first + plays:
                victim.kill()
    return last


async def test_acknowledged_plays_are_counted_once_after_every_crash(tmp_path: Path):
    address = f"sqlite:{tmp_path / 'journal.db'}"
    async with open_journal(address) as journal:
        found = parse(video(0))
        assert found
        await Replica(journal, 90, CLOCK).append([Put(found), Counts(uuid(0), 10_000, 1)])
        first = 0
        for plays in (25, 40):
            last = await asyncio.to_thread(run_and_kill, address, first, plays)
            state = await Replica(journal, 90, CLOCK).follow()
            told = {name for _, name in state.model.logs}
            assert told >= {f"viewer{viewer}" for viewer in range(last + 1)}
            assert sum(map(len, state.model.logs.values())) == len(told)
            assert state.covered[uuid(0)] == 9905 - len(told)
            first = len(told)
        assert (await rebuild(journal)).intact
