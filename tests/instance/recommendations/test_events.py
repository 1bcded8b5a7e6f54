"""Intake of watch events: what is accepted, what is refused, and with which message."""

import asyncio

from instance.recommendations.state import AHEAD
from tests.instance.clock import NOW, at_now, day
from tests.instance.recommendations.events import event, send, token
from tests.instance.recommendations.peertube import PRIVATE, UNLISTED, PeerTube, uuid, video
from tests.instance.service import SECRET, Running


async def plays(running: Running) -> int:
    state = await running.service.recommender.replica.follow()
    return sum(map(len, state.model.logs.values()))


async def test_events_are_counted_and_stored_under_a_pseudonym(running: Running):
    answer = await send(running, event(1, 1), event(1, 2), event(2, 1, engaged=0))
    assert (answer.status, answer.json) == (200, {"accepted": 3, "refused": []})
    assert await plays(running) == 3
    stored = await running.service.journal.read(limit=1000)
    assert not any(b"viewer-" in each.entry.payload for each in stored)


@at_now
async def test_an_event_that_cannot_be_is_refused_with_the_reason_and_others_are_not(
    running: Running,
):
    wrong = [
        ({"video": uuid(999)}, "video", "is not a public video"),
        ({"day": day(-2)}, "day", "is more than a day from the service's"),
        ({"day": day(2)}, "day", "is more than a day from the service's"),
        ({"day": "2026-02-31"}, "day", "is more than a day from the service's"),
    ]
    for number, (changes, field, reason) in enumerate(wrong):
        answer = await send(running, event(1, 9) | changes, event(1, number))
        (refused,) = answer.json["refused"]
        assert (answer.json["accepted"], refused["at"], refused["field"]) == (1, 0, field)
        assert reason in refused["reason"]
    assert await plays(running) == len(wrong)


async def test_an_event_of_another_form_refuses_its_batch(running: Running):
    wrong: list[tuple[dict[str, object], str]] = [
        ({"viewer": "short"}, "events[0].viewer"),
        ({"viewer": "ä" * 30}, "events[0].viewer"),
        ({"video": "../../etc/passwd"}, "events[0].video"),
        ({"engaged": 2}, "events[0].engaged"),
        *(({"engaged": each}, "events[0].engaged") for each in (0.5, 1.0, "1", False, True, None)),
        ({"watched": 300}, "events[0].watched"),
        ({"day": "yesterday"}, "events[0].day"),
    ]
    for changes, field in wrong:
        answer = await send(running, event(1, 1) | changes, event(1, 2))
        assert answer.error[:2] == (400, field)
    assert await plays(running) == 0


async def test_only_the_plugin_may_tell(running: Running):
    said = {"batch": "batch-forged", "epsilon": 2.0, "events": [event(1, 1)]}
    for secret in ("", "forged-" + "s" * 22):
        answer = await running.ask("POST", "/api/v1/events", secret, json=said)
        assert answer.error[:2] == (401, "authorization")
    assert await plays(running) == 0


async def test_private_and_unlisted_videos_are_not_counted(running: Running, peertube: PeerTube):
    peertube.publish(
        video(30, privacy={"id": PRIVATE, "label": "Private"}),
        video(31, privacy={"id": UNLISTED, "label": "Unlisted"}),
    )
    answer = await send(running, event(1, 30), event(1, 31))
    assert answer.json["accepted"] == 0
    assert {each["field"] for each in answer.json["refused"]} == {"video"}


async def test_a_video_published_just_now_is_looked_up(running: Running, peertube: PeerTube):
    peertube.publish(video(40))
    assert (await send(running, event(1, 40))).json["accepted"] == 1


@at_now
async def test_a_play_before_the_video_was_published_is_refused(
    running: Running, peertube: PeerTube
):
    peertube.publish(video(42, publishedAt=NOW.isoformat()))
    answer = await send(running, event(1, 42, day=day(-1)), event(2, 42))
    (refused,) = answer.json["refused"]
    assert (refused["at"], refused["field"]) == (0, "day")
    assert refused["reason"] == "is before the video was published"
    assert await plays(running) == 1


async def test_an_unknown_video_is_not_asked_for_again_and_again(
    running: Running, peertube: PeerTube
):
    before = peertube.asked["details"]
    for _ in range(5):
        await send(running, *(event(1, 500 + number) for number in range(50)))
    assert peertube.asked["details"] - before <= 5 * 4


async def test_without_peertube_what_is_unknown_is_to_be_sent_later(
    running: Running, peertube: PeerTube
):
    peertube.down = True
    (refused,) = (await send(running, event(1, 41))).json["refused"]
    assert (refused["field"], refused["later"]) == ("video", True)


async def test_a_replayed_event_is_refused_however_it_comes(running: Running):
    first = {"batch": "batch-first", "epsilon": 2.0, "events": [event(1, 1)]}
    for batch in ("batch-first", "batch-first", "batch-other"):
        answer = await running.ask("POST", "/api/v1/events", SECRET, json=first | {"batch": batch})
        assert answer.status == 200
    assert answer.json["refused"][0]["reason"] == "has been told of by this viewer before"
    assert (await send(running, event(1, 1, engaged=0))).json["accepted"] == 0
    assert (await send(running, event(2, 2), event(2, 2))).json["accepted"] == 1
    assert await plays(running) == 2


@at_now
async def test_the_sixth_video_of_a_day_is_refused(running: Running):
    answer = await send(running, *(event(1, number) for number in range(6)))
    assert answer.json["accepted"] == 5
    assert "has told of 5 videos" in answer.json["refused"][0]["reason"]
    assert (await send(running, event(1, 7))).json["accepted"] == 0
    assert (await send(running, event(1, 7, day=day(-1)))).json["accepted"] == 1


async def test_many_at_once_are_counted_once(running: Running):
    sent = [send(running, event(viewer, 1), event(viewer, 2)) for viewer in range(10)]
    again = [send(running, event(viewer, 1), event(viewer, 2)) for viewer in range(10)]
    await asyncio.gather(*sent, *again)
    assert await plays(running) == 20


async def test_a_source_that_is_not_allowed_is_refused(running: Running):
    answer = await send(running, event(1, 1), source="https://sister.example")
    assert answer.error[:2] == (400, "source")


async def test_a_flood_of_fake_viewers_counts_no_more_than_the_view_counter_covers(
    running: Running, peertube: PeerTube
):
    peertube.publish(video(45))
    for start in range(0, 400, 100):
        answer = await send(running, *(event(viewer, 45) for viewer in range(start, start + 100)))
    assert await plays(running) == AHEAD
    assert all(refused["later"] for refused in answer.json["refused"])
    peertube.change(45, views=110)
    crawl = running.service.recommender.crawl
    assert crawl
    await crawl.round()
    await send(running, *(event(viewer, 45) for viewer in range(500, 600)))
    assert await plays(running) == AHEAD + 10


async def test_what_is_refused_leaves_nothing_in_memory(running: Running):
    state = await running.service.recommender.replica.state()
    before = state.digest
    for _ in range(3):
        await send(running, *(event(viewer, 700 + viewer) for viewer in range(100)))
        path = f"/api/v1/recommendations/videos?strategy=related&video={uuid(800)}"
        await running.ask("GET", f"{path}&viewer={token(900)}")
    assert state.digest == before
    assert len(state.model.logs) == 0
