"""A command of `mirrorwise`, run in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from instance import cli
from tests.instance.clock import AT_NOW, VARIABLE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs one command on a state of its own, and returns status and both outputs."""
    monkeypatch.setenv("MIRRORWISE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("MIRRORWISE_PORT", "9")
    monkeypatch.delenv(VARIABLE, raising=False)

    def begin(*words: str, **said: str) -> tuple[int, str, str]:
        for name, value in said.items():
            monkeypatch.setenv(f"MIRRORWISE_{name}", value)
        status = cli.main(words, AT_NOW)
        out, error = capsys.readouterr()
        return status, out, error

    return begin
