"""The head of the own chain in a file beside the database, which no backup holds.

An older database that is put back would make documents again that were made, and spend their ε a
second time. The file says which document was the last.
"""

import secrets
from pathlib import Path

NAME = "federation-head"


class HeadFile:
    """Number and sha256 of the last own document."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME

    def read(self) -> tuple[int, str]:
        """Return what was written, or (0, "") before the first document."""
        try:
            number, sha256 = self._file.read_text().split()
        except FileNotFoundError:
            return 0, ""
        return int(number), sha256

    def write(self, number: int, sha256: str) -> None:
        """Replace the file, in one step."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._file.with_name(f"{NAME}.{secrets.token_hex(8)}")
        new.touch(mode=0o600)
        new.write_text(f"{number} {sha256}\n")
        new.replace(self._file)
