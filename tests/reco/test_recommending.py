"""Recommendations: filters, strategies, diversity and exploration."""

from dataclasses import replace

import pytest

from reco import Ask, Model, Video
from tests.reco.streams import CIRCLES, DAY_S, START_S, World, taught, world


@pytest.fixture(scope="module")
def some() -> World:
    return world()


@pytest.fixture(scope="module")
def model(some: World) -> Model:
    return taught(some.videos, some.events)


@pytest.fixture
def ask(some: World) -> Ask:
    return Ask(some.end_s, "u1")


def shown(model: Model, ask: Ask) -> list[str]:
    return [each.video for each in model.recommend(ask)]


def test_viewers_get_what_their_circle_watches(model: Model, ask: Ask) -> None:
    circle = [int(video[1:]) % CIRCLES for video in shown(model, replace(ask, surprise=0.0))]
    assert circle.count(1) >= 7


def test_what_was_watched_is_not_recommended_again(model: Model, ask: Ask, some: World) -> None:
    watched = {event.video for event in some.events if event.viewer == "u1"}
    assert not watched & set(shown(model, replace(ask, count=100)))


def test_the_viewers_own_limits_are_obeyed_at_once(model: Model, ask: Ask) -> None:
    first = shown(model, ask)[0]
    channel = model.catalogue.video(model.catalogue.index[first]).channel
    wide = replace(ask, count=100)
    assert first not in shown(model, replace(wide, dismissed=frozenset({first})))
    muting = shown(model, replace(wide, muted=frozenset({channel})))
    english = shown(model, replace(wide, languages=frozenset({"en"})))
    known = {
        video: model.catalogue.video(model.catalogue.index[video]) for video in muting + english
    }
    assert muting and all(known[video].channel != channel for video in muting)
    assert english and all(known[video].language in ("en", "") for video in english)


def test_nsfw_is_shown_only_to_those_who_want_it(some: World) -> None:
    videos = [video._replace(nsfw=k % 2 == 0) for k, video in enumerate(some.videos)]
    model = taught(videos, some.events)
    decent = shown(model, Ask(some.end_s, count=100))
    assert decent and all(int(video[1:]) % 2 for video in decent)
    anything = shown(model, Ask(some.end_s, count=100, nsfw=True))
    assert any(int(video[1:]) % 2 == 0 for video in anything)


@pytest.mark.parametrize(("surprise", "most"), [(0.5, 4), (0.75, 2), (1.0, 2)])
def test_at_most_so_many_of_a_channel_are_on_a_page(
    model: Model, ask: Ask, surprise: float, most: int
) -> None:
    page = shown(model, replace(ask, surprise=surprise))
    channels = [model.catalogue.video(model.catalogue.index[video]).channel for video in page]
    assert len(channels) == 10 and max(map(channels.count, channels)) <= most


def test_an_instance_with_one_channel_still_fills_its_page() -> None:
    model = taught([Video(f"v{k}", "only", published_s=START_S) for k in range(30)], [])
    assert len(shown(model, Ask(START_S + 1))) == 10


def test_pages_continue_where_the_last_one_ended(model: Model, ask: Ask) -> None:
    whole = shown(model, replace(ask, count=20))
    assert whole == shown(model, ask) + shown(model, replace(ask, start=10))


def test_a_new_video_gets_the_place_kept_for_it(model: Model, ask: Ask) -> None:
    found = model.recommend(replace(ask, count=20))[-1]
    assert found.reasons[0].say == "A chance for something new"
    sooner = model.recommend(replace(ask, surprise=0.75))[-1]
    assert sooner.reasons[0].say == found.reasons[0].say
    turned_off = model.recommend(replace(ask, surprise=0.0, count=20))
    assert all(each.reasons[0].say != found.reasons[0].say for each in turned_off)


def test_the_dial_turns_from_alike_to_varied(model: Model, ask: Ask) -> None:
    def circles(surprise: float) -> int:
        return len({int(v[1:]) % CIRCLES for v in shown(model, replace(ask, surprise=surprise))})

    assert circles(0.0) < circles(1.0)


def test_a_new_viewer_and_a_new_instance_get_a_full_page(model: Model, some: World) -> None:
    assert len(shown(model, Ask(some.end_s, "stranger"))) == 10
    empty = taught(some.videos, [])
    first = shown(empty, Ask(START_S, surprise=0.0))
    assert len(first) == 10
    assert shown(Model(), Ask(START_S)) == []


def test_related_videos_are_about_the_one_that_plays(model: Model, some: World) -> None:
    found = shown(model, Ask(some.end_s, strategy="related", video="v6", surprise=0.0))
    assert "v6" not in found and sum(int(video[1:]) % CIRCLES == 2 for video in found) >= 7
    assert shown(model, Ask(some.end_s, strategy="related", video="unknown")) == []


def test_strategies_keep_to_what_they_are_named_after(model: Model, some: World) -> None:
    catalogue = model.catalogue

    def of(strategy: str, video: str = "") -> list[Video]:
        ask = Ask(some.end_s, "u1", strategy, video, count=50)  # type: ignore[arg-type]
        return [catalogue.video(catalogue.index[name]) for name in shown(model, ask)]

    watched = {event.video for event in some.events if event.viewer == "u1"}
    old = {catalogue.video(catalogue.index[video]).channel for video in watched}
    assert all(video.published_s > some.end_s - 14 * DAY_S for video in of("fresh"))
    assert not old & {video.channel for video in of("explore")}
    same = of("same-channel", "v6")
    assert same and {video.channel for video in same} == {"channel 6"}


def test_a_subscription_lifts_the_channels_videos(model: Model, ask: Ask) -> None:
    def best(subscribed: frozenset[str]) -> float:
        asked = replace(ask, subscribed=subscribed, count=100, surprise=0.0)
        return max(
            each.score
            for each in model.recommend(asked)
            if model.catalogue.video(model.catalogue.index[each.video]).channel == "channel 3"
        )

    assert best(frozenset({"channel 3"})) > best(frozenset())
