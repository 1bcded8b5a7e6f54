"""One ordinary day of fetches, and Hypothesis' settings for this folder."""

from collections.abc import Iterable

from hypothesis import settings

from selector.bandit import Outcome
from selector.telemetry import Diary

HOST = "https://mirror.example"
NOON = 1_778_760_000.0  # 2026-05-14, 12:00 UTC
DAY_S = 86_400.0
SECRET = "0123456789abcdef" * 2

# First byte after 90 ms, then 8.8 Mbit/s.
FETCH = Outcome(1, HOST, NOON, "ok", 200, 0.09, 1.0, 1e6, False, False)

searched = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def diary_of(fetches: Iterable[Outcome], secret: str = SECRET) -> Diary:
    """Return the diary of a day with these fetches of public videos."""
    diary = Diary(secret)
    for fetch in fetches:
        diary.observe(fetch, public=True)
    return diary
