"""Folds that count: how entries become sums by key.

A fold maps every entry to whole-number counts by key and adds them up. Sums of integers do not
depend on order or grouping. So several workers can fold at once, a rebuilt fold is equal to the
bit, and the contribution of an entry can be subtracted exactly.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol
from zlib import crc32

import orjson

from selector.telemetry.report import from_json

from .entry import Entry

# Keys that begin with the same characters are one part of the counts: for reports, one day.
PART = len('{"day":"2026-05-14')
# PostgreSQL refuses to index a key of more than a third of an 8 KiB page.
LARGEST_KEY_BYTES = 2000

Unwanted = Callable[[str], bool]
"""A predicate on keys: whether the counts under a key are to be erased."""


class Fold(Protocol):
    """How to count the entries of one kind; the journal stores the sums."""

    name: str
    kind: str

    def count(self, payload: bytes) -> Mapping[str, int]:
        """Return what one entry adds to each key; it must be deterministic."""

    def knows(self, key: str) -> bool:
        """Say whether `key` is one that `count` may give; damage can make others."""

    def without(self, payload: bytes, unwanted: Unwanted) -> bytes:
        """Return a payload that adds nothing to unwanted keys, and the same to all others."""


class Reports:
    """The fold that counts equal host-quality reports.

    >>> day = {"host": "https://a.example", "ttfb": 3}
    >>> REPORTS.count(batch("1", [day, dict(day)], 0.0).payload)
    Counter({'{"host":"https://a.example","ttfb":3}': 2})
    """

    name = "reports"
    kind = "reports"

    def count(self, payload: bytes) -> Counter[str]:
        """Count the lines: `batch` writes equal reports as equal lines."""
        return Counter(_lines(payload))

    def knows(self, key: str) -> bool:
        """Say whether the key is a report."""
        try:
            from_json(orjson.loads(key))
        except ValueError:
            return False
        return True

    def without(self, payload: bytes, unwanted: Unwanted) -> bytes:
        """Return the lines that are not unwanted; there may be none."""
        return "\n".join(line for line in _lines(payload) if not unwanted(line)).encode()


REPORTS = Reports()


def _lines(payload: bytes) -> list[str]:
    """Return the reports of a batch; none when all have been erased."""
    return payload.decode().split("\n") if payload else []


def batch(batch_id: str, reports: Sequence[Mapping[str, object]], accepted_at: float) -> Entry:
    """Return the entry that holds validated `reports`, each a flat mapping of scalars.

    The payload is one line of JSON (no spaces, UTF-8) per report, its fields in their order:
    equal reports must become equal lines. Counts can be read by the first field, as a range.

    Raises
    ------
    ValueError
        When there is no report, one is too large, or `batch_id` is not an entry's id.

    """
    lines = [*map(orjson.dumps, reports)]
    if not lines:
        raise ValueError("a batch must hold at least one report")
    if max(map(len, lines)) > LARGEST_KEY_BYTES:
        raise ValueError(f"a report must be at most {LARGEST_KEY_BYTES} bytes of JSON")
    return Entry(REPORTS.kind, batch_id, b"\n".join(lines), accepted_at)


def parts(keys: Iterable[str]) -> list[str]:
    """Return the parts that keys belong to, in order.

    >>> parts(['{"day":"2026-05-14","a":1}', '{"day":"2026-05-14","a":2}'])
    ['{"day":"2026-05-14']
    """
    return sorted({key[:PART] for key in keys})


def checksum(part: str) -> int:
    """Return what is stored of a part's name: of erased keys nothing stays readable.

    Parts that share a checksum share their revision, and are read again together.
    """
    return crc32(part.encode())


def total(fold: Fold, payloads: Iterable[bytes]) -> Counter[str]:
    """Return the sum of what `fold` counts in `payloads`."""
    counts: Counter[str] = Counter()
    for payload in payloads:
        counts.update(fold.count(payload))
    return counts


class Erased(NamedTuple):
    """The result of erasing keys from some entries: new payloads, and changes of counts."""

    last: int
    looked_at: int
    gone: int
    rewritten: Sequence[tuple[bytes, int]]
    change: Mapping[str, int]


def erase_from(
    entries: Sequence[tuple[int, bytes]], fold: Fold, unwanted: Unwanted, folded: int
) -> Erased:
    """Return what erasing changes in entries, given as position and payload; one at least.

    >>> payload = batch("1", [{"a": 1}, {"a": 2}, {"a": 2}], 0.0).payload
    >>> erase_from([(7, payload)], REPORTS, lambda key: "2" in key, folded=7)[1:]
    (1, 2, [(b'{"a":1}', 7)], {'{"a":2}': -2})
    """
    kept = [fold.without(payload, unwanted) for _, payload in entries]
    gone = total(fold, [payload for _, payload in entries]) - total(fold, kept)
    counted = sum(position <= folded for position, _ in entries)
    less = total(fold, [payload for _, payload in entries[:counted]]) - total(fold, kept[:counted])
    return Erased(
        entries[-1][0],
        len(entries),
        gone.total(),
        [
            (rest, position)
            for (position, payload), rest in zip(entries, kept, strict=True)
            if rest != payload
        ],
        {key: -count for key, count in less.items()},
    )


def digest(counts: Mapping[str, int]) -> str:
    """Return a SHA-256 that is equal when the counts are: keys in order, zeros left out.

    >>> digest({"b": 1, "a": 2, "c": 0}) == digest({"a": 2, "b": 1})
    True
    """
    rows = [[key, counts[key]] for key in sorted(counts) if counts[key]]
    return sha256(orjson.dumps(rows)).hexdigest()
