"""Which instance a command is about: the one that is named, the installed one, or the one here."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from instance import cli, installed
from instance.settings import SettingsError
from tests.instance.clock import AT_NOW

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return the root of a machine that has an installed service."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "var/lib/mirrorwise").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Return what types one command in a folder of its own, on a machine with that root."""
    for name in [name for name in os.environ if name.startswith("MIRRORWISE_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")

    def begin(*words: str) -> tuple[int, str, str]:
        status = cli.main(words, AT_NOW, tmp_path)
        return status, *capsys.readouterr()

    return begin


def test_commands_work_on_the_installed_service(machine: Path, typed: Typed):
    state = machine / "var/lib/mirrorwise"
    status, _, error = typed("simulate", "--viewers", "20")
    assert status == 0
    assert f"State folder: {state} (the installed service's)" in error
    assert (state / "mirrorwise.db").exists()
    assert not Path("mirrorwise-data").exists()
    assert json.loads(typed("report", "--format", "json")[1])["hosts"]


def test_its_settings_count_for_every_command(machine: Path, typed: Typed):
    elsewhere = machine / "elsewhere"
    lines = ["# ours", "", f'MIRRORWISE_STATE_DIR="{elsewhere}"', "MIRRORWISE_PORT=9"]
    (machine / installed.SETTINGS_FILE).write_text("\n".join(lines))
    assert str(elsewhere) in typed("simulate", "--viewers", "5")[2]
    assert typed("report", "--open")[1].startswith("http://127.0.0.1:9/report/")


def test_an_empty_setting_of_its_file_is_not_set(machine: Path, typed: Typed):
    (machine / installed.SETTINGS_FILE).write_text("MIRRORWISE_STATE_DIR=\nMIRRORWISE_PORT=\n")
    assert f"State folder: {machine / installed.STATE_FOLDER} " in typed("simulate")[2]


def test_a_file_that_its_settings_name_says_where_its_state_is(machine: Path, typed: Typed):
    elsewhere = machine / "elsewhere"
    (machine / "etc/m.toml").write_text(f'state_dir = "{elsewhere}"\n')
    named = f"MIRRORWISE_CONFIG={machine / 'etc/m.toml'}\n"
    (machine / installed.SETTINGS_FILE).write_text(named)
    assert f"State folder: {elsewhere} " in typed("simulate", "--viewers", "5")[2]


def test_a_wrong_line_in_its_settings_is_named(machine: Path, typed: Typed):
    (machine / installed.SETTINGS_FILE).write_text("MIRRORWISE_PORT=9\nport 9\n")
    status, _, error = typed("doctor")
    assert status == 2
    assert "mirrorwise.env, line 2: write NAME=VALUE" in error


@pytest.mark.parametrize("name", installed.NAMES_AN_INSTANCE)
def test_an_instance_that_is_named_never_sees_the_installed_ones_settings(machine: Path, name: str):
    (machine / installed.SETTINGS_FILE).write_text("MIRRORWISE_DATABASE=postgresql://x@y/real\n")
    named = {name: "somewhere"}
    assert installed.find(named, None, machine).environment == named


@pytest.mark.usefixtures("machine")
def test_a_service_that_may_not_be_read_is_no_reason_to_begin_another(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
):
    def refused(_: Path) -> None:
        raise PermissionError

    # Root may read everything, so the refusal of the operating system is played.
    monkeypatch.setattr(os, "scandir", refused)
    status, _, error = typed("serve")
    assert status == 2
    assert "sudo mirrorwise" in error
    assert not Path("mirrorwise-data").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["report"],
        ["report", "--open"],
        ["rebuild"],
        ["upgrade-check"],
        ["forget", "--day", "2026-03-01"],
        ["forget", "--before", "2026-03-01"],
        ["forget", "viewer", "t" * 22],
        ["backup", "copy.db"],
        ["doctor"],
    ],
)
def test_no_command_but_serve_and_simulate_begins_an_instance(typed: Typed, words: list[str]):
    status, said, error = typed(*words)
    assert status in (1, 2)
    assert "mirrorwise serve" in said + error
    assert not Path("mirrorwise-data").exists()


@pytest.mark.parametrize("words", [["--day", "2026-03-01"], ["--before", "2026-03-01"]])
def test_nothing_is_said_to_be_deleted_where_nothing_ever_was(typed: Typed, words: list[str]):
    assert typed("simulate", "--viewers", "1")[0] == 0
    empty = Path("mirrorwise-data/mirrorwise.db")
    for part in empty.parent.glob("mirrorwise.db*"):
        part.unlink()
    empty.touch()
    status, _, error = typed("forget", *words)
    assert status == 2
    assert "no report has ever come here" in error


def test_a_settings_file_that_is_no_text_is_refused(machine: Path):
    (machine / installed.SETTINGS_FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        installed.find({}, None, machine)
