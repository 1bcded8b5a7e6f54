"""Promises of the journal, on every backend."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from instance.journal import (
    REPORTS,
    Accepted,
    Entry,
    Journal,
    Unavailable,
    Unwanted,
    batch,
    digest,
)
from tests.instance.journal.backends import Backend, following
from tests.instance.waiting import until

Batches = Sequence[Entry]


def make(count: int, seed: int = 1, accepted_at: float = 1000.0) -> list[Entry]:
    """Make batches of reports, many of them equal."""
    rng = random.Random(seed)  # noqa: S311
    return [
        batch(
            f"{seed}-{number}",
            [{"host": f"https://{rng.choice('abcé')}.example", "ttfb": rng.randrange(8)}] * 3,
            accepted_at + number,
        )
        for number in range(count)
    ]


def counts(batches: Batches) -> Counter[str]:
    """Count by hand."""
    return Counter(line.decode() for some in batches for line in some.payload.split(b"\n"))


async def fold_all(journal: Journal) -> None:
    while await journal.fold(REPORTS):
        pass


async def until_folded(journal: Journal) -> None:
    async def folded() -> bool:
        return (await journal.health()).backlog == 0

    await until(folded)


async def append_each(journal: Journal, batches: Batches) -> list[int]:
    """Append at once what many senders send."""
    positions = await asyncio.gather(*(journal.append([some]) for some in batches))
    return [position for (position,) in positions]


async def stored(journal: Journal) -> dict[str, int]:
    return dict((await journal.aggregate(REPORTS)).counts)


async def test_an_acknowledged_entry_can_be_read_by_any_worker(backend: Backend):
    sent = make(5)
    positions = await (await backend.open()).append(sent)
    assert positions == sorted(set(positions))
    reader = await backend.open()
    assert await reader.read() == list(map(Accepted, positions, sent))
    assert await reader.read(after=positions[1], limit=2) == [
        Accepted(positions[2], sent[2]),
        Accepted(positions[3], sent[3]),
    ]


async def test_a_repeated_id_is_acknowledged_again_and_counted_once(backend: Backend):
    workers = [await backend.open() for _ in range(3)]
    sent = make(20)
    answers = await asyncio.gather(*(append_each(worker, sent + sent) for worker in workers))
    assert {tuple(answer) for answer in answers} == {tuple(answers[0])}
    assert await workers[0].append([sent[3], *make(1, seed=2), sent[3]]) != []
    await fold_all(workers[0])
    assert await stored(workers[1]) == counts(sent + make(1, seed=2))


async def test_a_reader_at_the_end_misses_nothing_that_others_append(backend: Backend):
    writers = [await backend.open() for _ in range(3)]
    reader = await backend.open()
    seen: list[Accepted] = []

    async def seen_all() -> bool:
        seen.extend(await reader.read(after=seen[-1].position if seen else 0, limit=7))
        return len(seen) == 120

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(until(seen_all))
        for seed, writer in enumerate(writers):
            tasks.create_task(append_each(writer, make(40, seed)))
    assert len({some.entry.id for some in seen}) == 120


async def test_many_web_and_fold_workers_count_every_report_once(backend: Backend):
    web = [await backend.open() for _ in range(3)]
    async with AsyncExitStack() as fold_workers:
        for _ in range(3):
            await fold_workers.enter_async_context(following(await backend.open()))
        await asyncio.gather(*(append_each(worker, make(200, n)) for n, worker in enumerate(web)))
        await until_folded(web[0])
    everything = [some for seed in range(3) for some in make(200, seed)]
    aggregate = await web[0].aggregate(REPORTS)
    assert aggregate.counts == counts(everything)
    assert aggregate.digest == digest(counts(everything))


async def test_a_fold_that_fails_leaves_counts_and_position_as_they_were(backend: Backend):
    class Failing:
        name, kind = "failing", "reports"
        broken = True

        def count(self, payload: bytes) -> dict[str, int]:
            if self.broken and payload == sent[-1].payload:
                raise ArithmeticError
            return {"entries": 1}

        def knows(self, key: str) -> bool:
            return bool(key)

        def without(self, payload: bytes, unwanted: Unwanted) -> bytes:
            raise NotImplementedError

    sent = [*make(3), batch("last", [{"last": True}], 0.0)]
    failing = Failing()
    journal = await backend.open([failing])
    await journal.append(sent)
    with pytest.raises(ArithmeticError):
        await journal.fold(failing)
    assert (await journal.aggregate(failing)).counts == {}
    failing.broken = False
    assert await journal.fold(failing) == 4
    assert (await journal.aggregate(failing)).counts == {"entries": 4}


async def test_only_the_range_of_keys_that_is_asked_for_is_read(journal: Journal):
    days = [{"day": f"2026-05-{day:02}", "host": "https://é.example"} for day in range(1, 31)]
    await journal.append([batch("month", days, 0.0)])
    await fold_all(journal)
    found = await journal.aggregate(REPORTS, '{"day":"2026-05-09', '{"day":"2026-05-12')
    assert [key[8:18] for key in sorted(found.counts)] == ["2026-05-09", "2026-05-10", "2026-05-11"]
    assert len((await journal.aggregate(REPORTS, '{"day":"2026-05-29')).counts) == 2


async def test_retention_deletes_what_is_counted_and_keeps_the_counts(journal: Journal):
    sent = make(600)
    await journal.append(sent[:400])
    await fold_all(journal)
    before = await journal.aggregate(REPORTS)
    told: list[int] = []
    assert await journal.forget(1300.0, told.append) == told[-1] == 300
    assert await journal.aggregate(REPORTS) == before
    assert [some.entry for some in await journal.read(limit=1000)] == sent[300:400]
    await journal.append(sent[400:])
    assert await journal.forget(before=1500.0) == 100, "those not yet counted must stay"
    await fold_all(journal)
    assert await journal.forget(before=5000.0) == 200
    assert await journal.read() == []
    assert await stored(journal) == counts(sent)


async def test_a_position_never_comes_back_after_retention(journal: Journal):
    (last,) = await journal.append(make(1))
    await fold_all(journal)
    await journal.forget(before=5000.0)
    (following,) = await journal.append(make(1, seed=2))
    assert following > last
    assert await journal.fold(REPORTS) == 1


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_order_of_operations_miscounts(backend: Backend, seed: int):
    rng = random.Random(seed)  # noqa: S311
    workers = [await backend.open() for _ in range(2)]
    unsent, expected = make(300), Counter[str]()

    async def append(journal: Journal) -> None:
        new = [unsent.pop() for _ in range(rng.randrange(20)) if unsent]
        expected.update(counts(new))
        held = [some.entry for some in await journal.read(limit=5)]
        await journal.append(rng.sample(new + held, len(new + held)))

    async def fold(journal: Journal) -> None:
        await journal.fold(REPORTS)

    async def forget(journal: Journal) -> None:
        await journal.forget(before=rng.uniform(1000.0, 1300.0))

    async def rebuild(journal: Journal) -> None:
        assert (await journal.rebuild(REPORTS)).intact

    async def erase(journal: Journal) -> None:
        bucket = f'"ttfb":{rng.randrange(8)}'
        gone = sum(expected.pop(key) for key in list(expected) if bucket in key)
        assert await journal.erase(REPORTS, lambda key: bucket in key) == gone

    steps = [append, append, fold, fold, forget, rebuild, erase]
    for _ in range(60):
        await rng.choice(steps)(rng.choice(workers))
    await fold_all(workers[0])
    assert await stored(workers[1]) == expected


async def test_a_rebuilt_fold_is_equal_to_the_bit(journal: Journal):
    await append_each(journal, make(300))
    await fold_all(journal)
    await journal.forget(before=1150.0)
    told: list[int] = []
    recount = await journal.rebuild(REPORTS, told.append)
    assert recount.intact
    assert recount.recounted.digest == digest(counts(make(300)))
    assert told == list(range(1, 151))


async def test_a_damaged_fold_is_found_and_corrected(backend: Backend, journal: Journal):
    await append_each(journal, make(50))
    await fold_all(journal)
    await journal.forget(before=1025.0)
    await backend.tamper("UPDATE tally SET count = count + 5")
    await backend.tamper("DELETE FROM tally WHERE sealed = 0")
    assert not (await journal.rebuild(REPORTS)).intact
    assert await stored(journal) == counts(make(50))
    assert (await journal.rebuild(REPORTS)).intact


async def test_two_rebuilds_at_once_correct_once(backend: Backend, journal: Journal):
    await append_each(journal, make(50))
    await fold_all(journal)
    await backend.tamper("UPDATE tally SET count = count + 5")
    recounts = [await journal._recount(REPORTS, lambda _: None) for _ in range(2)]
    for recount in recounts:
        await journal._correct(REPORTS, recount)
    assert await stored(journal) == counts(make(50))


async def test_a_fold_can_be_rebuilt_while_entries_come_and_go(backend: Backend):
    web, fold, clerk = [await backend.open() for _ in range(3)]

    async def append() -> None:
        for some in make(150):
            await web.append([some])

    async def rebuild() -> None:
        for second in range(0, 150, 15):
            assert (await clerk.rebuild(REPORTS)).intact
            await clerk.forget(before=1000.0 + second)

    async with following(fold):
        await asyncio.gather(append(), rebuild())
        await until_folded(web)
    assert await stored(web) == counts(make(150))


def of_a(key: str) -> bool:
    return "https://a.example" in key


def kept(batches: Batches) -> dict[str, int]:
    return {key: count for key, count in counts(batches).items() if not of_a(key)}


async def test_what_is_erased_is_in_no_entry_and_no_count_and_the_rest_is_exact(journal: Journal):
    sent = make(300)
    await append_each(journal, sent[:200])
    await fold_all(journal)
    await journal.forget(before=1100.0)
    await append_each(journal, sent[200:])
    told: list[int] = []
    wanted = counts(sent).total() - sum(kept(sent).values())
    assert await journal.erase(REPORTS, of_a, told.append) == wanted
    assert told[-1] == 200
    entries = [some.entry for some in await journal.read(limit=1000)]
    assert {entry.id for entry in entries} == {entry.id for entry in sent[100:]}
    assert not any(of_a(entry.payload.decode()) for entry in entries)
    await fold_all(journal)
    assert await stored(journal) == kept(sent)
    assert (await journal.rebuild(REPORTS)).intact
    assert await journal.erase(REPORTS, of_a) == 0


async def test_an_erased_report_does_not_come_back_when_its_batch_is_sent_again(journal: Journal):
    await append_each(journal, make(20))
    await journal.erase(REPORTS, lambda _: True)
    await append_each(journal, make(20))
    await fold_all(journal)
    assert await stored(journal) == {}
    assert await journal.forget(before=5000.0) == 20


async def test_others_are_counted_exactly_while_some_are_erased(backend: Backend):
    web, fold, clerk = [await backend.open() for _ in range(3)]

    async def erase() -> None:
        for second in range(0, 100, 20):
            await clerk.erase(REPORTS, of_a)
            await clerk.forget(before=1000.0 + second)

    async with following(fold):
        await asyncio.gather(append_each(web, make(100)), erase())
        await until_folded(web)
    await clerk.erase(REPORTS, of_a)
    assert (await web.rebuild(REPORTS)).intact
    assert await stored(web) == kept(make(100))


async def test_no_rebuild_brings_back_what_was_erased_meanwhile(backend: Backend, journal: Journal):
    await append_each(journal, make(50))
    await fold_all(journal)
    await journal.forget(before=1025.0)
    await backend.tamper("UPDATE tally SET count = count + 5")
    recount = await journal._recount(REPORTS, lambda _: None)
    await journal.erase(REPORTS, of_a)
    await journal._correct(REPORTS, recount)
    await journal.rebuild(REPORTS)
    assert await stored(journal) == kept(make(50))


async def test_keys_that_another_fold_shares_entries_with_are_not_erased(backend: Backend):
    journal = await backend.open([REPORTS, REPORTS])
    with pytest.raises(ValueError, match="read by another fold too"):
        await journal.erase(REPORTS, of_a)


async def test_while_it_is_down_nothing_is_acknowledged_and_then_it_recovers(backend: Backend):
    journal = await backend.open()
    backend.down()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await append_each(journal, make(3))
        with pytest.raises(Unavailable):
            await journal.health()
    backend.up()
    await append_each(journal, make(3))
    await fold_all(journal)
    assert await stored(journal) == counts(make(3))


async def test_a_follower_outlives_an_outage(backend: Backend):
    journal = await backend.open()
    backend.down()
    async with following(journal):
        await asyncio.sleep(0.1)
        backend.up()
        await journal.append(make(2))
        await until_folded(journal)
    assert await stored(journal) == counts(make(2))


async def test_a_sender_that_hangs_up_does_not_take_others_along(journal: Journal):
    sending = [asyncio.create_task(journal.append([some])) for some in make(30)]
    await asyncio.sleep(0)
    for gone in sending[::3]:
        gone.cancel()
    await asyncio.wait(sending)
    assert [task.cancelled() for task in sending] == [True, False, False] * 10
    await journal.append(make(30))
    await fold_all(journal)
    assert await stored(journal) == counts(make(30))


async def test_closing_finishes_what_was_appended(backend: Backend):
    journal = backend.journal([REPORTS])
    sending = asyncio.gather(*(journal.append([some]) for some in make(30)))
    await asyncio.sleep(0)
    await journal.close()
    assert len(await sending) == 30
    assert len(await (await backend.open()).read()) == 30


async def test_more_than_can_be_stored_is_refused_not_hoarded(journal: Journal):
    flood = [batch(f"{n}", [{"host": "x" * 1900}] * 500, 0.0) for n in range(40)]
    waiting = [asyncio.create_task(journal.append([some])) for some in flood]
    await asyncio.wait(waiting)
    refused = [task for task in waiting if isinstance(task.exception(), Unavailable)]
    assert 0 < len(refused) < 40
    assert len(await journal.read()) == 40 - len(refused)
    assert len(await journal.append(flood[-1:])) == 1


async def test_an_entry_that_no_fold_reads_is_refused(journal: Journal):
    with pytest.raises(ValueError, match="no fold reads entries of kind unheard-of"):
        await journal.append([Entry("unheard-of", "1", b"", 0.0)])
    assert await journal.read() == []


async def test_health_tells_how_many_entries_wait(journal: Journal):
    await journal.append(make(4))
    assert (await journal.health()).backlog == 4
    await fold_all(journal)
    assert (await journal.health()).backlog == 0


async def test_a_forgotten_entry_that_is_sent_again_is_not_counted_again(backend: Backend):
    journal = await backend.open()
    batches = make(100)
    positions = await journal.append(batches)
    await fold_all(journal)
    before = await stored(journal)
    assert await journal.forget(before=2000.0) == 100
    again = await (await backend.open()).append([*batches, *make(1, seed=2)])
    assert again[:100] == positions
    assert again[100] > positions[-1]
    await fold_all(journal)
    assert await stored(journal) == dict(Counter(before) + counts(make(1, seed=2)))
    assert (await journal.rebuild(REPORTS)).intact


async def test_what_was_forgotten_is_known_no_longer_than_it_may_be_sent_again(backend: Backend):
    journal = await backend.open()
    old, later = make(1, accepted_at=1000.0), make(1, seed=2, accepted_at=1000.0 + 4 * 86_400)
    (position,) = await journal.append(old)
    await fold_all(journal)
    await journal.forget(before=2000.0)
    assert await journal.append(old) == [position]
    await journal.append(later)
    await fold_all(journal)
    await journal.forget(before=2000.0)
    assert await journal.append(old) != [position]
