"""Workers of the service, each a process: killed, restarted, and told other times."""

import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, cast

from benchmarks.service.client import SECRET
from tests.instance.clock import VARIABLE

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Worker:
    """One `mirrorwise serve`, with a state folder and a port of its own, as on another host."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._state = tempfile.TemporaryDirectory(prefix="mirrorwise-")
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self.url: str | None = None

    @property
    def state_dir(self) -> Path:
        """Where its SQLite file is, if it has one."""
        return Path(self._state.name)

    def start(self, clock_off: timedelta = timedelta()) -> None:
        """Start it with a clock that is off by so much; return when it listens."""
        said = {
            "STATE_DIR": self._state.name,
            "PORT": "0",
            "SECRET": SECRET,
            "ADMIN_TOKEN": SECRET[::-1],
            **self._settings,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.instance.at", "serve"],
            env={
                **os.environ,
                VARIABLE: (datetime.now(UTC) + clock_off).isoformat(),
                **{f"MIRRORWISE_{name}": value for name, value in said.items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        greeting = cast(IO[str], self._process.stdout).readline()
        found = ADDRESS.search(greeting)
        if not found:
            raise RuntimeError("a worker did not start")
        self.url = found[0]

    def kill(self) -> None:
        """End it at once, as a loss of power would."""
        self.url = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Restart it as systemd does."""
        self.url = None
        if self._process:
            self._process.terminate()
            self._process.wait()
        self.start()

    def remove(self) -> None:
        """Kill it, and delete its folder."""
        self.kill()
        self._state.cleanup()
