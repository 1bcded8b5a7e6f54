"""The instance's journal: accepted entries, durable and in order, and the folds over them.

Counts are folded here, by any number of workers (`folds`). What depends on the order of entries
is folded where it is used, and its states are stored here (`ordered`).

One interface, three ways to run it:

- `SqliteJournal`: one file, one process; the default;
- `PostgresJournal`: several web workers and fold workers, which poll once a second;
- `StreamJournal`: the same, with a Redis stream that wakes fold workers at once.
"""

from .entry import Accepted, Damaged, Entry, NewerDatabase, StillReadable, Unavailable
from .folds import REPORTS, Fold, Reports, Unwanted, batch, digest
from .journal import ABOVE_ALL, Aggregate, Health, Journal, Recount
from .opening import FEDERATION, WATCHES, open_journal
from .ordered import Change, State, States
from .postgres import PostgresJournal
from .repair import Repaired, repair
from .sqlite import SqliteJournal
from .stream import StreamJournal

__all__ = [
    "ABOVE_ALL",
    "FEDERATION",
    "REPORTS",
    "WATCHES",
    "Accepted",
    "Aggregate",
    "Change",
    "Damaged",
    "Entry",
    "Fold",
    "Health",
    "Journal",
    "NewerDatabase",
    "PostgresJournal",
    "Recount",
    "Repaired",
    "Reports",
    "SqliteJournal",
    "State",
    "States",
    "StillReadable",
    "StreamJournal",
    "Unavailable",
    "Unwanted",
    "batch",
    "digest",
    "open_journal",
    "repair",
]
