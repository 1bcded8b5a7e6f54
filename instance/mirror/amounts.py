"""Amounts that an operator types: bytes (`200GB`), hours of the day (`1-6`)."""

import argparse
import re
from typing import NamedTuple

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
BYTES = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([kmgt]?)b?(?:/s)?", re.IGNORECASE)
HOURS = re.compile(r"([0-9]{1,2})-([0-9]{1,2})")


class Hours(NamedTuple):
    """Hours of a day in which files may be copied; they may go over midnight."""

    first: int
    end: int

    def contain(self, hour: int) -> bool:
        """Say whether files may be copied in this hour.

        >>> [hour for hour in range(24) if Hours(22, 3).contain(hour)]
        [0, 1, 2, 22, 23]
        """
        return (hour - self.first) % 24 < (self.end - self.first) % 24


def number_of_bytes(text: str) -> int:
    """Read a number of bytes.

    >>> number_of_bytes("200GB"), number_of_bytes("1.5 MB/s"), number_of_bytes("7")
    (200000000000, 1500000, 7)
    """
    found = BYTES.fullmatch(text.strip())
    if not found or not (said := round(float(found[1]) * UNITS[found[2].lower()])):
        raise argparse.ArgumentTypeError(f"{text!r}: write an amount such as 200GB or 1.5MB")
    return said


def hours(text: str) -> Hours:
    """Read hours of the day.

    >>> hours("1-6")
    Hours(first=1, end=6)
    """
    found = HOURS.fullmatch(text.strip())
    first, end = (int(found[1]), int(found[2])) if found else (0, 0)
    if first > 23 or end > 24 or first == end:
        raise argparse.ArgumentTypeError(f"{text!r}: write hours such as 1-6 or 22-5")
    return Hours(first, end)


def shown(amount: float) -> str:
    """Return a number of bytes in words.

    >>> shown(1_234_567), shown(200e9), shown(12)
    ('1.2 MB', '200 GB', '12 B')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.2g} {unit}" if amount < 10 else f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.4g} TB"
