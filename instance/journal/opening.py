"""Opening a journal: the address chooses the backend."""

from collections.abc import Sequence
from pathlib import Path

from .folds import REPORTS, Fold
from .journal import Journal
from .postgres import PostgresJournal
from .sqlite import SqliteJournal
from .stream import StreamJournal

# The kind of the recommender's entries: watch events and videos, folded in their order.
WATCHES = "watches"
# The kind of what is said to and heard from other instances.
FEDERATION = "federation"


def open_journal(
    database: str,
    stream: str = "",
    *,
    folds: Sequence[Fold] = (REPORTS,),
    ordered: Sequence[str] = (WATCHES, FEDERATION),
) -> Journal:
    """Return the journal at `database`; nothing is connected before its first use.

    Parameters
    ----------
    database
        `sqlite:` and a path, or `postgresql://…`.
    stream
        `redis://…`, `rediss://…` or `unix://…`, for PostgreSQL only; empty for none.
    folds
        The folds that count.
    ordered
        Kinds of entries that are folded in their order.

    Raises
    ------
    ValueError
        When an address has none of these forms; the message lists them.

    """
    if database.startswith("sqlite:") and not stream:
        return SqliteJournal(Path(database.removeprefix("sqlite:")), folds, ordered)
    if database.startswith(("postgresql://", "postgres://")):
        if stream:
            return StreamJournal(database, stream, folds, ordered)
        return PostgresJournal(database, folds, ordered)
    raise ValueError(
        "the database must be sqlite:PATH or postgresql://USER@HOST/NAME, "
        "and a stream (redis://HOST) needs PostgreSQL"
    )
