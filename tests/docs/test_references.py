"""What the documents name is there: files, folders, and what `where-is.md` says to look for."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/**/*.md")]
)
# Made by a build or by a user, and so in no checkout.
MADE = ("dist/", "mirrorwise-data/")
QUOTED = re.compile(r"`((?:[\w.@-]+/)+[\w.-]*)`")
LINKED = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
ROOMS = {path.name for path in ROOT.iterdir() if path.is_dir()}


def text_of(place: Path) -> str:
    """Return a file's text, or the names of a folder's files."""
    if place.is_file():
        return place.read_text()
    return "\n".join(file.name for file in place.iterdir())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path):
    text = page.read_text()
    quoted = [name for name in QUOTED.findall(text) if name.split("/")[0] in ROOMS]
    linked = LINKED.findall(text)
    missing = [name for name in quoted if not name.startswith(MADE) and not (ROOT / name).exists()]
    missing += [name for name in linked if not (page.parent / name.strip()).exists()]
    assert missing == []


def test_what_the_page_for_contributors_says_to_look_for_is_there():
    page = (ROOT / "docs/where-is.md").read_text().split("## What you may want to add")[0]
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if "`" in line]
    missing = []
    for _, where, what in rows:
        files, texts = QUOTED.findall(where), re.findall(r"`([^`]+)`", what)
        # Each text is in its own file, or all are in the only one.
        pairs = zip(files if len(files) > 1 else files * len(texts), texts, strict=True)
        missing += [f"{text} in {name}" for name, text in pairs if text not in text_of(ROOT / name)]
    assert len(rows) > 40
    assert missing == []
