"""What is sent to the service and what it answers, as types.

The same types validate requests and write `/openapi.json`, so the two cannot drift apart.
A report's fields come from the device's own table, `selector.telemetry.FIELDS`.
"""

from typing import Annotated, Any, NotRequired

import orjson
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, WithJsonSchema, with_config
from typing_extensions import TypedDict

from selector.bandit.checks import host as checked_host
from selector.telemetry import FIELDS, QUESTIONS
from selector.telemetry.report import Field as ReportField
from selector.telemetry.report import iso_day

from .errors import Refused

# A batch of the plugin has some hundred; a report has some 150 bytes.
MOST_REPORTS = 2000
# {"reports": [{"host": …}]} is three deep.
DEEPEST = 8


def _of(field: ReportField) -> Any:
    if field.name == "day":
        day = {"type": "string", "format": "date"}
        return Annotated[str, AfterValidator(lambda said: iso_day(said, "it")), WithJsonSchema(day)]
    if field.name == "host":
        origin = {"type": "string", "pattern": r"^https?://[^/?#@\\\s]+$", "maxLength": field.high}
        check = AfterValidator(lambda said: checked_host(said, "it"))
        return Annotated[str, check, WithJsonSchema(origin)]
    if field.name == "epsilon":
        return Annotated[float, Field(ge=field.low, le=field.high)]
    whole = Annotated[int, Field(ge=field.low, le=field.high)]
    return NotRequired[whole | None] if field.noised else whole
