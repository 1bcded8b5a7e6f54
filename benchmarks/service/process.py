"""`mirrorwise serve` in a process of its own, and what one can ask of it."""

import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from benchmarks.service.client import SECRET

PATIENCE_S = 600.0

Process = subprocess.Popen[str]


@contextmanager
def started(settings: Mapping[str, str], workers: int = 1) -> Iterator[tuple[str, Process]]:
    """Run the service with these settings; yield its URL and process once it is healthy."""
    with tempfile.TemporaryDirectory(prefix="mirrorwise-") as state_dir:
        said = {
            "STATE_DIR": state_dir,
            "PORT": "0",
            "SECRET": SECRET,
            "ADMIN_TOKEN": SECRET[::-1],
            **settings,
        }
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "instance", "serve", "--workers", str(workers)],
            env={**os.environ, **{f"MIRRORWISE_{name}": value for name, value in said.items()}},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            url = _url(cast(IO[str], process.stdout).readline())
            ask(url, "/health")
            yield url, process
        finally:
            process.terminate()
            process.wait()


def _url(greeting: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", greeting)
    if not found:
        raise RuntimeError("the service did not start; it says why above")
    return found[0]


def ask(url: str, path: str) -> bytes:
    """Return what the service answers to its admin."""
    asked = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {SECRET[::-1]}"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:  # noqa: S310
        return bytes(answer.read())


def peak_kb(process: int) -> int:
    """Return the most memory that a process has had."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
