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


def places(row: str) -> list[Path]:
    """Return the files that a cell names."""
    return [ROOT / name for name in QUOTED.findall(row)]


def text_of(place: Path) -> str:
    """Return a file's text, or the names and texts of a folder's files."""
    if place.is_file():
        return place.read_text()
    return "\n".join(f"{file.name}\n{file.read_text()}" for file in place.glob("*.*"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path):
    text = page.read_text()
    quoted = [name for name in QUOTED.findall(text) if name.split("/")[0] in ROOMS]
    linked = LINKED.findall(text)
    missing = [name for name in quoted if not name.startswith(MADE) and not (ROOT / name).exists()]
    missing += [name for name in linked if not (page.parent / name.strip()).exists()]
    assert missing == []


def test_what_the_page_for_contributors_says_to_look_for_is_there():
    rows = [
        [cell.strip() for cell in line.strip("|\n ").split(" | ")]
        for line in (ROOT / "docs/where-is.md").read_text().splitlines()
        if line.startswith("| ") and "`" in line
    ]
    missing = [
        f"{name} in {cells[1]}"
        for cells in rows
        for name in re.findall(r"`([^`/]+)`", cells[2])
        if not any(
            name.strip("`") in text_of(place) for place in places(cells[1]) + places(cells[2])
        )
    ]
    assert len(rows) > 40
    assert missing == []
