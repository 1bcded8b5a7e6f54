"""Makes `dist/release/`: all files of a release, the same bytes from the same commit.

`script/release` builds the plugin and the pages first, and runs this.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "dist/release"
PLUGIN = ROOT / "dist/plugin"
DEPLOYED = (
    "Containerfile",
    "compose.yaml",
    "grafana-dashboard.json",
    "mirrorwise-mirror-once.service",
    "mirrorwise-mirror-once.timer",
    "mirrorwise-mirror.service",
    "mirrorwise.env",
    "mirrorwise.service",
    "nginx.conf",
    "prometheus-rules.yaml",
)
REQUIREMENTS = {
    "instance.lock": "requirements.txt",
    "recommendations.lock": "requirements-recommendations.txt",
    "federation.lock": "requirements-federation.txt",
}
DOCUMENTS = ("LICENSE", "CHANGELOG.md", "SECURITY.md")
NOTICES = "THIRD-PARTY-NOTICES.txt"
BUILD = ("--quiet", "--no-deps", "--no-build-isolation")
PINNED = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)
NOTICE = re.compile(r"^(?P<name>@?[a-z0-9./-]+) (?P<version>\d[\w.]*) \((?P<licence>.+)\)$", re.M)


class ReleaseError(Exception):
    """The checkout cannot be released; the message says what to do."""


def main() -> int:
    """Make the release, or say what stands in its way."""
    options = argparse.ArgumentParser(prog="script/release", description=__doc__)
    options.add_argument(
        "--trial", action="store_true", help="from uncommitted changes too, and without a changelog"
    )
    trial = options.parse_args().trial
    try:
        version = agreed_version()
        if not trial:
            refuse_unreleased(version)
        made = make(version)
    except ReleaseError as error:
        print(f"script/release: {error}", file=sys.stderr)
        return 1
    for file in made:
        print(f"{file.stat().st_size:>10}  {file.relative_to(ROOT)}")
    return 0


def agreed_version() -> str:
    """Return the version on which service, plugin and checkout agree."""
    said = {
        "pyproject.toml": tomllib.loads(read("pyproject.toml"))["project"]["version"],
        "package.json": json.loads(read("package.json"))["version"],
        "package-lock.json": json.loads(read("package-lock.json"))["version"],
        "the built plugin": json.loads(read(f"{PLUGIN}/peertube-plugin-mirrorwise/package.json"))[
            "version"
        ],
    }
    if len(set(said.values())) > 1:
        told = ", ".join(f"{where} says {version}" for where, version in said.items())
        raise ReleaseError(f"{told}; write one version, and build again")
    return str(said["pyproject.toml"])


def refuse_unreleased(version: str) -> None:
    """Refuse what is not committed, and a version of which the changelog does not tell."""
    changed = git("status", "--porcelain")
    if changed:
        raise ReleaseError(f"not committed:\n{changed}\ncommit these, or add --trial")
    changelog = read("CHANGELOG.md")
    if f"\n## [{version}]" not in changelog:
        raise ReleaseError(f"CHANGELOG.md has no chapter [{version}]: write it")
    unreleased = re.search(r"^## \[Unreleased\]\n(.*?)(?=^## \[)", changelog, re.S | re.M)
    if unreleased and unreleased.group(1).strip():
        raise ReleaseError(
            f"CHANGELOG.md has entries under [Unreleased]: move them below [{version}], or count "
            "the version up in pyproject.toml and package.json"
        )


def make(version: str) -> list[Path]:
    """Write all files anew, and return them."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    notices = read(f"{ROOT}/instance/pages/report/{NOTICES}")
    (FOLDER / NOTICES).write_text(notices)
    for name in DOCUMENTS:
        shutil.copyfile(ROOT / name, FOLDER / name)
    for name in DEPLOYED:
        shutil.copyfile(ROOT / "deploy" / name, FOLDER / name)
    for lock, name in REQUIREMENTS.items():
        shutil.copyfile(ROOT / "requirements" / lock, FOLDER / name)
    shutil.copyfile(plugin_tarball(version), FOLDER / f"peertube-plugin-mirrorwise-{version}.tgz")
    build_wheel()
    (FOLDER / "sbom.cdx.json").write_text(bill_of_materials(version, notices))
    files = sorted(FOLDER.iterdir())
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (FOLDER / "SHA256SUMS").write_text("".join(sums))
    return [*files, FOLDER / "SHA256SUMS"]


def plugin_tarball(version: str) -> Path:
    """Return the plugin's tarball; refuse one without the notices of others."""
    file = PLUGIN / f"peertube-plugin-mirrorwise-{version}.tgz"
    with tarfile.open(file) as tarball:
        if f"package/{NOTICES}" not in tarball.getnames():
            raise ReleaseError(f"{file.relative_to(ROOT)} holds no {NOTICES}: run script/build")
    return file


def build_wheel() -> None:
    """Build the wheel from a clean tree, so that nothing of an earlier build is in it."""
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    # The time of the commit instead of now, for the archive's entries.
    environment = os.environ | {"SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct")}
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pip", "wheel", *BUILD, "-w", FOLDER, ROOT],
        env=environment,
        check=True,
    )
    shutil.rmtree(ROOT / "build", ignore_errors=True)


def bill_of_materials(version: str, notices: str) -> str:
    """Return all that a release contains or installs, in CycloneDX's form."""
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "mirrorwise",
                "version": version,
                "licenses": [{"license": {"id": "AGPL-3.0-or-later"}}],
            }
        },
        "components": [*components(notices)],
    }
    return json.dumps(document, indent=2) + "\n"


def components(notices: str) -> Iterator[dict[str, object]]:
    """Yield what is bundled (npm) and what is installed with the service (PyPI)."""
    for found in NOTICE.finditer(notices):
        yield component("npm", found["name"], found["version"]) | {
            "licenses": [{"license": {"id": found["licence"]}}]
        }
    for found in PINNED.finditer(read("requirements/federation.lock")):
        yield component("pypi", found["name"], found["version"])


def component(registry: str, name: str, version: str) -> dict[str, object]:
    """Return one library, by its package URL."""
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:{registry}/{name.replace('@', '%40')}@{version}",
    }


def read(path: str) -> str:
    """Return the text of a file of the checkout."""
    try:
        return (ROOT / path).read_text()
    except FileNotFoundError:
        raise ReleaseError(f"{path} is missing: run script/build") from None


def git(*words: str) -> str:
    """Return what git says of the checkout."""
    said = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return said.stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main())
