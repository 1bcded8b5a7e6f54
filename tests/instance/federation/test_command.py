"""`mirrorwise federation`: says what it does, shows before it publishes, and takes back."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from instance import cli
from instance.commands.storage import journal
from instance.federation.document import read
from instance.recommendations.replica import Replica
from instance.settings import Settings
from tests.instance.clock import AT_NOW, VARIABLE
from tests.instance.federation.releases import LAST_WEEK, watch

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs `mirrorwise federation` on an instance."""
    monkeypatch.setenv("MIRRORWISE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("MIRRORWISE_PEERTUBE_URL", "https://a.example")
    monkeypatch.delenv(VARIABLE, raising=False)

    async def create() -> None:
        async with journal(Settings(state_dir=tmp_path)) as opened:
            await opened.health()

    asyncio.run(create())

    def begin(*words: str) -> tuple[int, str, str]:
        status = cli.main(["federation", *words], AT_NOW)
        return status, *capsys.readouterr()

    return begin


@pytest.fixture
def watched(tmp_path: Path) -> None:
    """Let viewers watch, and store the model of it."""

    async def fill() -> None:
        async with journal(Settings(state_dir=tmp_path)) as opened:
            await watch(opened, 20)
            replica = Replica(opened, 90, AT_NOW)
            await replica.follow()
            await replica.save()

    asyncio.run(fill())


@pytest.mark.usefixtures("watched")
def test_what_would_be_published_is_shown_first_and_is_what_is_published(run: Run, tmp_path: Path):
    status, shown, error = run("publish")
    assert status == 3
    assert "add --yes" in error
    assert "published  no" in run("status")[1]
    assert run("preview")[:2] == (0, shown), "the noise is drawn once"
    status, published, _ = run("publish", "--yes")
    assert status == 0
    assert published.startswith(shown)
    assert "ε = 1." in shown
    said = run("status")[1]
    assert "published  yes; ε = 1" in said
    assert f"week {LAST_WEEK}" in said
    file = tmp_path / "document.json"
    file.write_text(shown.splitlines()[0])
    assert read(file.read_bytes()).week == LAST_WEEK
    status, words, _ = run("verify", str(file))
    assert (status, "valid; signed by" in words) == (0, True)
    file.write_text(file.read_text().replace(f'"week":{LAST_WEEK}', f'"week":{LAST_WEEK - 1}'))
    status, words, _ = run("verify", str(file))
    assert (status, "wrong signature" in words) == (1, True)
    assert "1 documents withdrawn" in run("withdraw")[1]
    assert "withdrawn; ε spent on that week: 1" in run("status")[1]
    assert "0 documents withdrawn" in run("withdraw")[1]
    assert run("publish", "--stop")[0] == 0
    assert "published  no" in run("status")[1]


def test_sources_are_added_refused_and_removed(run: Run):
    assert run("add", "https://B.example/")[0] == 0
    assert "heard      https://b.example (named by: admin)" in run("status")[1]
    assert "0 documents forgotten" in run("refuse", "https://b.example")[2]
    said = run("status")[1]
    assert "refused    https://b.example" in said
    assert "heard " not in said
    status, _, error = run("add", "https://b.example")
    assert (status, "is refused; remove it first" in error) == (2, True)
    assert run("remove", "https://b.example")[0] == 0
    assert run("take-back")[0] == 0
    assert "b.example" not in run("status")[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add",), "write an address"),
        (("add", "b.example"), "must be an address such as"),
        (("add", "https://b.example?x"), "must be an address such as"),
        (("add", "https://a.example"), "our own instance"),
        (("add", "http://b.example"), "MIRRORWISE_FEDERATION_PRIVATE"),
        (("add", "https://192.168.1.1"), "MIRRORWISE_FEDERATION_PRIVATE"),
        (("withdraw", "--week", "3"), "nothing was said about week 3"),
        (("verify", "none.json"), "cannot be read"),
    ],
)
def test_mistakes_are_told_with_what_to_do(run: Run, words: tuple[str, ...], told: str):
    status, _, error = run(*words)
    assert status == 2
    assert told in error
