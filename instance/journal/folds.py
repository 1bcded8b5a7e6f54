"""Folds: how entries become counts.

A fold maps every entry to whole-number counts by key and adds them up. Sums of integers do not
depend on order or grouping, so several workers can fold at once, a rebuilt fold is equal to the
bit, and what an entry contributed can be taken out again exactly.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Protocol

import orjson

from .entry import Entry

# PostgreSQL refuses to index a key of more than a third of an 8 KiB page.
LARGEST_KEY_BYTES = 2000


class Fold(Protocol):
    """What to count in the entries of one kind; the journal stores the sums."""

    name: str
    kind: str

    def count(self, payload: bytes) -> Mapping[str, int]:
        """Return what one entry adds to each key, always the same for the same payload."""


class Reports:
    """How often each distinct host-quality report was made.

    >>> day = {"host": "https://a.example", "ttfb": 3}
    >>> REPORTS.count(batch("1", [day, {"ttfb": 3, "host": "https://a.example"}], 0.0).payload)
    Counter({'{"host":"https://a.example","ttfb":3}': 2})
    """

    name = "reports"
    kind = "reports"

    def count(self, payload: bytes) -> Counter[str]:
        """Count the lines: `batch` writes equal reports as equal lines."""
        return Counter(payload.decode().split("\n"))


REPORTS = Reports()


def batch(batch_id: str, reports: Sequence[Mapping[str, object]], accepted_at: float) -> Entry:
    """Return the entry that holds validated `reports`, each a flat mapping of scalars.

    The payload is one line of canonical JSON (sorted keys, no spaces, UTF-8) per report.

    Raises
    ------
    ValueError
        When there is no report, one is too large, or `batch_id` is not an entry's id.

    """
    lines = [orjson.dumps(report, option=orjson.OPT_SORT_KEYS) for report in reports]
    if not lines:
        raise ValueError("a batch must hold at least one report")
    if max(map(len, lines)) > LARGEST_KEY_BYTES:
        raise ValueError(f"a report must be at most {LARGEST_KEY_BYTES} bytes of JSON")
    return Entry(REPORTS.kind, batch_id, b"\n".join(lines), accepted_at)


def total(fold: Fold, payloads: Iterable[bytes]) -> Counter[str]:
    """Return the sum of what `fold` counts in `payloads`."""
    counts: Counter[str] = Counter()
    for payload in payloads:
        counts.update(fold.count(payload))
    return counts


def digest(counts: Mapping[str, int]) -> str:
    """Return a SHA-256 that is equal when the counts are: keys in order, zeros left out.

    >>> digest({"b": 1, "a": 2, "c": 0}) == digest({"a": 2, "b": 1})
    True
    """
    rows = [[key, counts[key]] for key in sorted(counts) if counts[key]]
    return sha256(orjson.dumps(rows)).hexdigest()
