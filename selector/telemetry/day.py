"""ISO dates without `datetime`, which is not shipped to the browser."""

from math import isfinite

from ..bandit.checks import FieldError, text

DAY_S = 86_400.0


def iso_day(now_s: float) -> str:
    """Return the day in UTC at `now_s` seconds since 1970.

    Years are counted from March, so that the leap day comes last
    (Richards 2013, Explanatory Supplement to the Astronomical Almanac, 15.11).

    >>> iso_day(0.0), iso_day(951_782_400.0), iso_day(1_778_716_800.0)
    ('1970-01-01', '2000-02-29', '2026-05-14')
    """
    if not isfinite(now_s) or now_s < 0.0:
        raise ValueError("now_s must be a time in seconds since 1970")
    julian = int(now_s // DAY_S) + 2_440_588
    f = julian + 1401 + (4 * julian + 274_277) // 146_097 * 3 // 4 - 38
    e = 4 * f + 3
    h = 5 * (e % 1461 // 4) + 2
    month = (h // 153 + 2) % 12 + 1
    year = e // 1461 - 4716 + (14 - month) // 12
    return f"{year:04}-{month:02}-{h % 153 // 5 + 1:02}"


def checked_day(value: object, field: str) -> str:
    """Return a day of the calendar written as 2026-05-14, or raise `FieldError`.

    >>> checked_day("2026-02-29", "day")
    Traceback (most recent call last):
    selector.bandit.checks.FieldError: day must be a day such as 2026-05-14
    """
    day = text(value, field, 10)
    parts = day.split("-")
    shaped = day.isascii() and all(map(str.isdigit, parts)) and [*map(len, parts)] == [4, 2, 2]
    if not shaped or not _in_calendar(*map(int, parts)):
        raise FieldError(field, "must be a day such as 2026-05-14")
    return day


def _in_calendar(year: int, month: int, day: int) -> bool:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return year >= 1970 and 1 <= month <= 12 and 1 <= day <= lengths[month - 1]
