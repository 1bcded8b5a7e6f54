"""The lines that docs/admins.md and docs/mirrors.md name, typed with nothing but a release's files.

`script/test release` makes the files and runs this, with the interpreters that it is given. No
line sees a checkout, and those of the service see no program but Python. Root and PeerTube are
stood for: paths are below a scratch root, `sudo` is this user, and the plugin's last line meets a
`plugin:install` that reads the folder as PeerTube does.
"""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from textwrap import dedent
from typing import IO
from urllib.request import urlopen

import pytest

from benchmarks.install.documented_lines import SUDO, ScratchRoot, documented, report_of
from tests.instance.mirror.hls import FOLDER, made_up
from tests.instance.mirror.origin import serving
from tests.instance.recommendations.peertube import uuid

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / "dist/release"
PAGE = (ROOT / "docs/admins.md").read_text()
MIRRORS = (ROOT / "docs/mirrors.md").read_text()
PYTHONS = os.environ.get("MIRRORWISE_TEST_PYTHONS", sys.executable).split()
# PeerTube links the folder, refuses one of another name, and reads every file that it declares.
INSTALL = """
const { existsSync, readFileSync } = require('node:fs')
const { basename, join } = require('node:path')
const folder = process.argv[process.argv.indexOf('--plugin-path') + 1]
const said = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const files = [
  said.library,
  ...said.css,
  ...said.clientScripts.map(one => one.script),
  ...Object.values(said.staticDirs),
  ...Object.values(said.translations),
]
const missing = files.filter(file => !existsSync(join(folder, file)))
if (missing.length) throw new Error(`missing: ${missing}`)
if (basename(folder) !== said.name) throw new Error(`the folder is not named ${said.name}`)
console.log(`installed: ${said.name} ${said.version}, ${files.length} files`)
"""


@pytest.mark.parametrize("python", PYTHONS)
def test_six_lines_lead_to_a_report_of_invented_viewers(python: str, tmp_path: Path):
    lines = documented(PAGE, "service")
    assert len(lines) <= 6
    machine = ScratchRoot(tmp_path, RELEASE)
    machine.use_python(Path(python).absolute())
    printed = ""
    with machine.typing(lines) as said:
        for line in said:
            printed += line
            if "listens on" in line:
                report = report_of(line)
                break
        else:
            pytest.fail(printed)
    assert {host["host"] for host in report["hosts"]} >= {"https://near.example"}
    # How many reports depends on the month that ends yesterday.
    assert re.search(r"\d+ reports of 3000 invented viewers", printed)


async def test_three_lines_lead_to_a_mirror_that_serves(tmp_path: Path):
    lines = documented(MIRRORS, "mirror")
    assert len(lines) <= 3
    machine = ScratchRoot(tmp_path, RELEASE)
    machine.use_python(Path(PYTHONS[0]).absolute())
    async with serving() as origin:
        hls = made_up(uuid(1))
        origin.add(1, hls)
        lines[-1] = lines[-1].replace("https://video.example", origin.url)
        lines[-1] = lines[-1].replace("--serve", "--serve 127.0.0.1:0")
        with machine.typing(lines) as said:
            assert await asyncio.to_thread(_first_served, said, f"{FOLDER}/{uuid(1)}/{hls.master}")


def _first_served(said: IO[str], path: str) -> bytes:
    """Return a file that the mirror serves as soon as it says so."""
    printed, url = "", ""
    for line in said:
        printed += line
        if found := re.search(r"listens on (http://\S+)", line):
            url = found[1]
        if line.startswith("serves:"):
            with urlopen(f"{url}/{path}") as answer:  # noqa: S310
                return bytes(answer.read())
    pytest.fail(printed)


def test_three_lines_lead_to_the_plugin(tmp_path: Path):
    lines = documented(PAGE, "plugin")
    assert len(lines) <= 3
    machine = ScratchRoot(tmp_path, RELEASE)
    machine.program("sudo", SUDO)
    peertube = machine.root / "var/www/peertube/peertube-latest"
    peertube.mkdir(parents=True)
    (peertube / "install.cjs").write_text(dedent(INSTALL))
    scripts = {"plugin:install": "node install.cjs"}
    (peertube / "package.json").write_text(json.dumps({"scripts": scripts}))
    with machine.typing(lines, path=f":{os.environ['PATH']}") as said:
        assert "installed: peertube-plugin-mirrorwise" in said.read()
