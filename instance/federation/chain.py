"""A source's chain: its list of documents, and what in it contradicts what it said before."""

from collections.abc import Mapping
from typing import NamedTuple

from .canonical import CanonicalError, decode
from .document import INSTANCE, LAST_WEEK, SHA256, Document, DocumentError
from .records import Received

FORMAT = 1
MOST_DOCUMENTS = 2000
# A document takes some 130 bytes of the list.
LARGEST_INDEX_BYTES = 200 * MOST_DOCUMENTS


class Listed(NamedTuple):
    """A document in a list; one that was replaced by a later one is not served any more."""

    number: int
    week: int
    sha256: str
    replaced: bool


class Index(NamedTuple):
    """An instance's list of its documents, in the order of their numbers, from 1."""

    instance: str
    documents: list[Listed]


def read_index(data: bytes) -> Index:
    """Return the list in `data`, or raise DocumentError with the reason to refuse it."""
    try:
        said = decode(data)
    except CanonicalError as error:
        raise DocumentError(f"the list of documents {error}") from None
    try:
        version, instance, documents = said["format"], said["instance"], said["documents"]
        rows = [
            Listed(each["number"], each["week"], each["sha256"], each["replaced"])
            for each in documents
        ]
    except (KeyError, TypeError):
        raise DocumentError("the list of documents lacks a field") from None
    if version != FORMAT:
        raise DocumentError(f"the list of documents is of format {version!r:.20}, not {FORMAT}")
    right = isinstance(instance, str) and INSTANCE.fullmatch(instance)
    if not right or len(rows) > MOST_DOCUMENTS or not all(map(_is_right, rows, range(1, 1 << 30))):
        raise DocumentError("the list of documents has a wrong value, or too many documents")
    newest = {row.week: row.number for row in rows}
    if any(row.replaced != (newest[row.week] != row.number) for row in rows):
        raise DocumentError("the list of documents says wrongly what was replaced")
    return Index(instance, rows)


def check_past(index: Index, seen: Mapping[int, Received]) -> None:
    """Raise DocumentError when documents that were seen are there no more, or are others."""
    for number, before in seen.items():
        now = index.documents[number - 1] if number <= len(index.documents) else None
        if now is None:
            raise DocumentError(f"document {number} was there, and is not in its list any more")
        if (now.sha256, now.week) != (before.sha256, before.week):
            raise DocumentError(f"document {number} was rewritten after it was published")


def check_document(document: Document, index: Index, listed: Listed, key: str) -> None:
    """Raise DocumentError when a document is not the one that is listed, or of another key."""
    previous = index.documents[listed.number - 2].sha256 if listed.number > 1 else ""
    said = (document.instance, document.number, document.week, document.sha256, document.previous)
    meant = (index.instance, listed.number, listed.week, listed.sha256, previous)
    names = ("instance", "number", "week", "sha256", "previous")
    for name, one, other in zip(names, said, meant, strict=True):
        if one != other:
            raise DocumentError(f"document {listed.number} has another {name} than its list says")
    if key and document.key != key:
        raise DocumentError(
            f"document {listed.number} is signed by another key than before; if its administrator "
            "says that this is right, remove the address and add it again"
        )


def _is_right(row: Listed, number: int) -> bool:
    return (
        type(row.number) is int
        and row.number == number
        and type(row.week) is int
        and 0 <= row.week <= LAST_WEEK
        and isinstance(row.sha256, str)
        and SHA256.fullmatch(row.sha256) is not None
        and isinstance(row.replaced, bool)
    )
