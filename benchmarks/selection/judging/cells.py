"""A store of scores: a file with one line of JSON per cell, from which tables are made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.selection.judging.experiment import Result
from benchmarks.selection.judging.metrics import Score


class CellsError(ValueError):
    """The file holds no cells, or those of another run; the text names the line."""


class Cells:
    """The cells of one run; its name, the set and the kind of traces, is the file's first line."""

    def __init__(self, file: Path, run: str) -> None:
        self._file = file
        if not file.exists():
            file.write_text(json.dumps({"run": run}) + "\n")
        first = file.read_text().partition("\n")[0]
        if first != json.dumps({"run": run}):
            raise CellsError(
                f"{file}: line 1 is {first[:80]!r}; a file of the run {run!r} expected"
            )

    def read(self) -> Iterator[Result]:
        """Yield the stored cells."""
        lines = self._file.read_text().splitlines()[1:]
        for number, line in enumerate(lines, 2):
            try:
                cell = json.loads(line)
                yield Result(**cell | {"score": Score(**cell["score"])})
            except (TypeError, ValueError, KeyError) as error:
                raise CellsError(f"{self._file}: line {number} is no cell ({error})") from error

    def keep(self, result: Result) -> None:
        """Add a cell."""
        cell = asdict(result)
        cell["score"]["worths"] = [round(worth, 3) for worth in result.score.worths]
        with self._file.open("a") as file:
            file.write(json.dumps(cell) + "\n")
