"""Fair shares: how many reports of one host count on one day from one address.

The plugin counts too. Here it is counted again, because the two do not restart at the same time.
An address is known by the plugin's keyed hash of that day; it is never stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Some 20 MB. What goes beyond is a flood of addresses, which no share of each can bound.
MOST_PAIRS = 100_000

Pair = tuple[str, str]


class AddressShares:
    """Counts reports by address and host within one day.

    >>> shares = AddressShares()
    >>> one = {"host": "https://a.example", "from": "a"}
    >>> len(shares.admitted([one] * 9, 5, "2026-03-15")), shares.admitted([one], 5, "2026-03-15")
    (5, [])
    >>> len(shares.admitted([one], 5, "2026-03-16"))
    1
    """

    def __init__(self) -> None:
        self._day = ""
        self._counts: dict[Pair, int] = {}

    def admitted(
        self, reports: Sequence[Mapping[str, Any]], share: int, today: str
    ) -> list[Mapping[str, Any]]:
        """Return the reports that are within the share of their address, and count them."""
        if today != self._day:
            self._day, self._counts = today, {}
        return [report for report in reports if self._admit(report, share)]

    def withdraw(self, reports: Iterable[Mapping[str, Any]]) -> None:
        """Count these reports no more: they were not stored, and will be sent again."""
        for report in reports:
            if (pair := _pair(report)) in self._counts:
                self._counts[pair] -= 1

    def _admit(self, report: Mapping[str, Any], share: int) -> bool:
        pair = _pair(report)
        count = self._counts.get(pair, 0)
        full = count == 0 and len(self._counts) >= MOST_PAIRS
        if "from" not in report or full:
            return True
        if count >= share:
            return False
        self._counts[pair] = count + 1
        return True


def _pair(report: Mapping[str, Any]) -> Pair:
    return report.get("from", ""), report["host"]
