"""Counted reports in columns: a million take some twenty megabytes, and are summed by numpy.

As objects they take a gigabyte, and Python's garbage collector then stops everything for seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from selector.telemetry import ANSWERS, CONNECTIONS, QUESTIONS, Question, Report
from selector.telemetry.report import HOURS, ZONES

Counted = tuple[Report, int]
"""A distinct report, and its count."""
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

Column = Literal[
    "day", "host", "epsilon", "connection", "zone", "hours", "control", "question", "answer"
]
WORDS: tuple[Column, ...] = ("day", "host", "epsilon")
"""Columns of numbers into a sorted tuple of what the reports say."""
PLAIN: tuple[Column, ...] = ("connection", "zone", "hours", "control")
COLUMNS: tuple[Column, ...] = (*WORDS, *PLAIN, "question", "answer")
SIZES = {
    "connection": len(CONNECTIONS),
    "zone": ZONES,
    "hours": HOURS,
    "control": 2,
    "question": len(QUESTIONS),
    "answer": max(ANSWERS.values()),
}


@dataclass(frozen=True, eq=False)
class Counts:
    """Distinct reports with their counts, as columns; iterated, it is the pairs again.

    >>> told = Report("2026-05-14", "https://a.example", 2.0, 1, 4, 2, 0)
    >>> counts = Counts.of([(told.answered("ttfb", 3), 7), (told.answered("error", 0), 2)])
    >>> counts.total, len(counts.where("question", QUESTIONS.index("ttfb")))
    (9, 1)
    """

    words: tuple[tuple[str, ...], tuple[str, ...], tuple[float, ...]]
    columns: NDArray[np.int32]
    counts: Ints

    @classmethod
    def of(cls, reports: Iterable[Counted]) -> Counts:
        """Return the columns of `reports`."""
        if isinstance(reports, Counts):
            return reports
        told = list(reports)
        said: list[tuple[Any, ...]] = [
            *zip(*((*report[:7], *_answer(report)) for report, _ in told), strict=True)
        ]
        words: list[tuple[Any, ...]] = []
        columns: list[Sequence[int]] = []
        for each in said[: len(WORDS)]:
            words.append(tuple(sorted(set(each))))
            places: dict[Any, int] = {word: place for place, word in enumerate(words[-1])}
            columns.append([places[word] for word in each])
        return cls(
            tuple(words) or ((), (), ()),  # type: ignore[arg-type]  # three, as WORDS
            np.array([*columns, *said[len(WORDS) :]], np.int32).reshape(len(COLUMNS), len(told)),
            np.array([count for _, count in told], np.int64),
        )

    @classmethod
    def joined(cls, parts: Sequence[Counts]) -> Counts:
        """Return the rows of all parts, in their order."""
        if not parts:
            return cls.of(())
        words = tuple(
            tuple(sorted({word for part in parts for word in part.words[row]}))
            for row in range(len(WORDS))
        )
        columns = np.concatenate([part.columns for part in parts], axis=1)
        at = 0
        for part in parts:
            for row, told in enumerate(part.words):
                places: dict[Any, int] = {word: n for n, word in enumerate(words[row])}
                moved = np.array([places[word] for word in told], dtype=np.int32)
                columns[row, at : at + len(part)] = moved[part.columns[row]]
            at += len(part)
        return cls(words, columns, np.concatenate([part.counts for part in parts]))  # type: ignore[arg-type]

    def __len__(self) -> int:
        """Return the number of distinct reports."""
        return len(self.counts)

    def __iter__(self) -> Iterator[Counted]:
        """Iterate over the reports, each with its count."""
        days, hosts, epsilons = self.words
        rows = zip(self.columns.T.tolist(), self.counts.tolist(), strict=True)
        for (day, host, epsilon, *context, question, answer), count in rows:
            blank = Report(days[day], hosts[host], epsilons[epsilon], *context)
            yield blank.answered(QUESTIONS[question], answer), count

    @property
    def total(self) -> int:
        """The number of reports, equal ones included."""
        return int(self.counts.sum())

    def column(self, name: Column) -> NDArray[np.int32]:
        """Return one column."""
        column: NDArray[np.int32] = self.columns[COLUMNS.index(name)]
        return column

    def present(self, name: Column) -> Ints:
        """Return the numbers in a column, in order."""
        return np.unique(self.column(name)).astype(np.int64)

    @property
    def days(self) -> list[str]:
        """The days that reports tell of, in order."""
        return [self.words[0][day] for day in self.present("day")]

    @property
    def hosts(self) -> list[str]:
        """The hosts that reports tell of, by name."""
        return [self.words[1][host] for host in self.present("host")]

    @property
    def epsilons(self) -> tuple[float, ...]:
        """The ε of the reports, in order."""
        return tuple(self.words[2][epsilon] for epsilon in self.present("epsilon"))

    def select(self, wanted: Bools | Ints | slice) -> Counts:
        """Return some of the rows."""
        return Counts(self.words, self.columns[:, wanted], self.counts[wanted])

    def where(self, name: Column, number: int) -> Counts:
        """Return the rows with this number in a column."""
        return self.select(self.column(name) == number)

    def asked(self, question: Question) -> Counts:
        """Return the answers to one question."""
        return self.where("question", QUESTIONS.index(question))

    def between(self, since: str, until: str) -> Counts:
        """Return the rows from one day to another, both included."""
        wanted = np.array([since <= day <= until for day in self.words[0]], dtype=np.bool_)
        return self.select(wanted[self.column("day")])

    def split(self, name: Column) -> Iterator[tuple[int, Counts]]:
        """Yield the rows with each number in a column, in the order of numbers."""
        order = np.argsort(self.column(name), kind="stable")
        ordered = self.select(order)
        column = ordered.column(name)
        for number in self.present(name):
            first, last = np.searchsorted(column, [number, number + 1])
            yield int(number), ordered.select(slice(first, last))

    def by_host(self) -> Iterator[tuple[str, Counts]]:
        """Yield the rows of every host, by name."""
        return ((self.words[1][number], own) for number, own in self.split("host"))

    def by(self, *kept: Column) -> Counts:
        """Return the counts by some columns alone, summed over the others, which become 0."""
        cells, row = self.cells(*kept)
        columns = np.zeros((len(COLUMNS), cells.shape[1]), dtype=np.int32)
        for name, numbers in zip(kept, cells, strict=True):
            columns[COLUMNS.index(name)] = numbers
        return Counts(self.words, columns, self._sums(row, cells.shape[1]).astype(np.int64))

    def cells(self, *names: Column) -> tuple[Ints, Ints]:
        """Return the distinct values of some columns, in order, and which of them each row has."""
        numbers, row = np.unique(self._places(names), return_inverse=True)
        return np.array(np.unravel_index(numbers, self._sizes(names))), row

    def table(self, *kept: Column) -> NDArray[np.float64]:
        """Return the counts as an array with one dimension for each of these columns."""
        sizes = self._sizes(kept)
        return self._sums(self._places(kept), int(np.prod(sizes))).reshape(sizes)

    def sorted(self) -> Counts:
        """Return the rows in the order of their columns, then of their counts."""
        return self.select(np.lexsort((self.counts, self._places(COLUMNS))))

    def _places(self, names: Sequence[Column]) -> Ints:
        """Return one number for the values of some columns, in their order."""
        columns = tuple(self.column(name) for name in names)
        return np.ravel_multi_index(columns, self._sizes(names)).astype(np.int64)

    def _sums(self, row: Ints, size: int) -> NDArray[np.float64]:
        # Sums of whole numbers are exact as floats up to 2**53.
        sums: NDArray[np.float64] = np.bincount(row, self.counts.astype(np.float64), size)  # type: ignore[assignment]
        return sums

    def _sizes(self, names: Sequence[Column]) -> tuple[int, ...]:
        words = dict(zip(WORDS, self.words, strict=True))
        return tuple(max(1, len(words[name])) if name in words else SIZES[name] for name in names)


def _answer(report: Report) -> tuple[int, int]:
    """Return the number of the question that a report answers, and the answer."""
    said = (report.ttfb, report.rate, report.error, report.missing)
    return next((place, answer) for place, answer in enumerate(said) if answer is not None)
