"""Messages of the HTTP API: the types of requests and answers, and their validation.

The same types validate requests and write `/openapi.json`, so the two cannot drift apart.
A report's fields come from the device's own table, `selector.telemetry.FIELDS`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypeVar

import orjson
from pydantic import (
    AfterValidator,
    ConfigDict,
    FailFast,
    Field,
    GetPydanticSchema,
    TypeAdapter,
    ValidationError,
    with_config,
)
from typing_extensions import TypedDict

from selector.telemetry import FIELDS, QUESTIONS
from selector.telemetry.report import EPSILON_MAX
from selector.telemetry.report import Field as ReportField
from selector.telemetry.terms import HOSTS_MAX, LEAST_EPSILON, MOST_CONTROL

from ..validation_errors import humanised
from .errors import RequestError

# The plugin's batches have some hundred reports, of some 150 bytes each.
MOST_REPORTS = 2000
# {"reports": [{…}]} is three deep.
DEEPEST = 3
BRACKETS = b"[]{}"
NO_BRACKETS = bytes(set(range(256)) - set(BRACKETS))
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
ADDRESS_TAG = r"^[A-Za-z0-9_-]{11}$"
BATCH_ID = r"^[A-Za-z0-9_-]{8,64}$"
# Printable ASCII without / ? # @ and \, as in `selector.bandit.checks.host`, in the words
# that Rust, ECMAScript and Python share.
ORIGIN = r"^https?://[!\"$-.0->A-\[\]-~]+$"

T = TypeVar("T")
STRICT = ConfigDict(extra="forbid", strict=True)


def _of(field: ReportField) -> object:
    told = Field(description=field.meaning)
    if field.name == "day":
        return Annotated[str, Field(pattern=DAY), told]
    if field.name == "host":
        length = Field(min_length=int(field.low), max_length=int(field.high), pattern=ORIGIN)
        return Annotated[str, length, told]
    if field.name == "epsilon":
        return Annotated[float, Field(ge=field.low, le=field.high), told]
    whole = Annotated[int, Field(ge=field.low, le=field.high)]
    return NotRequired[Annotated[whole | None, told]] if field.noised else Annotated[whole, told]


def _one_answer(said: Mapping[str, object]) -> Mapping[str, object]:
    if sum(said.get(question) is not None for question in QUESTIONS) != 1:
        raise ValueError(f"must answer exactly one of {', '.join(QUESTIONS)}")
    return said


def typed(name: str, fields: Mapping[str, object], config: ConfigDict) -> Any:  # noqa: ANN401
    """Return a `TypedDict` whose fields are known at run time only."""
    make: Any = TypedDict
    return with_config(config)(make(name, fields))


FIELD_TYPES = {field.name: _of(field) for field in FIELDS}
"""The type of each field of a report, by name."""

ADDRESS = NotRequired[
    Annotated[
        str,
        Field(
            pattern=ADDRESS_TAG,
            description="The plugin's hash of that day of the address it came from; never stored.",
        ),
    ]
]
_report: Any = typed("Report", FIELD_TYPES | {"from": ADDRESS}, STRICT)
Report = Annotated[
    dict[str, Any],
    GetPydanticSchema(lambda _, schema: schema(_report)),
    AfterValidator(_one_answer),
]
BatchId = Annotated[str, Field(pattern=BATCH_ID)]


@with_config(STRICT)
class Terms(TypedDict):
    """What an administrator has set for reports, in the settings of the plugin."""

    epsilon: Annotated[
        float,
        Field(ge=LEAST_EPSILON, le=EPSILON_MAX, description="ε of all that one viewer tells a day"),
    ]
    hosts: Annotated[int, Field(ge=1, le=HOSTS_MAX, description="hosts told of a day, at most")]
    control: Annotated[float, Field(ge=0, le=MOST_CONTROL, description="share of days in control")]


@with_config(STRICT)
class Batch(TypedDict):
    """Reports that are stored together or not at all."""

    batch: Annotated[BatchId, Field(description="Names the batch, so that it may be sent again.")]
    terms: NotRequired[
        Annotated[Terms, Field(description="What players were told; without, the own settings.")]
    ]
    share: NotRequired[
        Annotated[
            int, Field(ge=1, le=10_000, description="Reports of one host that count of one `from`.")
        ]
    ]
    reports: Annotated[list[Report], Field(min_length=1, max_length=MOST_REPORTS), FailFast()]


class Accepted(TypedDict):
    """How many reports are durable: all that are within the share of their address.

    A batch that was sent before is not counted again.
    """

    accepted: int


class Failure(TypedDict):
    """Which field is not what it must be, and what is allowed."""

    field: str
    reason: str


class Refusal(TypedDict):
    """A request that was not answered as wished; nothing of it is stored."""

    error: Failure


class Health(TypedDict):
    """Which parts work."""

    status: Literal["ok", "down"]
    parts: Annotated[dict[str, str], Field(description="`ok`, or what is wrong, for each part.")]
    backlog: NotRequired[
        Annotated[int, Field(description="Batches accepted that no report counts yet.")]
    ]


BATCH = TypeAdapter(Batch)
ACCEPTED = TypeAdapter(Accepted)
HEALTH = TypeAdapter(Health)
ANYTHING = TypeAdapter(dict[str, Any])


def read(body: bytes, what: TypeAdapter[T]) -> T:
    """Return the value that `body` holds, or refuse it by field.

    >>> read(b'{"batch": "short", "reports": []}', BATCH)
    Traceback (most recent call last):
    instance.web.errors.RequestError: batch must be 8 to 64 letters, digits, _ or -
    """
    if depth(body) > DEEPEST:
        raise RequestError(400, "body", f"must not be nested more than {DEEPEST} deep")
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RequestError(400, "body", "must be JSON") from None
    return checked(said, what)


def checked(said: object, what: TypeAdapter[T]) -> T:
    """Return `said` validated as `what`, or refuse it by field."""
    try:
        return what.validate_python(said)
    except ValidationError as error:
        raise _request_error(error) from None


def depth(body: bytes) -> int:
    r"""Return how deep brackets are nested outside of strings.

    >>> depth(b'{"a": [{"b]": "\\"[[["}]}')
    3
    """
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")
    brackets = b"".join(plain.split(b'"')[::2]).translate(None, NO_BRACKETS)
    here = deepest = 0
    for bracket in brackets:
        here += 1 if bracket in b"[{" else -1
        deepest = max(deepest, here)
    return deepest


def _request_error(error: ValidationError) -> RequestError:
    first = error.errors(include_url=False, include_input=False)[0]
    path = "".join(f"[{at}]" if isinstance(at, int) else f".{at:.40}" for at in first["loc"])
    reason = PATTERNS.get(str(first.get("ctx", {}).get("pattern")), first["msg"])
    return RequestError(400, path.lstrip(".") or "body", humanised(reason))


PATTERNS = {
    DAY: "must be a day such as 2026-05-14",
    ORIGIN: "must be an origin such as https://mirror.example",
    ADDRESS_TAG: "must be 11 letters, digits, _ or -",
    BATCH_ID: "must be 8 to 64 letters, digits, _ or -",
}
