"""Which names the instance knows, so that a lying client cannot make it remember thousands."""

from collections.abc import Iterable, Set


class Roster:
    """The names that reports may use: those allowed, or the first `most` that are heard of.

    >>> roster = Roster(allowed=None, most=1)
    >>> roster.learn({"https://a.example"})
    >>> roster.unknown({"https://a.example"}), roster.unknown({"https://b.example"})
    (None, 'https://b.example')
    """

    def __init__(self, allowed: Iterable[str] | None, most: int) -> None:
        self._learns = allowed is None
        self._most = most
        self._stored: set[str] = set(allowed or ())
        # Learned since the last look at what is stored, and before that one: what has just
        # been accepted is counted a little later.
        self._new: set[str] = set()
        self._newer: set[str] = set()

    def unknown(self, names: Set[str]) -> str | None:
        """Return a name that reports may not use, or None."""
        known = self._stored | self._new | self._newer
        unknown = names - known
        if unknown and not (self._learns and len(known) + len(unknown) <= self._most):
            return min(unknown)
        return None

    def learn(self, names: Set[str]) -> None:
        """Know names from now on, none of which was `unknown`."""
        self._newer |= names - self._stored

    def heard(self, names: Iterable[str]) -> None:
        """Replace what was learned by the names that the stored reports use."""
        if self._learns:
            self._stored, self._new, self._newer = set(names), self._newer, set()
