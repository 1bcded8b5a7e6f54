"""Time from a release's files to a report on the screen: `python -m benchmarks.install`.

It types the lines that docs/admins.md names, after `script/release --trial`, with every Python
that it is given, and writes RESULTS.md. What has to be downloaded is downloaded before.
"""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path
from time import monotonic

from benchmarks.install.documented_lines import ScratchRoot, documented, report_of
from benchmarks.machine import machine
from benchmarks.tables import table

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / "dist/release"
PAGE = """# From a release's files to a report

{machine}. Made by `python -m benchmarks.install PYTHON …` after `script/release --trial`.

The lines are those of [admins](../../docs/admins.md), typed one after the other as they stand
there, with all paths below a scratch root. Wheels of the libraries lie on disk already, so nothing
is downloaded. The last line is done when the running service has answered with a report of its
3,000 invented viewers.

{times}

Disk: what the environment takes when the service has run once.
"""


def main() -> None:
    """Type the lines with each Python, and write the page."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.install", description=__doc__)
    options.add_argument("python", nargs="+", type=Path, help="path of an interpreter")
    pythons: list[Path] = options.parse_args().python
    lines = documented((ROOT / "docs/admins.md").read_text(), "service")
    rows = [timed(python.absolute(), lines) for python in pythons]
    head = ("Python", *(f"`{line.replace('/opt/mirrorwise/bin/', '')}`, s" for line in lines))
    page = PAGE.format(
        machine=machine(),
        times=table((*head, "all, s", "disk, MB"), rows),
    )
    Path(__file__).with_name("RESULTS.md").write_text(page)
    print(page)


def timed(python: Path, lines: list[str]) -> list[str]:
    """Return the version of Python, seconds by line and in all, and MB on disk."""
    with tempfile.TemporaryDirectory() as folder:
        wheels = Path(folder) / "wheels"
        requirements = ("--require-hashes", "-r", RELEASE / "requirements.txt", "-d", wheels)
        subprocess.run([python, "-m", "pip", "download", "-q", *requirements], check=True)  # noqa: S603
        os.environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
        root = ScratchRoot(Path(folder) / "machine", RELEASE)
        root.use_python(python)
        marked = [word for line in lines for word in (f"echo 'typed: {line}'", line)]
        started = []
        with root.typing(marked) as said:
            for line in said:
                if line.startswith("typed: "):
                    started.append(monotonic())
                if "listens on" in line:
                    report_of(line)
                    break
        for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
            del os.environ[name]
        ends = [*started[1:], monotonic()]
        seconds = [end - start for start, end in zip(started, ends, strict=True)]
        disk = sum(file.stat().st_size for file in (root.root / "opt").rglob("*") if file.is_file())
    version = subprocess.check_output([python, "--version"], text=True).split()[1]  # noqa: S603
    return [version, *(f"{s:.1f}" for s in (*seconds, sum(seconds))), f"{disk / 1e6:.0f}"]


if __name__ == "__main__":
    main()
