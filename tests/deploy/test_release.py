"""What a release holds: the wheel as it is installed, the files beside it, and what is refused."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from deploy import make_release
from instance import cli
from instance.installed import SETTINGS_FILE, STATE_FOLDER
from instance.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOYED = {name: (ROOT / "deploy" / name).read_text() for name in make_release.DEPLOYED}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the checkout's Python, with pages that stand for real ones."""
    copy = tmp_path_factory.mktemp("checkout")
    for part in ("selector", "reco", "instance", "deploy"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("pages", "*.pyc"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, copy / name)
    page = copy / "instance/pages/report/index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<h1>Report</h1>")
    words = [sys.executable, "-m", "pip", "wheel", *make_release.BUILD, "-w", copy / "out", copy]
    subprocess.run(words, check=True, capture_output=True)  # noqa: S603
    (made,) = (copy / "out").iterdir()
    return made


def test_an_environment_gets_one_package(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        code = "\n".join(archive.read(name).decode() for name in names if name.endswith(".py"))
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mirrorwise"}
    assert "mirrorwise/instance/pages/report/index.html" in names
    assert not re.search(r"^\s*(from|import) (selector|reco|instance)\b", code, re.M)
    assert not any(name.startswith(("mirrorwise/tests", "mirrorwise/benchmarks")) for name in names)


def test_the_wheel_works_where_there_is_no_checkout(wheel: Path, tmp_path: Path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path / "installed"),
        "MIRRORWISE_STATE_DIR": str(tmp_path / "state"),
    }

    def typed(*words: str) -> str:
        command = [sys.executable, "-m", "mirrorwise", *words]
        said = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True)  # noqa: S603
        assert said.returncode == 0, said.stderr.decode()
        return said.stdout.decode()

    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert typed("--version") == f"mirrorwise {version}\n"
    assert "invented viewers" in typed("simulate", "--viewers", "30")
    assert "https://near.example" in typed("report")
    assert "The counts are right" in typed("rebuild")


@pytest.mark.parametrize("name", ["Containerfile", "compose.yaml"])
def test_containers_install_requirements_that_a_release_has(name: str):
    named = set(re.findall(r"requirements[a-z-]*\.txt", DEPLOYED[name]))
    assert named == set(make_release.REQUIREMENTS.values())


@pytest.mark.parametrize("name", make_release.DEPLOYED)
def test_what_is_deployed_names_settings_that_there_are(name: str):
    named = set(re.findall(r"MIRRORWISE_([A-Z_]+)", DEPLOYED[name]))
    assert {setting.lower() for setting in named} <= set(Settings.model_fields)


def test_the_unit_keeps_settings_and_state_where_commands_look_for_them():
    unit = DEPLOYED["mirrorwise.service"]
    assert f"EnvironmentFile=-/{SETTINGS_FILE}\n" in unit
    assert f"StateDirectory={Path(STATE_FOLDER).name}\n" in unit


UNITS = [name for name in make_release.DEPLOYED if name.endswith((".service", ".timer"))]


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_unit(name: str, tmp_path: Path):
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("there is no systemd-analyze on this machine")
    # What the units start has to exist for this check.
    for each in UNITS:
        text = DEPLOYED[each].replace("/opt/mirrorwise/bin/mirrorwise", sys.executable)
        (tmp_path / each).write_text(text)
    unit = tmp_path / name
    said = subprocess.run([systemd, "verify", unit], capture_output=True, text=True)  # noqa: S603
    assert "mirrorwise" not in said.stderr, said.stderr


@pytest.mark.parametrize("name", ["mirrorwise-mirror.service", "mirrorwise-mirror-once.service"])
def test_the_mirrors_units_start_what_the_command_takes(name: str, tmp_path: Path):
    (line,) = re.findall(r"^ExecStart=\S+ (.+)$", DEPLOYED[name], re.M)
    page = (ROOT / "docs/mirrors.md").read_text()
    (written,) = re.findall(r"^```\n(OF=.+?)^```$", page, re.M | re.S)
    said = dict(line.split("=", 1) for line in written.splitlines())
    for name, value in {**said, "STATE_DIRECTORY": f"{tmp_path}"}.items():
        line = line.replace(f"${{{name}}}", value).replace(f"${name}", value)
    words = line.split()
    options = cli.parser(words).parse_args(words)
    assert (options.of, options.room, options.rate) == ("https://video.example", 2e11, 5e6)
    assert options.into == tmp_path
    assert bool(options.serve) != options.once


