"""A document in words: what its schemas say of each field, and the field's value."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import reco.federation
from reco.data.ledger import WEEK_S

from .document import Document

SCHEMA = Path(__file__).with_name("federation.schema.json")
# Of a long list, so many values; the exact bytes hold all.
MOST_VALUES = 40


def days_of(week: int) -> tuple[date, date]:
    """Return the first and the last day of a week.

    >>> [day.isoformat() for day in days_of(0)]
    ['1970-01-01', '1970-01-07']
    """
    first, last = (
        datetime.fromtimestamp(at_s, UTC).date()
        for at_s in (week * WEEK_S, (week + 1) * WEEK_S - 1)
    )
    return first, last


def sentences(document: Document) -> list[str]:
    """Return what a document says, a line for each value."""
    first, last = days_of(document.week)
    who = f"{document.instance}, document {document.number}"
    if document.withdrawn:
        return [f"{who}: nothing is said any more about {first} to {last}."]
    return [
        f"{who}, about {first} to {last}.",
        f"All of it together costs each viewer of that week at most ε = "
        f"{document.epsilon_thousandths / 1000:g}.",
        *_lines(document.parts, _parts_schema(), ""),
    ]


@cache
def _parts_schema() -> dict[str, Any]:
    file = Path(reco.federation.__file__).with_name("statement.schema.json")
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _lines(value: object, schema: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield a line for each value that is no object."""
    schema = _resolved(schema)
    said = schema.get("description", "")
    label = f"{name} ({said})" if name and said else name
    if isinstance(value, dict):
        if label:
            yield f"{label}:"
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", {})
        for key, each in value.items():
            yield from _lines(each, properties.get(key, rest), f"{name}.{key}".lstrip("."))
    elif isinstance(value, list):
        more = f" … and {len(value) - MOST_VALUES} more" if len(value) > MOST_VALUES else ""
        shown = ", ".join(json.dumps(each, ensure_ascii=False) for each in value[:MOST_VALUES])
        yield f"{label}: {shown}{more}"
    else:
        yield f"{label}: {json.dumps(value, ensure_ascii=False)}"


def _resolved(schema: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a schema, or the definition that it refers to."""
    if not isinstance(schema, dict):
        return {}
    name = schema.get("$ref", "").rpartition("/")[2]
    return _parts_schema().get("$defs", {}).get(name, {}) | schema if name else schema
