"""Documents as other instances sign them."""

from typing import Any

from instance.federation.canonical import encode
from instance.federation.document import SIGNED, Document, sign
from instance.federation.signing import SigningKey

INSTANCE = "https://b.example"
KEY = SigningKey("b" * 22)
WEEK = 2932


def said(**changes: Any) -> Document:  # noqa: ANN401
    """Return a document that is as it must be, but for `changes`."""
    fields: dict[str, Any] = {
        "key": KEY,
        "instance": INSTANCE,
        "week": WEEK,
        "number": 1,
        "previous": "",
        "parts": {"weights": {"epsilon_thousandths": 1000, "sums": [1, -2, 3]}},
        "epsilon_thousandths": 1000,
    }
    return sign(**fields | changes)


def forged(key: SigningKey = KEY, **changes: Any) -> bytes:  # noqa: ANN401
    """Return a signed document with fields that no honest program writes."""
    fields: dict[str, Any] = {
        "format": 1,
        "instance": INSTANCE,
        "week": WEEK,
        "number": 1,
        "previous": "",
        "epsilon_thousandths": 1000,
        "withdrawn": False,
        "parts": {},
        "key": key.public,
    } | changes
    fields = {name: value for name, value in fields.items() if value is not ...}
    return encode(fields | {"signature": key.sign(SIGNED + encode(fields))})
