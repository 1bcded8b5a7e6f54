"""Which names the instance knows, so that a lying client cannot make it remember thousands."""

from collections.abc import Iterable, Set
from typing import Generic, TypeVar

Name = TypeVar("Name", str, float)


class Roster(Generic[Name]):
    """The names that reports may use: those allowed, or the first `most` that are heard of.

    >>> roster = Roster[str](allowed=None, most=1)
    >>> roster.learn({"https://a.example"})
    >>> roster.unknown({"https://a.example"}), roster.unknown({"https://b.example"})
    (None, 'https://b.example')
    """

    def __init__(self, allowed: Iterable[Name] | None, most: int) -> None:
        self._learns = allowed is None
        self._most = most
        self._stored: set[Name] = set(allowed or ())
        # Learned since the last look at what is stored, and before that one: what has just
        # been accepted is counted a little later.
        self._new: set[Name] = set()
        self._newer: set[Name] = set()

    def unknown(self, names: Set[Name]) -> Name | None:
        """Return a name that reports may not use, or None."""
        known = self._stored | self._new | self._newer
        unknown = names - known
        if unknown and not (self._learns and len(known) + len(unknown) <= self._most):
            return min(unknown)
        return None

    def learn(self, names: Set[Name]) -> None:
        """Know names from now on, none of which was `unknown`."""
        self._newer |= names - self._stored

    def heard(self, names: Iterable[Name]) -> None:
        """Replace what was learned by the names that the stored reports use."""
        if self._learns:
            self._stored, self._new, self._newer = set(names), self._newer, set()
