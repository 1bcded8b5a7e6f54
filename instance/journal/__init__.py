"""The instance's journal: accepted entries, durable and in order, and the folds over them.

One interface, three ways to run it:

- `SqliteJournal`: one file, one process; the default;
- `PostgresJournal`: several web workers and fold workers, which look for work once a second;
- `StreamJournal`: the same, with a Redis stream that hands out the work at once.
"""

from .entry import Accepted, Entry, Unavailable
from .folds import REPORTS, Fold, Reports, Unwanted, batch, digest
from .journal import Aggregate, Health, Journal, Recount
from .opening import open_journal
from .postgres import PostgresJournal
from .sqlite import SqliteJournal
from .stream import StreamJournal

__all__ = [
    "REPORTS",
    "Accepted",
    "Aggregate",
    "Entry",
    "Fold",
    "Health",
    "Journal",
    "PostgresJournal",
    "Recount",
    "Reports",
    "SqliteJournal",
    "StreamJournal",
    "Unavailable",
    "Unwanted",
    "batch",
    "digest",
    "open_journal",
]
