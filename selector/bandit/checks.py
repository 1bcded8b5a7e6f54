"""Validation of values from outside: each check returns the value or raises `FieldError`."""

from collections.abc import Mapping
from typing import Any


class FieldError(ValueError):
    """A validation error: the field, and what it must be.

    >>> raise FieldError("buffer_s", "must be a number")
    Traceback (most recent call last):
    selector.bandit.checks.FieldError: buffer_s must be a number
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


def number(value: object, field: str, low: float, high: float) -> float:
    """Return a finite number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FieldError(field, "must be a number")
    if not low <= value <= high:
        raise FieldError(field, f"must be from {low:g} to {high:g}")
    return float(value)


def integer(value: object, field: str, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`; JSON from JavaScript may write 3 as 3.0."""
    found = number(value, field, low, high)
    if found != int(found):
        raise FieldError(field, "must be a whole number")
    return int(found)


def boolean(value: object, field: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise FieldError(field, "must be true or false")
    return value


def text(value: object, field: str, longest: int) -> str:
    """Return a string of at most `longest` characters."""
    if not isinstance(value, str) or len(value) > longest:
        raise FieldError(field, f"must be a string of at most {longest} characters")
    return value


def mapping(value: object, field: str, largest: int) -> Mapping[str, Any]:
    """Return an object with at most `largest` entries."""
    if not isinstance(value, dict) or len(value) > largest:
        raise FieldError(field, f"must be an object of at most {largest} entries")
    return value


def array(value: object, field: str, longest: int) -> list[Any]:
    """Return a list of at most `longest` items."""
    if not isinstance(value, list) or len(value) > longest:
        raise FieldError(field, f"must be a list of at most {longest} items")
    return value


def host(value: object, field: str) -> str:
    """Return the origin of a URL that serves segments.

    A path is refused, because it would name the video, which nothing here may remember.

    >>> host("https://mirror.example:8443", "host")
    'https://mirror.example:8443'
    >>> host("https://mirror.example/static/x", "host")
    Traceback (most recent call last):
    selector.bandit.checks.FieldError: host must be an origin such as https://mirror.example
    """
    origin = text(value, field, 300)
    scheme, _, name = origin.partition("://")
    plain = name.isascii() and name.isprintable() and not set(name) & set("/?#@\\ ")
    if scheme not in ("http", "https") or not name or not plain:
        raise FieldError(field, "must be an origin such as https://mirror.example")
    return origin
