"""Whether the journal holds watch events, which only what needs River deletes and forgets."""

from ..journal import WATCHES, Journal
from ..optional import lacks_for_recommendations
from .journal_records import Play, decode

ENTRIES = 32


async def left_without_river(journal: Journal) -> str | None:
    """Return what is amiss where watch events are kept and River is missing, or None.

    Videos alone need no River: nobody's data is in them.
    """
    lacking = lacks_for_recommendations()
    if lacking and await _has_watch_events(journal):
        return f"this instance keeps watch events; {lacking}"
    return None


async def _has_watch_events(journal: Journal) -> bool:
    # What retention has sealed cannot be read without River. It may tell of viewers.
    if (await journal.states(WATCHES)).base.snapshot:
        return True
    position = 0
    while some := await journal.read_kind(WATCHES, position, ENTRIES):
        for accepted in some:
            if any(isinstance(record, Play) for record in decode(accepted.entry.payload)):
                return True
        position = some[-1].position
    return False
