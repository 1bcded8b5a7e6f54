"""Secrets of an instance: the plugin's, the administrator's, and the key of pseudonyms.

A secret that is not set is generated once and stored in a file that only its owner can read: so
`mirrorwise serve` works without settings, and an operator can look a lost secret up.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .settings import SHORTEST_SECRET, Settings, SettingsError


@dataclass(frozen=True)
class Keys:
    """The plugin's and the administrator's secrets, and those just generated, by name."""

    secret: str
    admin_token: str
    generated: Mapping[str, str]


def keys(settings: Settings) -> Keys:
    """Return the secrets; generate and store those that do not exist yet."""
    generated: dict[str, str] = {}

    def found(name: str) -> str:
        file = settings.state_dir / name
        return (
            load_or_create(file)
            if file.exists()
            else generated.setdefault(name, load_or_create(file))
        )

    return Keys(
        settings.secret or found("secret"), settings.admin_token or found("admin-token"), generated
    )


def load_or_create(file: Path) -> str:
    """Return the secret in `file`; generate and store one if there is none."""
    try:
        return _read(file)
    except FileNotFoundError:
        return _create(file)


def constant_time_equal(given: str, wanted: str) -> bool:
    """Compare two ASCII secrets in a time that does not tell where they differ."""
    return hmac.compare_digest(given, wanted)


def _create(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = secrets.token_urlsafe(32)
    own = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    own.touch(mode=0o600, exist_ok=False)
    try:
        own.write_text(made + "\n")
        # Several workers may start at once: a hard link makes the file appear whole, and only once.
        file.hardlink_to(own)
    except FileExistsError:
        return _read(file)
    finally:
        own.unlink()
    return made


def _read(file: Path) -> str:
    text = file.read_text().strip()
    if len(text) < SHORTEST_SECRET or not text.isascii():
        raise SettingsError(f"{file}: too short to be a secret; delete it to generate another")
    if file.stat().st_mode & 0o077:
        raise SettingsError(f"{file}: others can read it; run: chmod 600 {file}")
    return text