def test_what_nginx_serves_is_where_the_mirrors_unit_puts_it():
    page = (ROOT / "docs/mirrors.md").read_text()
    unit = DEPLOYED["mirrorwise-mirror-once.service"]
    (folder,) = re.findall(r"^StateDirectory=(.+)$", unit, re.M)
    assert page.count(f"/var/lib/{folder}/public") >= 4
    assert "DynamicUser" not in unit.replace("Not DynamicUser", "")


def test_the_containers_requirements_are_those_that_are_tested():
    pins = [
        set(make_release.PINNED.findall((ROOT / f"requirements/{name}.lock").read_text()))
        for name in ("instance", "recommendations", "federation", "dev")
    ]
    assert pins[0]
    assert pins[0] < pins[1] < pins[2] <= pins[3]
    # Half of the disk that the service would take.
    assert not {name for name, _ in pins[0]} & {"river", "scipy"}


def test_the_plugins_own_readme_has_no_link_that_is_dead_outside_the_checkout():
    readme = (ROOT / "web/plugin/README.md").read_text()
    assert not re.search(r"\]\((?!https://)", readme)


def test_the_bill_of_materials_names_what_is_bundled_and_what_is_installed():
    notices = "a\n\npyodide 314.0.7 (MPL-2.0)\n\nb\n\n@noble/hashes 2.4.0 (MIT)\n"
    bill = json.loads(make_release.bill_of_materials("1.2.3", notices))
    found = {one["purl"].rpartition("@")[0] for one in bill["components"]}
    assert {"pkg:npm/pyodide", "pkg:npm/%40noble/hashes", "pkg:pypi/aiohttp"} <= found


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small checkout that is ready for release 1.2.3."""
    built = "plugin/peertube-plugin-mirrorwise/package.json"
    for name in ("package.json", "package-lock.json", built):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('{"version": "1.2.3"}')
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Log\n\n## [Unreleased]\n\n## [1.2.3]\n\nAll.\n")
    monkeypatch.setattr(make_release, "ROOT", tmp_path)
    monkeypatch.setattr(make_release, "PLUGIN", tmp_path / "plugin")
    make_release.git("init", "--quiet")
    commit(tmp_path)
    return tmp_path


def commit(folder: Path) -> None:
    """Commit everything in a folder."""
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    make_release.git("add", "--all")
    make_release.git(*who, "commit", "--quiet", "--allow-empty", "-m", folder.name)


def test_what_is_ready_is_released(checkout: Path):
    assert make_release.agreed_version() == "1.2.3"
    make_release.refuse_unreleased("1.2.3")
    assert checkout.exists()


@pytest.mark.parametrize("name", ["package.json", "pyproject.toml", "package-lock.json"])
def test_versions_that_differ_are_refused(checkout: Path, name: str):
    file = checkout / name
    file.write_text(file.read_text().replace("1.2.3", "1.2.4"))
    with pytest.raises(make_release.ReleaseError, match=rf"{name} says 1\.2\.4"):
        make_release.agreed_version()


def test_a_plugin_that_is_not_built_is_refused(checkout: Path):
    shutil.rmtree(checkout / "plugin")
    with pytest.raises(make_release.ReleaseError, match="run script/build"):
        make_release.agreed_version()


def test_what_is_not_committed_is_refused(checkout: Path):
    (checkout / "new.py").touch()
    with pytest.raises(make_release.ReleaseError, match=r"new\.py"):
        make_release.refuse_unreleased("1.2.3")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# Log\n\n## [Unreleased]\n\n", r"no chapter \[1\.2\.3\]"),
        ("# Log\n\n## [Unreleased]\n\n- new\n\n## [1.2.3]\n", "move them below"),
    ],
)
def test_a_changelog_that_does_not_tell_is_refused(checkout: Path, text: str, told: str):
    (checkout / "CHANGELOG.md").write_text(text)
    commit(checkout)
    with pytest.raises(make_release.ReleaseError, match=told):
        make_release.refuse_unreleased("1.2.3")


def test_a_plugin_without_notices_is_refused(checkout: Path):
    folder = checkout / "plugin"
    packed = folder / "peertube-plugin-mirrorwise-1.2.3.tgz"
    subprocess.run(["tar", "czf", packed, "-C", folder, "peertube-plugin-mirrorwise"], check=True)  # noqa: S603, S607
    with pytest.raises(make_release.ReleaseError, match="holds no THIRD-PARTY-NOTICES"):
        make_release.plugin_tarball("1.2.3")
