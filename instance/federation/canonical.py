r"""Canonical JSON: one value has exactly one form in bytes, so that its hash and signature hold.

Only objects, lists, strings, whole numbers up to 2^53 − 1 on either side of 0, `true`, `false`
and `null`: no fractions, which every language writes in its own way. Keys in the order of their
code points, each once; UTF-8; no spaces and no line breaks; of characters only `"`, `\` and those
below U+0020 are escaped, `\b \t \n \f \r` by letter and the others as `\u00xx`.
"""

import json
from typing import Any, NoReturn

LARGEST = 2**53 - 1
DEEPEST = 16


class CanonicalError(ValueError):
    """The bytes are not canonical JSON, or the value cannot be written in it."""


def encode(value: object) -> bytes:
    """Return a value as canonical JSON.

    >>> encode({"b": [1, True, None], "a": "ε"}).decode()
    '{"a":"ε","b":[1,true,null]}'
    """
    _check(value, 0)
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
        ).encode()
    except UnicodeEncodeError:
        raise CanonicalError("holds half a character") from None


def decode(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON can be
    """Return the value that `data` is the canonical JSON of, or raise CanonicalError.

    >>> decode(b'{"a":1,"a":2}')
    Traceback (most recent call last):
    instance.federation.canonical.CanonicalError: has the key 'a' twice
    """
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_object,
            parse_float=_fraction,
            parse_constant=_fraction,
        )
    except CanonicalError:
        raise
    except (ValueError, RecursionError):
        raise CanonicalError("is not JSON") from None
    if encode(value) != data:
        raise CanonicalError("is not written canonically (order of keys, spaces or escapes)")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise CanonicalError(f"has the key {key[:40]!r} twice")
        found[key] = value
    return found


def _fraction(text: str) -> NoReturn:
    raise CanonicalError(f"has {text[:40]}, which is no whole number")


def _check(value: object, depth: int) -> None:
    """Raise CanonicalError unless a value is made of what canonical JSON has."""
    if depth > DEEPEST:
        raise CanonicalError(f"is nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise CanonicalError("has a key that is no string")
        for each in value.values():
            _check(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _check(each, depth + 1)
    elif isinstance(value, int):
        if abs(value) > LARGEST:
            raise CanonicalError("has a number beyond 2^53 − 1")
    elif value is not None and not isinstance(value, str):
        raise CanonicalError(f"has a {type(value).__name__}, which is not allowed")
