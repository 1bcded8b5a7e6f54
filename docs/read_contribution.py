"""Reads what an instance says to others: verifies a document, and prints it in words.

    python docs/read_contribution.py document.json SCHEMA [SCHEMA OF ITS PARTS]

Nothing of Mirrorwise is imported: the form is what the schemas say (federation.schema.json and
statement.schema.json), and the signature is Ed25519, for which `pip install cryptography`.
Exit status: 0 when the document is valid, 1 when it is not.
"""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool}


class InvalidDocument(Exception):  # noqa: N818 - it says what the document is
    """The document is not valid; the message says why."""


def canonical(value: object) -> bytes:
    """Return canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def check(value: Any, schema: dict[str, Any], where: str = "the document") -> None:  # noqa: ANN401
    """Raise InvalidDocument unless a value is as a schema says (by the keywords used here)."""
    kind = schema.get("type")
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if kind and not (is_number if kind == "integer" else isinstance(value, TYPES[kind])):
        raise InvalidDocument(f"{where} must be of type {kind}")
    if "const" in schema and value != schema["const"]:
        raise InvalidDocument(f"{where} must be {schema['const']!r}")
    if is_number and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        raise InvalidDocument(f"{where} is out of range")
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            raise InvalidDocument(f"{where} is too long")
        if not re.search(schema.get("pattern", "").replace("$", r"\Z"), value):
            raise InvalidDocument(f"{where} is not of its form")
    if isinstance(value, dict):
        if missing := set(schema.get("required", ())) - value.keys():
            raise InvalidDocument(f"{where} lacks {min(missing)}")
        for name, each in value.items():
            check(each, of(schema, name, where), f"{where}: {name}")


def of(schema: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    """Return the schema of a field of an object."""
    by_pattern = schema.get("patternProperties", {}).items()
    found = schema.get("properties", {}).get(name)
    found = found or next((each for form, each in by_pattern if re.search(form, name)), None)
    if found is None and schema.get("additionalProperties") is False:
        raise InvalidDocument(f"{where} has the unknown field {name}")
    return found or {}


def words(value: Any, schema: dict[str, Any], name: str = "") -> Iterator[str]:  # noqa: ANN401
    """Yield a line for each field, with what the schema says of it."""
    told = f" ({schema['description']})" if name and "description" in schema else ""
    if not isinstance(value, dict):
        yield f"{name}{told}: {json.dumps(value, ensure_ascii=False)}"
        return
    if name:
        yield f"{name}{told}:"
    for key, each in value.items():
        yield from (f"  {line}" for line in words(each, of(schema, key, name), key))


def unpadded(text: str) -> bytes:
    """Return the bytes that base64url without padding stands for."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read(data: bytes, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a document that has exactly one form, fits its schema, and is signed by its key."""
    try:
        said: dict[str, Any] = json.loads(data)
        if canonical(said) != data:
            raise InvalidDocument("is not canonical JSON")
    except (ValueError, RecursionError):
        raise InvalidDocument("is not JSON") from None
    check(said, schema)
    unsigned = {name: value for name, value in said.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(unpadded(said["key"]))
        signed = b"mirrorwise contribution 1\n" + canonical(unsigned)
        key.verify(unpadded(said["signature"]), signed)
    except (InvalidSignature, ValueError):
        raise InvalidDocument("has a wrong signature") from None
    return said


def main() -> int:
    """Verify a document, and print it."""
    data = Path(sys.argv[1]).read_bytes()
    schemas = [json.loads(Path(name).read_text()) for name in sys.argv[2:]]
    try:
        said = read(data, schemas[0])
        for parts in schemas[1:]:
            check(said["parts"], parts, "parts")
            schemas[0]["properties"]["parts"] = parts
    except InvalidDocument as error:
        print(f"not valid: {error}")
        return 1
    first = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(weeks=said["week"])).date()
    print(f"valid; sha256 {hashlib.sha256(data).hexdigest()}")
    print(f"{said['instance']} about {first} to {first + timedelta(days=6)}")
    print("\n".join(words(said, schemas[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
