"""What was heard: the statements of other instances, by source and week, kept as they came."""

from collections.abc import Iterator, Mapping
from typing import Any

from .statement import Statement


class Heard(Mapping[str, Mapping[int, Statement]]):
    """Statements by source and week; a source of which nothing is left is not there."""

    def __init__(self) -> None:
        self._weeks: dict[str, dict[int, Statement]] = {}
        self.version = object()  # another one after each change

    def __getitem__(self, source: str) -> Mapping[int, Statement]:
        return self._weeks[source]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._weeks))

    def __len__(self) -> int:
        return len(self._weeks)

    def put(self, source: str, week: int, statement: Statement) -> None:
        """Keep what a source says of a week, instead of what it said before."""
        self._weeks.setdefault(source, {})[week] = statement
        self.version = object()

    def drop(self, source: str, week: int | None = None) -> int:
        """Drop a week of a source, or all of them; return how many statements that were."""
        weeks = self._weeks.get(source, {})
        gone = [each for each in weeks if week is None or each == week]
        for each in gone:
            del weeks[each]
        if not weeks:
            self._weeks.pop(source, None)
        self.version = object()
        return len(gone)

    def state(self) -> list[Any]:
        """Return what `restore` needs, as plain JSON."""
        return [
            [source, week, [dict(said.sums), said.viewers, *said[2:]]]
            for source in self
            for week, said in sorted(self[source].items())
        ]

    def restore(self, state: list[Any]) -> None:
        """Go on from a state."""
        for source, week, said in state:
            self.put(source, week, Statement(*said))
