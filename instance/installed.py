"""Which instance a command is about: one order, the same for all commands.

1. The one that is named: by `--config`, `MIRRORWISE_CONFIG` or `MIRRORWISE_STATE_DIR`, or by
   systemd (`STATE_DIRECTORY`).
2. The installed service, when this machine has one: settings in `/etc/mirrorwise.env`, state in
   `/var/lib/mirrorwise`.
3. `mirrorwise-data` in the folder where the command is typed.

So an operator who types `mirrorwise forget` works on what the service works on, and a trial that
names its own folder never sees the settings of the service.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from .settings import PREFIX, SettingsError

SETTINGS_FILE = "etc/mirrorwise.env"
STATE_FOLDER = "var/lib/mirrorwise"
NAMES_AN_INSTANCE = (f"{PREFIX}CONFIG", f"{PREFIX}STATE_DIR", "STATE_DIRECTORY")


class Found(NamedTuple):
    """The environment to read settings from, and why this instance is meant."""

    environment: Mapping[str, str]
    because: str


def find(environment: Mapping[str, str], config: Path | None, root: Path) -> Found:
    """Return what the settings are to be read from; `root` is `/` but in tests.

    Raises `SettingsError` when there is an installed service that this user may not read.
    """
    if config or any(environment.get(name) for name in NAMES_AN_INSTANCE):
        return Found(environment, "named by the settings")
    settings, state = root / SETTINGS_FILE, root / STATE_FOLDER
    # `lexists`: systemd's DynamicUser makes the folder a link into one that only root may enter.
    if not (settings.exists() or os.path.lexists(state)):
        return Found(environment, "in this folder; this machine has no installed service")
    written = _written(settings) if settings.exists() else {}
    said = {name: value for name, value in environment.items() if value.strip()}
    # As the unit does: a TOML file that is named says more than the folder that systemd gives.
    found = {"STATE_DIRECTORY": str(state), **written, **said}
    _refuse_unreadable(Path(found.get(f"{PREFIX}STATE_DIR", state)))
    return Found(found, "the installed service's")


def _written(file: Path) -> dict[str, str]:
    """Read a file of lines such as `MIRRORWISE_PORT=9851`, as systemd's `EnvironmentFile` does."""
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
    except PermissionError:
        raise SettingsError(_not_yours(file)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read ({error})") from None
    written = {}
    for number, line in enumerate(lines, 1):
        if not line or line.startswith(("#", ";")):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise SettingsError(f"{file}, line {number}: write NAME=VALUE")
        written[name.strip()] = value.strip().strip("\"'")
    return {name: value for name, value in written.items() if value}


def _refuse_unreadable(folder: Path) -> None:
    try:
        with os.scandir(folder):
            return
    except PermissionError:
        raise SettingsError(_not_yours(folder)) from None
    except OSError:
        return  # It is not there yet.


def _not_yours(path: Path) -> str:
    return (
        f"{path}: belongs to the installed service, and you may not read it. Give the command as "
        f"root (sudo mirrorwise …), or set {PREFIX}STATE_DIR to a folder of your own for a trial"
    )
