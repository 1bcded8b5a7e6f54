"""States of the recommender's fold, on every backend: exactly once, rebuilt, and unlearned."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from instance.clock import DAY_S
from instance.journal import WATCHES, Change, Journal, State, States
from instance.recommendations.forgetting import forget, is_ours, rebuild
from instance.recommendations.journal_records import (
    Counts,
    Gone,
    Play,
    Put,
    Record,
    Subject,
    decode,
    entries,
)
from instance.recommendations.pseudonyms import Pseudonyms
from instance.recommendations.public_video import parse
from instance.recommendations.replica import NoModel, Replica
from instance.recommendations.state import State as Recommended
from tests.instance.clock import CLOCK, NOW
from tests.instance.journal.backends import Backend
from tests.instance.recommendations.peertube import uuid, video
from tests.instance.waiting import until

# Longer than any test.
LONG_S = 3600.0
NAMES = Pseudonyms("k" * 22)
NOW_S = NOW.timestamp()


def puts(count: int = 12) -> list[Record]:
    born = datetime.fromtimestamp(NOW_S - 50 * DAY_S, UTC).isoformat()
    found = [parse(video(number, views=100, publishedAt=born)) for number in range(count)]
    viewed = [Counts(uuid(number), 1000, 1) for number in range(count)]
    return [*(Put(each) for each in found if each), *viewed]


def play(viewer: int, number: int, at_s: float = NOW_S, source: str = "") -> Play:
    return Play(f"viewer{viewer}", uuid(number), (viewer + number) % 2, 2.0, at_s, source)


def stream(viewers: int, seed: int = 1) -> list[Record]:
    """Return plays of many viewers on many days, and what happens to videos meanwhile."""
    rng = random.Random(seed)  # noqa: S311
    records: list[Record] = []
    for day in range(10):
        at_s = NOW_S - (10 - day) * DAY_S
        records += [
            play(viewer, rng.randrange(12), at_s + rng.random(), rng.choice(("", "b")))
            for viewer in rng.sample(range(viewers), viewers // 2)
        ]
        records.append(Counts(uuid(day), 100 + 20 * day, day))
    return [*records, Gone(uuid(11))]


async def tell(journal: Journal, records: Sequence[Record], at_s: float = NOW_S) -> None:
    """Append records in small batches."""
    for number in range(0, len(records), 5):
        await journal.append(entries(records[number : number + 5], at_s))


async def digest(journal: Journal) -> str:
    replica = Replica(journal, 90, CLOCK)
    return (await replica.follow()).digest


async def test_all_workers_come_to_the_same_state_wherever_they_start(backend: Backend):
    one, other = Replica(await backend.open(), 90, CLOCK), Replica(await backend.open(), 90, CLOCK)
    await tell(one.journal, puts())
    await one.follow()
    await one.save()
    await tell(one.journal, stream(20))
    assert (await one.follow()).digest == (await other.follow()).digest
    assert await one.save()
    assert not await one.save(), "nothing new"
    assert await digest(await backend.open()) == (await other.follow()).digest


async def test_a_state_and_its_position_are_stored_together_or_not_at_all(backend: Backend):
    journal = await backend.open()
    stale = States()
    assert await journal.replace_states(WATCHES, Change(head=State(7, b"model")), stale)
    assert await journal.states(WATCHES) == States(0, State(), State(7, b"model"))
    assert not await journal.replace_states(WATCHES, Change(head=State(5, b"older")), stale)
    assert not await journal.replace_states(WATCHES, Change(base=State(8, b"ahead")), stale)
    past = Change(head=State(7, b"corrected"), past=True)
    assert await journal.replace_states(WATCHES, past, stale)
    assert await journal.generation(WATCHES) == 1
    assert not await journal.replace_states(WATCHES, past, stale), "the past has changed since"


async def test_one_worker_leads_until_it_falls_silent(backend: Backend):
    one, other = await backend.open(), await backend.open()
    assert await one.acquire_lease("crawl", "one", LONG_S)
    assert not await other.acquire_lease("crawl", "other", LONG_S)
    assert await one.acquire_lease("crawl", "one", 0.3)
    assert await other.acquire_lease("something else", "other", LONG_S)
    await until(lambda: other.acquire_lease("crawl", "other", LONG_S))
    assert not await one.acquire_lease("crawl", "one", LONG_S)


async def test_workers_that_are_killed_fold_nothing_twice_and_lose_nothing(backend: Backend):
    records = puts() + stream(30)
    reference = await backend.open()
    for step in range(0, len(records), 40):
        replica = Replica(await backend.open(), 90, CLOCK)
        await tell(replica.journal, records[step : step + 40])
        await replica.follow()
        if step % 80 == 0:  # the others are gone before they have stored anything
            await replica.save()
    kept = await digest(reference)
    assert (await rebuild(reference)).intact
    assert await digest(reference) == kept


async def test_a_rebuilt_state_is_equal_after_retention(backend: Backend):
    journal = await backend.open()
    await tell(journal, puts() + stream(30), NOW_S - 85 * DAY_S)
    await tell(journal, [play(viewer, viewer % 9) for viewer in range(40, 60)])
    replica = Replica(journal, 90, CLOCK)
    await replica.follow()
    await replica.save()
    ledger = (await replica.state()).model.digest()
    before = len(await journal.read(limit=1000))
    assert await replica.seal(NOW_S) > 0
    assert len(await journal.read(limit=1000)) < before
    assert (await rebuild(journal)).intact
    assert (await Replica(journal, 90, CLOCK).follow()).model.digest() == ledger


async def test_after_retention_nobody_is_named_and_what_was_counted_stays(journal: Journal):
    replica = Replica(journal, 20, CLOCK)
    await tell(journal, puts(), NOW_S - 40 * DAY_S)
    old = [play(viewer, video, NOW_S - 30 * DAY_S) for viewer in range(9) for video in range(3)]
    await tell(journal, old, NOW_S - 30 * DAY_S)
    await replica.follow()
    await replica.save()
    await replica.seal(NOW_S)
    fresh = Replica(journal, 20, CLOCK)
    states = await journal.states(WATCHES)
    assert b"viewer" not in b"".join(e.entry.payload for e in await journal.read(limit=1000))
    assert b"viewer3" not in states.base.snapshot
    base = await fresh.follow()
    assert base.model.ledger.weeks


@pytest.mark.parametrize(
    "subject",
    [Subject("viewer", "viewer3"), Subject("video", uuid(4)), Subject("source", "b")],
    ids=["viewer", "video", "source"],
)
async def test_what_is_forgotten_leaves_the_ledger_of_a_retrain_without_it(
    backend: Backend, subject: Subject
):
    journal, other = await backend.open(), await backend.open()
    await tell(journal, puts() + stream(30))
    replica, elsewhere = Replica(journal, 90, CLOCK), Replica(other, 90, CLOCK)
    await replica.follow()
    await replica.save()
    await elsewhere.follow()
    receipt = await forget(journal, subject, NAMES, CLOCK)
    assert receipt.plays > 0
    assert is_ours(receipt, NAMES)
    assert not is_ours(receipt._replace(plays=0), NAMES)
    assert not is_ours(receipt, Pseudonyms("j" * 22))
    left = await journal.read(limit=1000)
    records = [record for each in left for record in decode(each.entry.payload)]
    assert not any(subject.name in record for record in records)
    assert receipt.after == retrained(records)
    assert (await elsewhere.follow()).model.digest() == receipt.after, "others learn of it"
    assert (await rebuild(journal)).intact
    assert (await forget(journal, subject, NAMES, CLOCK)).plays == 0


def retrained(records: Sequence[Record]) -> str:
    state = Recommended()
    for record in records:
        state.apply(record, NOW_S)
    return state.model.digest()


async def test_the_rest_is_exact_while_others_tell(backend: Backend):
    web, clerk = await backend.open(), await backend.open()
    await tell(web, puts())

    async def forget_some() -> None:
        for viewer in range(4):
            await forget(clerk, Subject("viewer", f"viewer{viewer}"), NAMES, CLOCK)

    await asyncio.gather(tell(web, stream(12)), forget_some())
    for viewer in range(4):
        await forget(clerk, Subject("viewer", f"viewer{viewer}"), NAMES, CLOCK)
    state = await Replica(web, 90, CLOCK).follow()
    assert not {viewer for _, viewer in state.model.logs} & {f"viewer{n}" for n in range(4)}
    assert (await rebuild(web)).intact


async def test_a_damaged_head_is_refused_with_the_way_out_and_rebuilt(
    backend: Backend, journal: Journal
):
    await tell(journal, puts() + stream(10))
    replica = Replica(journal, 90, CLOCK)
    right = (await replica.follow()).digest
    await replica.save()
    states = await journal.states(WATCHES)
    broken = states.head.snapshot[:-9] + b"unreadable"[:9]
    for snapshot in (broken, b"another version\n" + states.head.snapshot, b"x"):
        now = await journal.states(WATCHES)
        await journal.replace_states(
            WATCHES, Change(head=State(states.head.position, snapshot)), now
        )
        with pytest.raises(NoModel, match="run `mirrorwise rebuild`"):
            await Replica(journal, 90, CLOCK).follow()
        rebuilt = await rebuild(journal)
        assert (rebuilt.intact, rebuilt.stored, rebuilt.base) == (False, "", True)
        assert await digest(await backend.open()) == right
        assert (await rebuild(journal)).intact


async def test_weights_that_the_events_do_not_teach_are_found_and_corrected(journal: Journal):
    await tell(journal, puts() + stream(10))
    replica = Replica(journal, 90, CLOCK)
    state = await replica.follow()
    taught = dict(state.model.ranker.weights)
    name = next(iter(taught))
    state.model.ranker.start_from(taught | {name: taught[name] + 0.01})
    await replica.save()
    rebuilt = await rebuild(journal)
    assert (rebuilt.intact, rebuilt.weights, rebuilt.stored) == (False, False, rebuilt.folded)
    assert (await Replica(journal, 90, CLOCK).follow()).model.ranker.weights == taught
    assert (await rebuild(journal)).intact


async def test_a_batch_that_is_sent_again_is_taken_in_once(journal: Journal):
    await tell(journal, puts())
    before = len(await journal.read())
    for _ in range(3):
        await journal.append(entries([play(1, 1), play(2, 1)], NOW_S, "batch-once"))
    assert len(await journal.read()) == before + 1
    state = await Replica(journal, 90, CLOCK).follow()
    assert sum(map(len, state.model.logs.values())) == 2
