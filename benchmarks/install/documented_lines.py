"""Lines that a page of the docs tells its reader to type: read from the page, and typed.

A block to be typed carries its name: `<!-- typed: service -->` stands above it. All paths of the
system (`/opt`, `/etc`, `/var`, `/tmp`) are put below a scratch root, `sudo` runs the same command
as this user, and nothing else is changed.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.request import urlopen

BLOCK = re.compile(r"^<!-- typed: (?P<name>\w+) -->\n+```\n(?P<lines>.*?)^```$", re.M | re.S)
OF_THE_SYSTEM = re.compile(r"(?<![\w./~])/(?=(?:etc|opt|tmp|var)/)")
ADDRESS = re.compile(r"listens on (?P<url>http://\S+);")
# Stands for sudo: the same command, as this user.
SUDO = '#!/bin/sh\n[ "$1" = -u ] && shift 2\nexec env "$@"\n'


def documented(page: str, name: str) -> list[str]:
    r"""Return the lines of a page's block.

    >>> documented("<!-- typed: trial -->\n\n```\nmirrorwise simulate\n```\n", "trial")
    ['mirrorwise simulate']
    """
    blocks = {found["name"]: found["lines"].splitlines() for found in BLOCK.finditer(page)}
    return blocks[name]


def report_of(greeting: str) -> dict[str, Any]:
    """Return the report of the service that has printed its greeting."""
    found = ADDRESS.search(greeting)
    assert found, greeting  # noqa: S101 - the caller has seen it
    with urlopen(f"{found['url']}/report/") as page, urlopen(f"{found['url']}/report.json") as said:  # noqa: S310
        assert b"<html" in page.read()  # noqa: S101
        report: dict[str, Any] = json.load(said)
        return report


class ScratchRoot:
    """A folder that stands for `/`, and one beside it that holds a release's files."""

    def __init__(self, folder: Path, release: Path) -> None:
        self.root = folder / "root"
        self.files = folder / "files"
        self.bin = folder / "bin"
        for path in (self.bin, *(self.root / name for name in ("etc", "opt", "tmp", "var"))):
            path.mkdir(parents=True)
        shutil.copytree(release, self.files)

    def program(self, name: str, script: str) -> None:
        """Put a program first on the path of what is typed."""
        file = self.bin / name
        file.write_text(script)
        file.chmod(0o755)

    def use_python(self, python: Path) -> None:
        """Let `python3` be this interpreter."""
        self.program("python3", f'#!/bin/sh\nexec {shlex.quote(str(python))} "$@"\n')

    @contextmanager
    def typing(self, lines: Sequence[str], path: str = "") -> Iterator[IO[str]]:
        """Type lines in a shell that ends at the first failure; yield what they print.

        What they started is ended with the block.
        """
        script = "\n".join(OF_THE_SYSTEM.sub(f"{self.root}/", line) for line in lines)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MIRRORWISE_", "PYTHON", "VIRTUAL_ENV"))
        }
        # Any free port: what listens on the usual one is not ours.
        changed = {"PATH": f"{self.bin}{path}", "MIRRORWISE_PORT": "0"}
        shell = subprocess.Popen(  # noqa: S603
            ["/bin/bash", "-ec", script],
            cwd=self.files,
            env=kept | changed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert shell.stdout  # noqa: S101 - asked for above
        try:
            yield shell.stdout
        finally:
            # The whole group: the shell waits for the service, which is its child.
            os.killpg(shell.pid, signal.SIGTERM)
            shell.wait()
            shell.stdout.close()
