"""A contribution: the public document that an instance says about one week, signed and chained.

Its bytes are canonical JSON. The signature is over the canonical JSON of all other fields, after a
line that says what is signed. Documents are numbered from 1; each holds the sha256 of the bytes of
the one before, so that whoever rewrites the past is found out by those who have seen it. A later
document about the same week replaces the earlier one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from .canonical import LARGEST, CanonicalError, decode, encode
from .signing import SigningKey, is_signed

FORMAT = 1
SIGNED = b"mirrorwise contribution 1\n"
LARGEST_DOCUMENT_BYTES = 262_144
MOST_EPSILON = 4000
LAST_WEEK = 100_000
SHA256 = re.compile(r"[0-9a-f]{64}")
KEY = re.compile(r"[A-Za-z0-9_-]{43}")
SIGNATURE = re.compile(r"[A-Za-z0-9_-]{86}")
# As in `federation.schema.json`, which has the same words for other languages.
INSTANCE = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}(?::[1-9][0-9]{0,4})?"
)


class DocumentError(ValueError):
    """A document is refused; the message is the reason."""


@dataclass(frozen=True)
class Document:
    """The fields of a contribution, and `data`, the exact bytes.

    - `week`: number of the week since 1970-01-01, UTC, which was a Thursday
    - `previous`: sha256 of the document before, empty for the first
    - `epsilon_thousandths`: ε of all parts together, per viewer of that week
    - `withdrawn`: nothing is said about that week any more
    """

    instance: str
    week: int
    number: int
    previous: str
    epsilon_thousandths: int
    withdrawn: bool
    parts: Mapping[str, Any]
    key: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Return the hash of the exact bytes, which the next document holds."""
        return sha256(self.data).hexdigest()


def sign(
    key: SigningKey,
    instance: str,
    week: int,
    number: int,
    previous: str,
    parts: Mapping[str, Any] | None,
    epsilon_thousandths: int = 0,
) -> Document:
    """Return a signed document; without parts, one that withdraws what was said of the week."""
    said = {
        "format": FORMAT,
        "instance": instance,
        "week": week,
        "number": number,
        "previous": previous,
        "epsilon_thousandths": epsilon_thousandths,
        "withdrawn": parts is None,
        "parts": {} if parts is None else parts,
        "key": key.public,
    }
    signature = key.sign(SIGNED + encode(said))
    return read(encode(said | {"signature": signature}))


def read(data: bytes) -> Document:
    """Return the document in `data`, or raise DocumentError with the reason to refuse it."""
    if len(data) > LARGEST_DOCUMENT_BYTES:
        raise DocumentError(f"is larger than {LARGEST_DOCUMENT_BYTES} bytes")
    try:
        said = decode(data)
    except CanonicalError as error:
        raise DocumentError(f"{error}") from None
    _check_fields(said)
    unsigned = {name: value for name, value in said.items() if name != "signature"}
    if not is_signed(said["key"], said["signature"], SIGNED + encode(unsigned)):
        raise DocumentError("has a wrong signature: somebody else wrote or changed it")
    del unsigned["format"]
    return Document(**unsigned, data=data)


def _check_fields(said: object) -> None:
    if not isinstance(said, dict):
        raise DocumentError("is no object")
    version = said.get("format")
    if version != FORMAT or isinstance(version, bool):
        raise DocumentError(f"is of format {version!r:.20}, and this version knows {FORMAT} alone")
    missing, strange = FIELDS.keys() - said.keys(), said.keys() - FIELDS.keys()
    if missing or strange:
        raise DocumentError(
            f"lacks the field {min(missing)}" if missing else f"has a field {min(strange)!r:.40}"
        )
    for name, is_right in FIELDS.items():
        if not is_right(said[name]):
            raise DocumentError(f"has a wrong {name}: {said[name]!r:.60}")
    epsilon, parts = said["epsilon_thousandths"], said["parts"]
    if said["withdrawn"] and (parts or epsilon):
        raise DocumentError("withdraws the week and says something about it")
    if spent(parts) > epsilon:
        raise DocumentError(f"spends {spent(parts)} thousandths of ε, and states {epsilon}")
    if (said["number"] == 1) != (said["previous"] == ""):
        raise DocumentError("is the first and names one before, or the other way round")


def spent(parts: Mapping[str, Any]) -> int:
    """Return the ε that the parts of a document state, added up, in thousandths."""
    stated = [part.get("epsilon_thousandths", 0) for part in parts.values() if _is_object(part)]
    if not all(_whole(0, MOST_EPSILON)(each) for each in stated):
        raise DocumentError("has a part with a wrong epsilon_thousandths")
    return sum(stated)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _whole(least: int, most: int) -> Any:  # noqa: ANN401 - a predicate on any value
    return lambda value: type(value) is int and least <= value <= most


def _text(form: re.Pattern[str]) -> Any:  # noqa: ANN401 - a predicate on any value
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


FIELDS: Mapping[str, Any] = {
    "format": _whole(FORMAT, FORMAT),
    "instance": _text(INSTANCE),
    "week": _whole(0, LAST_WEEK),
    "number": _whole(1, LARGEST),
    "previous": _text(re.compile(f"(?:{SHA256.pattern})?")),
    "epsilon_thousandths": _whole(0, MOST_EPSILON),
    "withdrawn": lambda value: isinstance(value, bool),
    "parts": _is_object,
    "key": _text(KEY),
    "signature": _text(SIGNATURE),
}
