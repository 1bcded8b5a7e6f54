"""The two secrets of an instance: the plugin's and the administrator's.

What is not set is generated once and kept in a file that only its owner can read, so that
`mirrorwise serve` works bare and an operator can look a lost secret up.
"""

import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from .settings import SHORTEST_SECRET, Settings, SettingsError


@dataclass(frozen=True)
class Keys:
    """Both secrets, and the files of those that have just been generated."""

    secret: str
    admin_token: str
    generated: tuple[Path, ...]


def keys(settings: Settings) -> Keys:
    """Return the secrets; generate and keep those that do not exist yet."""
    generated: list[Path] = []

    def kept(said: str | None, name: str) -> str:
        return said or _kept(settings.state_dir / name, generated)

    return Keys(
        kept(settings.secret, "secret"),
        kept(settings.admin_token, "admin-token"),
        tuple(generated),
    )


def same(given: str, wanted: str) -> bool:
    """Compare two secrets in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def _kept(file: Path, generated: list[Path]) -> str:
    try:
        return _read(file)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = secrets.token_urlsafe(32)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(made + "\n")
        generated.append(file)
        return made


def _read(file: Path) -> str:
    text = file.read_text().strip()
    if len(text) < SHORTEST_SECRET or not text.isascii():
        raise SettingsError(f"{file}: too short to be a secret; delete it to generate another")
    if file.stat().st_mode & 0o077:
        raise SettingsError(f"{file}: others can read it; run: chmod 600 {file}")
    return text
