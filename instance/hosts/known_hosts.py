"""Known hosts: reports may name no others, so that a lying client cannot add thousands."""

from collections.abc import Iterable, Set


class KnownHosts:
    """The hosts that reports may name: those allowed, or else the first `most` that are reported.

    >>> known_hosts = KnownHosts(allowed=None, most=1)
    >>> known_hosts.learn({"https://a.example"})
    >>> known_hosts.unknown({"https://a.example"}), known_hosts.unknown({"https://b.example"})
    (None, 'https://b.example')
    """

    def __init__(self, allowed: Iterable[str] | None, most: int) -> None:
        self._learns = allowed is None
        self._most = most
        self._stored: set[str] = set(allowed or ())
        # Learned before the last refresh, and since: reports are counted a little after they
        # were accepted, so a host may be missing from the counts at the first refresh.
        self._learned: set[str] = set()
        self._just_learned: set[str] = set()

    def unknown(self, names: Set[str]) -> str | None:
        """Return a host that reports may not name, or None."""
        known = self._stored | self._learned | self._just_learned
        unknown = names - known
        if unknown and not (self._learns and len(known) + len(unknown) <= self._most):
            return min(unknown)
        return None

    def learn(self, names: Set[str]) -> None:
        """Add hosts, none of which was `unknown`."""
        self._just_learned |= names - self._stored

    def refresh(self, names: Iterable[str]) -> None:
        """Replace the learned hosts by those that the stored reports name."""
        if self._learns:
            self._stored = set(names)
            self._learned, self._just_learned = self._just_learned, set()
