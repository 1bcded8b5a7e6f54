"""What a document's parts say: made of the model's plays, and read from another instance."""

from collections.abc import Mapping
from typing import Any

from reco import Model
from reco.federation.statement import MOST_VIEWERS, StatementError
from reco.federation.statement import read as read_statement

from .document import Document, DocumentError


def release(model: Model, week: int, epsilon: float) -> Mapping[str, Any]:
    """Return what is said of a week, noised."""
    # Imported late: OpenDP is there only where federation is.
    from reco.federation.release import release as noised

    return noised(model, week, epsilon)


def check(document: Document, most_viewers: int = MOST_VIEWERS) -> None:
    """Raise DocumentError when the parts of a document are not what they must be.

    `most_viewers` are those that its instance can have had, by its own public figures.
    """
    if document.withdrawn:
        return
    try:
        read_statement(document.parts, most_viewers)
    except StatementError as error:
        raise DocumentError(f"document {document.number}: {error}") from None
