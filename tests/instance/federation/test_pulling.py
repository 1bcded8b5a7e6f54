"""What is heard: verified, kept to the byte, counted once, replaced, taken back to the digest."""

import gzip
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from instance.federation.canonical import encode
from instance.federation.fetching import Fetcher
from instance.federation.pulling import Fetchers, Puller
from instance.federation.records import Added, Refused, Removed
from instance.federation.register import RegisterReplica, origin_of
from instance.federation.register import Source as Named
from instance.federation.signing import SigningKey
from instance.federation.statements import check
from instance.journal import WATCHES, Journal, open_journal
from instance.recommendations.forgetting import rebuild
from instance.recommendations.pseudonyms import Pseudonyms
from instance.recommendations.replica import Replica
from reco.data.ledger import week_of
from tests.instance.clock import CLOCK, NOW
from tests.instance.federation.releases import INSTANCE, watch
from tests.instance.federation.sources import Source, serving, weights
from tests.instance.journal.backends import Backend

NOW_S = NOW.timestamp()
WEEK = week_of(NOW_S) - 1
B = "https://b.example"


class Hearing:
    """One worker that hears sources."""

    def __init__(self, journal: Journal, allowed: list[str]) -> None:
        self.journal = journal
        self.replica = Replica(journal, 90, CLOCK)
        self.register = RegisterReplica(journal, CLOCK)
        self.fetchers = Fetchers(Fetcher(allowed), Fetcher([]))
        self.puller = Puller(
            self.register,
            self.replica,
            self.fetchers,
            Pseudonyms("k" * 22),
            CLOCK,
            INSTANCE,
            check,
        )

    async def pull(self, source: Source, named_by: str = "admin") -> str:
        """Add a source and ask it; return why it was refused."""
        if source.address not in (await self.register.follow()).added:
            await self.register.append([Added(source.address)])
        return (await self.puller.pull(Named(source.address, named_by), NOW_S)).refused

    async def heard(self) -> dict[str, dict[int, bytes]]:
        """Return the exact bytes that count, by instance and week."""
        state = await self.replica.follow()
        assert state.model.heard.keys() == state.heard.keys()
        return {
            name: {week: each.text.encode() for week, each in weeks.items()}
            for name, weeks in state.heard.items()
        }

    async def digest(self) -> str:
        """Return the digest of all that is known of plays, videos and others."""
        state = await self.replica.follow()
        return f"{state.digest} {state.model.heard.state()}"

    async def __aenter__(self) -> "Hearing":
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self.fetchers:
            await each.close()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask one address at once after the other."""
    monkeypatch.setattr("instance.federation.fetching.PAUSE_S", 0.0)


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    """Return an honest source that has said one week."""
    async with serving() as served:
        served.say(WEEK - 1)
        yield served


@pytest.fixture
async def hearing(tmp_path: Path, source: Source) -> AsyncIterator[Hearing]:
    """Return a worker that may hear the source."""
    async with (
        open_journal(f"sqlite:{tmp_path / 'journal.db'}") as journal,
        Hearing(journal, [origin_of(source.address)]) as worker,
    ):
        yield worker


async def test_what_is_heard_is_kept_to_the_byte_and_counts_once(backend: Backend, source: Source):
    allowed = [origin_of(source.address)]
    one = Hearing(await backend.open(), allowed)
    other = Hearing(await backend.open(), allowed)
    async with one, other:
        await watch(one.journal, 3)
        source.say(WEEK)
        assert [await one.pull(source), await other.pull(source), await one.pull(source)] == [
            ""
        ] * 3
        said = {each.week: each.data for each in source.said}
        assert await one.heard() == await other.heard() == {B: said}
        entries = await one.journal.read_kind(WATCHES, limit=1000)
        assert sum(b'["heard"' in each.entry.payload for each in entries) == 2
        # Asked again, it was told by its ETag that nothing is new.
        assert source.asked.count("1") <= 2
        # What is stored, and what is folded again from the journal, are the same.
        await one.replica.save()
        assert (await rebuild(one.journal)).intact
        assert await Hearing(await backend.open(), allowed).heard() == {B: said}


async def test_take_back_leaves_no_trace(backend: Backend, source: Source):
    async with Hearing(await backend.open(), [origin_of(source.address)]) as worker:
        await watch(worker.journal, 3)
        before = await worker.digest()
        first = source.say(WEEK)
        await worker.pull(source)
        merged = await worker.digest()
        assert merged != before
        receipts = await worker.puller.take_back(B, WEEK)
        assert [each.what for each in receipts] == ["document"]
        assert list((await worker.heard())[B]) == [WEEK - 1]
        await worker.puller.take_back(B, None)
        assert await worker.digest() == before
        entries = await worker.journal.read_kind(WATCHES, limit=1000)
        assert not any(first.sha256.encode() in each.entry.payload for each in entries)
        # It is not heard again until it is added again.
        source.say(WEEK)
        await worker.pull(source)
        assert await worker.heard() == {}
        await worker.register.append([Added(source.address)])
        assert await worker.pull(source) == ""
        assert list((await worker.heard())[B]) == [WEEK - 1, WEEK]


async def test_what_is_replaced_or_withdrawn_there_is_so_here(hearing: Hearing, source: Source):
    before = await hearing.digest()
    await hearing.pull(source)
    newer = source.say(WEEK - 1, weights(viewers=69))
    await hearing.pull(source)
    assert await hearing.heard() == {B: {WEEK - 1: newer.data}}
    source.withdraw(WEEK - 1)
    assert await hearing.pull(source) == ""
    assert await hearing.digest() == before
    entries = await hearing.journal.read_kind(WATCHES, limit=1000)
    assert not any(b'"heard"' in each.entry.payload for each in entries)


async def test_any_order_of_saying_replacing_and_taking_back_comes_to_the_same(
    hearing: Hearing, source: Source
):
    rng = random.Random(3)  # noqa: S311
    before = await hearing.digest()
    assert await hearing.pull(source) == ""
    for _ in range(12):
        week = WEEK - rng.randrange(3)
        if rng.random() < 0.5:
            source.say(week)
        elif any(each.week == week and not each.withdrawn for each in source.said):
            source.withdraw(week)
        if rng.random() < 0.4:
            await hearing.puller.take_back(B, rng.choice((week, None)))
            await hearing.register.append([Added(source.address)])
        assert await hearing.pull(source) == ""
        newest = {each.week: each for each in source.said}
        wanted = {week: each.data for week, each in newest.items() if not each.withdrawn}
        assert (await hearing.heard()).get(B, {}) == wanted
    await hearing.register.append([Removed(source.address)])
    await hearing.puller.forget_unwanted()
    assert await hearing.digest() == before


async def test_a_refused_instance_is_heard_in_no_case(hearing: Hearing, source: Source):
    await hearing.pull(source)
    await hearing.register.append([Refused(B)])
    assert len(await hearing.puller.forget_unwanted()) == 1
    assert "you refuse" in await hearing.pull(source)
    assert await hearing.heard() == {}
    assert (await hearing.register.follow()).sources() == []


def bytes_of(body: bytes, **headers: str) -> Callable[[web.Request], web.Response]:
    return lambda _: web.Response(body=body, headers=headers)


def redirecting(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/a/documents/1"})


def other_key(source: Source) -> None:
    source.key = SigningKey("other " * 5)
    source.say(WEEK)


def rewritten(source: Source) -> None:
    source.said[0] = source.document(WEEK - 1, weights(viewers=1), number=1, previous="")
    source.say(WEEK)


def shortened(source: Source) -> None:
    source.said.clear()


def moved(source: Source) -> None:
    source.instance = "https://c.example"
    source.say(WEEK)


def unlinked(source: Source) -> None:
    source.say(WEEK, previous="f" * 64)


def misnumbered(source: Source) -> None:
    source.say(WEEK, number=3)


def future(source: Source) -> None:
    source.say(WEEK + 1)


def answering(path: str, answer: Callable[[Source], Any]) -> Callable[[Source], None]:
    """Return what says a week, and then answers at a path with something else."""

    def change(source: Source) -> None:
        source.say(WEEK)
        body = answer(source)
        source.answers[path] = body if callable(body) else bytes_of(body)

    return change


def saying(**changes: Any) -> Callable[[Source], None]:  # noqa: ANN401
    return lambda source: source.say(WEEK, weights(**changes)) and None


def listed(**changes: Any) -> Callable[[Source], None]:  # noqa: ANN401
    """Return what says a week, and lists it otherwise."""

    def change(source: Source) -> None:
        source.say(WEEK)
        index = source.index
        index["documents"][-1] |= changes
        source.answers[""] = bytes_of(encode(index))

    return change


def signed_by_nobody(source: Source) -> bytes:
    data = source.said[-1].data
    at = data.index(b'"signature":"') + 20
    return data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]


HOSTILE: dict[str, tuple[Callable[[Source], Any], str]] = {
    "a forger": (answering("2", signed_by_nobody), "wrong signature"),
    "another key": (other_key, "another key than before"),
    "a rewritten past": (rewritten, "document 1 was rewritten"),
    "a past that is gone": (shortened, "document 1 was there"),
    "another instance": (moved, "https://c.example speaks there"),
    "another previous": (unlinked, "another previous"),
    "another number": (misnumbered, "another number"),
    "a week that is not over": (future, "not over"),
    "a document of another hash": (listed(sha256="a" * 64), "another sha256"),
    "a document of another week": (listed(week=WEEK - 3), "another week"),
    "a list with a gap": (listed(number=3), "wrong value"),
    "a list with a fraction": (answering("", lambda _: b'{"a":1.5}'), "no whole number"),
    "a list without documents": (answering("", lambda _: b'{"format":1}'), "lacks a field"),
    "a list of another form": (
        answering("", lambda source: encode(source.index | {"format": 2})),
        "format 2",
    ),
    "a list that is none": (answering("", lambda _: b"[]"), "lacks a field"),
    "a list too large": (answering("", lambda _: b" " * 500_000), "larger than"),
    "a document too large": (answering("2", lambda _: b" " * 300_000), "larger than"),
    "NaN": (answering("2", lambda _: b'{"a":NaN}'), "no whole number"),
    "a key twice": (answering("2", lambda _: b'{"a":1,"a":1}'), "twice"),
    "another format": (answering("2", lambda _: b'{"format":9}'), "of format 9"),
    "no document": (answering("2", lambda _: b"<html>"), "not JSON"),
    "a redirection": (answering("2", lambda _: redirecting), "redirects"),
    "compression": (
        answering("2", lambda _: bytes_of(gzip.compress(b"0" * 9), **{"Content-Encoding": "gzip"})),
        "compressed",
    ),
    "a failure": (answering("2", lambda _: lambda _: web.Response(status=500)), "answers 500"),
    "a liar's counts": (saying(viewers=10**12), "viewers"),
    "sums above what viewers can": (
        saying(sums=dict.fromkeys(weights()["weights"]["sums"], 10**9)),
        "",
    ),
    "an unknown feature": (saying(sums={"fame": 1}), "sums"),
    "an unknown mechanism": (saying(mechanism="none"), "mechanism"),
    "more ε than stated": (saying(epsilon_thousandths=2000), ""),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_wrong_is_refused_and_the_last_good_one_stays(
    name: str, hearing: Hearing, source: Source
):
    change, reason = HOSTILE[name]
    good = source.said[0]
    assert await hearing.pull(source) == ""
    try:
        change(source)
    except ValueError as error:  # ours refuses to sign it
        assert "spends 2000" in f"{error}"
        return
    refused = await hearing.pull(source)
    assert reason in refused
    assert refused
    assert await hearing.heard() == {B: {WEEK - 1: good.data}}
    asked = (await hearing.register.follow()).asked[source.address]
    assert asked.refused == refused
    if not source.answers:
        return
    source.answers.clear()
    assert await hearing.pull(source) == ""
    assert list((await hearing.heard())[B]) == [WEEK - 1, WEEK]


async def test_private_addresses_are_asked_only_where_two_settings_name_them(
    hearing: Hearing, source: Source, tmp_path: Path
):
    assert "does not begin with https" in await hearing.pull(source, named_by="directory")
    async with (
        open_journal(f"sqlite:{tmp_path / 'other.db'}") as journal,
        Hearing(journal, []) as no,
    ):
        assert "does not begin with https" in await no.pull(source)
        for address, reason in (
            ("https://127.0.0.1", "private network"),
            ("https://[::1]:1", "private network"),
            ("https://10.1.2.3", "private network"),
            ("https://localhost", "private network"),
            ("https://169.254.169.254", "private network"),
        ):
            assert reason in (await no.puller.pull(Named(address, "admin"), NOW_S)).refused
    assert source.asked == []


async def test_a_source_that_is_down_for_a_week_goes_on_where_it_was(
    hearing: Hearing, source: Source
):
    await hearing.pull(source)
    source.down = True
    source.say(WEEK)
    assert "answers 503" in await hearing.pull(source)
    assert list((await hearing.heard())[B]) == [WEEK - 1]
    source.down = False
    assert await hearing.pull(source) == ""
    assert list((await hearing.heard())[B]) == [WEEK - 1, WEEK]
