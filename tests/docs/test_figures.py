"""Figures in the pages are those of the result files that they name.

A figure carries where it comes from in a comment behind it, which readers of the page do not see:
`0.35 <!-- benchmarks/startup/RESULTS.md: cold, ms = 0.35 -->` names the file, the row, and the
figure as it stands there; `= 130 × .001` converts its unit.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCE = re.compile(
    r"<!-- (?P<file>\S+): (?P<row>.+?) = (?P<figure>\S+?)(?: × (?P<factor>[\d.]+))? -->"
)
NUMBER = re.compile(r"[-+−]?(?:\d[\d,]*)?\.?\d+")


class Figure(NamedTuple):
    """A figure as a page has it, and where it comes from."""

    shown: str
    file: str
    row: str
    figure: str
    factor: float


def figures(text: str) -> list[Figure]:
    """Return all figures of a page that carry their source."""
    found = []
    for line in text.splitlines():
        for source in SOURCE.finditer(line):
            before = SOURCE.sub("", line[: source.start()])
            # The figure is the last one before its source that is not in brackets.
            shown = NUMBER.findall(re.sub(r"\[[^\]]*\]", "", before))
            found.append(
                Figure(shown[-1], source["file"], source["row"], source["figure"],
                       float(source["factor"] or 1))
            )  # fmt: skip
    return found


def value(text: str) -> float:
    """Return a number as it is written in pages and tables.

    >>> value("89,000"), value(".13"), value("−.010")
    (89000.0, 0.13, -0.01)
    """
    return float(text.replace(",", "").replace("−", "-"))


def half_a_step(text: str) -> float:
    """Return half of the last digit that is told; zeros at the end of a whole number are none.

    >>> half_a_step("89,000"), half_a_step("0.35"), half_a_step("23")
    (500.0, 0.005, 0.5)
    """
    digits = text.replace(",", "").lstrip("-+−")
    if "." in digits:
        return 0.5 * 10.0 ** -len(digits.split(".")[1])
    return 0.5 * 10.0 ** (len(digits) - len(digits.rstrip("0")))


def cells_of(figure: Figure) -> list[str]:
    """Return the figures of all rows of that name in the result file; intervals are left out."""
    rows = (ROOT / figure.file).read_text().replace("*", "").splitlines()
    named = [row for row in rows if row.startswith(f"| {figure.row} |")]
    return [cell.split()[0] for row in named for cell in row.split("|") if cell.strip()]


ALL = [(page, figure) for page in PAGES for figure in figures(page.read_text())]


@pytest.mark.parametrize(("page", "figure"), ALL, ids=lambda part: getattr(part, "shown", ""))
def test_a_figure_is_what_its_source_says(page: Path, figure: Figure):
    assert page.exists()
    assert figure.figure in cells_of(figure)
    told, measured = value(figure.shown), value(figure.figure) * figure.factor
    assert abs(told - measured) <= half_a_step(figure.shown) * 1.001


def test_every_row_of_what_it_costs_names_its_sources():
    text = (ROOT / "README.md").read_text()
    table = text.split("## What it costs")[1].split("\n## ")[0]
    rows = [row for row in table.splitlines() if row.startswith("| ") and "figure" not in row]
    # What a build prints is in no file.
    without = [row for row in rows if not SOURCE.search(row) and "script/build" not in row]
    assert len(rows) > 5
    assert without == []


def test_the_number_of_rivals_is_that_of_the_table():
    rows = (ROOT / "benchmarks/selection/RESULTS.md").read_text().split("## Scenario")[0]
    names = [row.split("|")[1].strip() for row in rows.splitlines() if row.startswith("| ")]
    oracles = [name for name in names if name.startswith("oracle")]
    rivals = [name for name in names if not name.startswith(("oracle", "**", "policy", "---"))]
    readme = (ROOT / "README.md").read_text()
    assert f"engine against {len(rivals)} rivals" in readme
    assert len(oracles) > 0
