"""Watch events as the plugin sends them."""

from typing import Any

from tests.instance.clock import day
from tests.instance.recommendations.peertube import uuid
from tests.instance.service import SECRET, Answer, Running


def token(number: int) -> str:
    """Return what the device of a viewer has made."""
    return f"viewer-{number:024}"


def event(viewer: int, number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an event that is as it must be, but for `changes`."""
    said = {"viewer": token(viewer), "video": uuid(number), "day": day(), "engaged": 1}
    return said | changes


async def send(running: Running, *events: dict[str, Any], **more: Any) -> Answer:  # noqa: ANN401
    """Send events as the plugin does."""
    send.batches += 1  # type: ignore[attr-defined]
    said = {"batch": f"batch-{send.batches:06}", "epsilon": 2.0, "events": list(events)}  # type: ignore[attr-defined]
    return await running.ask("POST", "/api/v1/events", SECRET, json=said | more)


send.batches = 0  # type: ignore[attr-defined]
