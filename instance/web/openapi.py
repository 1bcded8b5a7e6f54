"""The OpenAPI document, written from the types that validate."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from ..version import program_version
from .endpoint import Endpoint
from .messages import Refusal

Schema = dict[str, Any]

JSON = "application/json"
SHARED = "#/components/schemas/"
# Lists in a query are written with commas.
FORM = {"style": "form", "explode": False}
REFUSAL = TypeAdapter(Refusal)
REFUSALS = {
    400: "A field is not what it must be",
    401: "No token, or a wrong one",
    403: "Not an administrator",
    404: "This part of the service is off.",
    408: "The body did not arrive in time",
    413: "The body is too large",
    415: "Not plain JSON",
    429: "Asked too often without a secret; Retry-After says when to come back",
    503: "A part is down, nothing was acknowledged; Retry-After says when to try again",
}


def document(endpoints: Iterable[Endpoint]) -> Schema:
    """Return the OpenAPI document that describes `endpoints`."""
    rows = list(endpoints)
    schemas, shared = TypeAdapter.json_schemas(_types(rows), ref_template=f"{SHARED}{{model}}")
    writer = _Writer(schemas, shared.get("$defs", {}))
    paths: dict[str, Schema] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = writer.operation(row)
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mirrorwise", "version": program_version()},
        "paths": paths,
        "components": {
            "schemas": shared.get("$defs", {}),
            "securitySchemes": {"plugin": bearer, "admin": bearer},
        },
    }


def _types(rows: list[Endpoint]) -> list[tuple[int, JsonSchemaMode, TypeAdapter[Any]]]:
    asked = [what for row in rows for what in (row.query, row.body) if what]
    answered = [row.answer for row in rows if not isinstance(row.answer, str)]
    return [
        *((id(what), "validation", what) for what in asked),
        *((id(what), "serialization", what) for what in [*answered, REFUSAL]),
    ]


class _Writer:
    def __init__(self, schemas: Mapping[Any, Schema], shared: Schema) -> None:
        self._schemas = schemas
        self._shared = shared

    def operation(self, row: Endpoint) -> Schema:
        said: Schema = {"summary": row.summary, "responses": dict(self._responses(row))}
        if row.who != "anybody":
            said["security"] = [{row.who: []}]
        parameters = [*_in_path(row.path)]
        if row.query:
            parameters += self._parameters(row.query)
        if parameters:
            said["parameters"] = parameters
        if row.body:
            schema = self._schemas[id(row.body), "validation"]
            said["requestBody"] = {"required": True, "content": _content(JSON, schema)}
        return said

    def _parameters(self, query: TypeAdapter[Any]) -> Iterator[Schema]:
        schema = self._schemas[id(query), "validation"]
        if "$ref" in schema:
            schema = self._shared[schema["$ref"].removeprefix(SHARED)]
        for name, what in schema["properties"].items():
            required = name in schema.get("required", ())
            yield {"name": name, "in": "query", "required": required, "schema": what} | FORM

    def _responses(self, row: Endpoint) -> Iterator[tuple[str, Schema]]:
        media, schema = JSON, {}
        if isinstance(row.answer, str):
            media = row.answer
        else:
            schema = self._schemas[id(row.answer), "serialization"]
        yield "200", {"description": row.summary, "content": _content(media, schema)}
        failure = _content(JSON, self._schemas[id(REFUSAL), "serialization"])
        for status in row.refusals:
            yield str(status), {"description": REFUSALS[status], "content": failure}


def _in_path(path: str) -> Iterator[Schema]:
    """Yield the parameters that a path holds, which are whole numbers."""
    for name in re.findall(r"{(\w+)}", path):
        schema = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _content(media: str, schema: Schema) -> Schema:
    return {media: {"schema": schema}}
