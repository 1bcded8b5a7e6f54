"""Public videos: validation of PeerTube's JSON, and its conversion to the model's `Video`.

What PeerTube passes on was written by many people on many servers: text is cut, and JSON of
another form is no video.
"""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from pydantic import BeforeValidator, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from reco import Video

from ..peertube_json import IGNORE, PUBLIC, Count, Uuid, When, seconds

LONGEST_TEXT = 500
MOST_TAGS = 10
MOST_PICTURES = 8


def _cut(text: object) -> object:
    return text[:LONGEST_TEXT] if isinstance(text, str) else text


Text = Annotated[str, BeforeValidator(_cut)]


@with_config(IGNORE)
class Constant(TypedDict):
    """What PeerTube calls a constant: a number or code, and its name; null when not set."""

    id: int | Text | None
    label: Text


@with_config(IGNORE)
class Actor(TypedDict):
    """An account or a channel."""

    name: Text
    displayName: Text
    host: Text
    url: Text


@with_config(IGNORE)
class Picture(TypedDict):
    """A thumbnail."""

    height: int | None
    width: int | None
    fileUrl: Text


def _few(pictures: object) -> object:
    return pictures[:MOST_PICTURES] if isinstance(pictures, list) else pictures or []


def _or_none(tags: object) -> object:
    return tags or []


@with_config(IGNORE)
class PublicVideo(TypedDict):
    """The fields of PeerTube's video that are kept and passed on, by PeerTube's names."""

    id: int
    uuid: Uuid
    shortUUID: Text
    url: Text
    name: Text
    category: Constant
    language: Constant
    privacy: Constant
    nsfw: bool
    isLocal: bool
    isLive: bool
    duration: Count
    views: Count
    likes: Count
    publishedAt: When
    updatedAt: When
    account: Actor
    channel: Actor
    thumbnailPath: NotRequired[Text | None]
    previewPath: NotRequired[Text | None]
    thumbnails: NotRequired[Annotated[list[Picture], BeforeValidator(_few)]]
    embedPath: NotRequired[Text | None]
    tags: NotRequired[Annotated[list[Text], BeforeValidator(_or_none)]]


PUBLIC_VIDEO: TypeAdapter[PublicVideo] = TypeAdapter(PublicVideo)


def parse(said: object) -> dict[str, Any] | None:
    """Return the kept fields of PeerTube's JSON for a video; None unless it is valid and public."""
    try:
        video: dict[str, Any] = dict(PUBLIC_VIDEO.validate_python(said))
    except ValidationError:
        return None
    video["tags"] = video.get("tags", [])[:MOST_TAGS]
    return video if video["privacy"]["id"] == PUBLIC else None


def channel_of(video: Mapping[str, Any]) -> str:
    """Return the handle of a video's channel, such as `news@video.example`."""
    return f"{video['channel']['name']}@{video['channel']['host']}"


def account_of(video: Mapping[str, Any]) -> str:
    """Return the handle of the account that a video's channel belongs to."""
    return f"{video['account']['name']}@{video['account']['host']}"


def video_of(video: dict[str, Any]) -> Video:
    """Return the model's form of a video."""
    category = video["category"]
    return Video(
        id=video["uuid"],
        channel=channel_of(video),
        tags=tuple(video["tags"]),
        language=str(video["language"]["id"] or ""),
        category=category["label"] if category["id"] is not None else "",
        nsfw=video["nsfw"],
        published_s=max(0.0, seconds(video["publishedAt"])),
        views=video["views"],
        likes=video["likes"],
    )
