"""Unlearning: the ledger is as if the forgotten plays had never been."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from reco import Event, Model, Video
from tests.reco.streams import DAY_S, START_S, taught, world

VIDEOS = [Video(f"v{k}") for k in range(6)]
EVENTS = st.lists(
    st.builds(
        Event,
        viewer=st.sampled_from(["a", "b", "c"]),
        video=st.sampled_from([video.id for video in VIDEOS]),
        engaged=st.integers(0, 1),
        at_s=st.floats(START_S, START_S + 40 * DAY_S),
    ),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_after_forgetting_a_viewer_the_ledger_equals_one_that_never_met_them(
    events: Sequence[Event],
) -> None:
    model = taught(VIDEOS, events)
    model.forget_viewer("a")
    never = taught(VIDEOS, [event for event in events if event.viewer != "a"])
    assert model.digest() == never.digest()


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_after_removing_a_video_the_ledger_equals_one_in_which_it_was_never_watched(
    events: Sequence[Event],
) -> None:
    model = taught(VIDEOS, events)
    removed = model.remove("v0")
    never = taught(VIDEOS, [event for event in events if event.video != "v0"])
    assert model.digest() == never.digest()
    assert removed.plays == len({event.viewer for event in events if event.video == "v0"})


@settings(max_examples=40, deadline=None)
@given(EVENTS, EVENTS)
def test_after_forgetting_a_source_the_ledger_equals_one_that_never_merged_it(
    here: Sequence[Event], there: Sequence[Event]
) -> None:
    model = taught(VIDEOS, here)
    for event in there:
        model.learn(event, "there.example")
    model.forget_source("there.example")
    assert model.digest() == taught(VIDEOS, here).digest()


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.integers(0, 40))
def test_a_removed_video_leaves_no_count_when_nobody_is_known_to_have_watched_it(
    events: Sequence[Event], days: int
) -> None:
    model = taught(VIDEOS, events)
    model.expire(START_S + days * DAY_S)
    number = model.catalogue.index["v0"]
    model.remove("v0")
    for week in model.ledger.weeks.values():
        assert number not in week.plays.keys() | week.rows.keys()
        assert all(number not in row for row in week.rows.values())


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_what_was_watched_before_the_retention_is_counted_but_told_of_nobody(
    events: Sequence[Event],
) -> None:
    model = taught(VIDEOS, events)
    before = model.digest()
    model.expire(START_S + 50 * DAY_S)
    assert model.digest() == before
    assert not model.logs
    assert model.forget_viewer("a").plays == 0


def test_the_digest_tells_one_play_more() -> None:
    some = world()
    model = taught(some.videos, some.events[:-1])
    before = model.digest()
    model.learn(some.events[-1])
    assert model.digest() != before


def test_retraining_leaves_nothing_of_a_forgotten_viewer_in_the_weights() -> None:
    some = world()
    others = [event for event in some.events if event.viewer != "u1"]
    model, never = taught(some.videos, some.events), taught(some.videos, others)
    model.forget_viewer("u1")
    assert model.ranker.weights != never.ranker.weights
    model.retrain()
    never.retrain()
    assert model.ranker.weights == never.ranker.weights
    assert model.popular[0].counts.tolist() == never.popular[0].counts.tolist()


def test_the_number_of_a_removed_video_carries_nothing_over_to_the_next_one() -> None:
    some = world()
    model = taught(some.videos, some.events)
    model.remove("v0")
    model.put(Video("another"))
    number = model.catalogue.index["another"]
    model.neighbours.read_as_of(0)
    assert len(model.neighbours.of(number).videos) == 0
    assert not any(number in log.seen for log in model.logs.values())


def test_forgetting_who_is_not_known_removes_nothing() -> None:
    model = Model()
    assert model.forget_viewer("nobody") == (0, 0)
    assert model.remove("nothing") == (0, 0)
    assert model.forget_source("nowhere.example") == (0, 0)


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.integers(0, 40), st.integers(0, 40))
def test_forgetting_after_retention_leaves_what_retention_alone_would_have_left(
    events: Sequence[Event], days: int, more: int
) -> None:
    model = taught(VIDEOS, events)
    for each in (days, more):
        model.expire(START_S + each * DAY_S)
    log = model.logs.get(("", "a"))
    plays = list(dict.fromkeys(event for event in events if event.viewer == "a"))
    first = {event.video: event for event in reversed(plays)}.values()
    before_s = START_S + max(days, more) * DAY_S
    old = [event for event in plays if event in first and event.at_s < before_s]
    assert not log or log.expired == len(old)
    model.forget_viewer("a")
    never = taught(VIDEOS, [event for event in events if event.viewer != "a" or event in old])
    for each in (days, more):
        never.expire(START_S + each * DAY_S)
    assert model.digest() == never.digest()


def test_plays_that_came_out_of_order_expire_by_their_time() -> None:
    model = taught(VIDEOS, [])
    for video, day in (("v0", 9), ("v1", 1), ("v2", 8), ("v3", 2)):
        model.learn(Event("a", video, 1, START_S + day * DAY_S))
    model.expire(START_S + 5 * DAY_S)
    assert [model.catalogue.name(each) for each in model.logs["", "a"].videos] == ["v0", "v2"]
