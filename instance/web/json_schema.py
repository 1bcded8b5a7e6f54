"""Named tuples as JSON: their values, and the types that describe them in a JSON schema."""

from collections.abc import Mapping
from math import isinf
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from typing_extensions import TypedDict

# A number in JSON cannot be infinite: null says that there is no bound.
Number = float | None
# Part of the names of two schemas in /openapi.json, which clients may have generated code from.
SCHEMA_MODULE = "instance.shapes"


def to_json(value: object) -> Any:  # noqa: ANN401 - whatever JSON can be
    """Return `value` with named tuples as objects, tuples as lists, and infinities as null.

    >>> from typing import NamedTuple
    >>> class Range(NamedTuple):
    ...     low: float
    ...     high: float
    >>> to_json([Range(1.0, float("inf"))])
    [{'low': 1.0, 'high': None}]
    """
    if hasattr(value, "_asdict"):
        return to_json(value._asdict())
    if isinstance(value, dict):
        return {name: to_json(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(one) for one in value]
    if isinstance(value, float) and isinf(value):
        return None
    return value


def json_type(kind: Any) -> Any:  # noqa: ANN401 - types are values here
    """Return the type of what `to_json` makes of a `kind`, for pydantic to describe."""
    if hasattr(kind, "_fields"):
        hints = get_type_hints(kind)
        fields = TypedDict(kind.__name__, {name: json_type(hints[name]) for name in kind._fields})  # type: ignore[misc]
        fields.__doc__ = kind.__doc__
        fields.__module__ = SCHEMA_MODULE
        return fields
    if get_origin(kind) is Literal:
        return kind
    if get_origin(kind) in (Union, UnionType):
        return Union[tuple(json_type(one) for one in get_args(kind))]  # noqa: UP007 - built, not written
    if get_origin(kind) in (dict, Mapping):
        key, value = get_args(kind)
        return dict.__class_getitem__((key, json_type(value)))
    if get_origin(kind) in (tuple, list):
        return list[json_type(get_args(kind)[0])]  # type: ignore[misc]
    return Number if kind is float else kind
