"""Crawl: the catalogue follows PeerTube's public videos, with few requests."""

from typing import Any

import orjson
import pytest

from instance.recommendations.crawl import Crawl
from instance.recommendations.journal_records import Put
from instance.recommendations.peertube import Unanswered
from instance.recommendations.public_video import parse
from tests.instance.recommendations.events import event, send
from tests.instance.recommendations.peertube import PRIVATE, PeerTube, uuid, video
from tests.instance.service import ADMIN_TOKEN, SECRET, Running


def crawl_of(running: Running) -> Crawl:
    crawl = running.service.recommender.crawl
    assert crawl
    return crawl


async def known(running: Running) -> dict[str, Any]:
    state = await running.service.recommender.replica.follow()
    return {name: orjson.loads(shown) for name, shown in state.public_videos.items()}


async def test_all_public_videos_are_known_with_their_tags(running: Running, peertube: PeerTube):
    peertube.publish(*map(video, range(20, 250)))
    await crawl_of(running).round()
    videos = await known(running)
    assert len(videos) == 250
    assert videos[uuid(3)]["tags"] == ["tag3"]
    assert "description" not in videos[uuid(3)]


async def test_a_round_that_finds_nothing_new_asks_one_question_and_notes_nothing(
    running: Running, peertube: PeerTube
):
    entries = len(await running.service.journal.read(limit=1000))
    peertube.asked.clear()
    await crawl_of(running).round()
    assert peertube.asked == {"list": 1, "unchanged": 1}
    assert len(await running.service.journal.read(limit=1000)) == entries


async def test_counters_and_changes_are_taken_over(running: Running, peertube: PeerTube):
    peertube.change(1, views=170, likes=9)
    peertube.change(2, name="Another name", tags=["other"])
    peertube.asked.clear()
    await crawl_of(running).round()
    videos = await known(running)
    assert (videos[uuid(1)]["views"], videos[uuid(1)]["likes"]) == (170, 9)
    assert (videos[uuid(2)]["name"], videos[uuid(2)]["tags"]) == ("Another name", ["other"])
    assert peertube.asked["details"] == 1


async def test_a_video_that_becomes_private_or_is_deleted_leaves_the_model(
    running: Running, peertube: PeerTube
):
    await send(running, event(1, 4), event(1, 5), event(1, 6))
    peertube.change(4, privacy={"id": PRIVATE, "label": "Private"})
    del peertube.videos[uuid(5)]
    await crawl_of(running).round()
    assert not {uuid(4), uuid(5)} & (await known(running)).keys()
    model = (await running.service.recommender.replica.state()).model
    assert sum(map(len, model.logs.values())) == 1
    asked = "/api/v1/recommendations/videos?strategy=for-me&count=100"
    listed = (await running.ask("GET", asked)).json
    assert not {uuid(4), uuid(5)} & {each["uuid"] for each in listed["data"]}
    assert (await send(running, event(2, 4))).json["accepted"] == 0


async def test_the_plugin_can_say_at_once_that_a_video_has_left(running: Running):
    said = {"videos": [uuid(4), uuid(4), uuid(900)]}
    assert (await running.ask("POST", "/api/v1/videos/gone", json=said)).status == 401
    answer = await running.ask("POST", "/api/v1/videos/gone", SECRET, json=said)
    assert answer.json == {"dropped": 1}
    assert uuid(4) not in await known(running)


async def test_while_peertube_is_down_nothing_is_taken_out(running: Running, peertube: PeerTube):
    peertube.down = True
    with pytest.raises(Unanswered):
        await crawl_of(running).round()
    assert len(await known(running)) == 20


async def test_what_is_not_of_peertubes_form_is_no_video(running: Running, peertube: PeerTube):
    wrong: list[dict[str, object]] = [
        {"uuid": "../../etc/passwd"},
        {"name": 7},
        {"publishedAt": "soon"},
        {"publishedAt": "0001-01-01T00:00:00"},
        {"publishedAt": "2026-01-01T00:00:00.000"},
        {"publishedAt": "1969-12-31T23:59:59Z"},
        {"name": "cut within an emoji: \ud83d"},
        {"views": -1},
        {"views": 1 << 60},
        {"channel": None},
        {"privacy": {"id": "1", "label": "Public"}},
    ]
    for number, changes in enumerate(wrong):
        peertube.videos[f"odd {number}"] = video(70 + number, **changes)
    peertube.publish(video(61))
    await crawl_of(running).round()
    assert (await known(running)).keys() == {uuid(number) for number in (*range(20), 61)}


async def test_a_video_without_what_some_have_is_known_all_the_same(
    running: Running, peertube: PeerTube
):
    odd: list[dict[str, object]] = [
        {"tags": None},
        {"tags": ["", " ", "İstanbul", "MÜSIC", "müsic", "日本語"]},
        {"thumbnails": None, "thumbnailPath": None, "embedPath": None},
        {"language": {"id": None, "label": "Unknown"}, "category": {"id": None, "label": ""}},
        {"isLive": True, "duration": 0},
        {"views": 12.0},
        {"name": "\u202eabc مرحبا"},
    ]
    peertube.publish(*(video(300 + number, **changes) for number, changes in enumerate(odd)))
    await crawl_of(running).round()
    assert {uuid(300 + number) for number in range(len(odd))} <= (await known(running)).keys()


async def test_videos_that_lists_hide_do_not_take_the_turns_of_deleted_ones(
    running: Running, peertube: PeerTube, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("instance.recommendations.crawl.MOST_CHECKS", 5)
    for number in range(8):  # an admin mutes an instance
        peertube.hidden.add(uuid(number))
    deleted = {uuid(number) for number in (12, 13)}
    for each in deleted:
        del peertube.videos[each]
    for _ in range(3):
        await crawl_of(running).round()
    assert (await known(running)).keys() == {uuid(number) for number in range(20)} - deleted


async def test_a_time_without_zone_that_is_in_the_journal_does_not_stop_the_fold(running: Running):
    replica = running.service.recommender.replica
    put = parse(video(103))
    assert put
    await replica.append([Put(put | {"publishedAt": "0001-01-01T00:00:00"})])
    assert uuid(103) in await known(running)
    assert (await send(running, event(1, 3))).json["accepted"] == 1


async def test_long_texts_are_cut(running: Running, peertube: PeerTube):
    peertube.publish(video(62, name="n" * 10_000, tags=["t" * 1000] * 100))
    await crawl_of(running).round()
    found = (await known(running))[uuid(62)]
    assert (len(found["name"]), len(found["tags"])) == (500, 10)


async def test_operators_see_figures_a_graph_and_the_model(running: Running):
    await send(running, *(event(viewer, number) for viewer in range(9) for number in range(4)))
    token = ADMIN_TOKEN
    figures = (await running.ask("GET", "/api/v1/operator/recommendations", token)).json
    assert figures["now"]["videos"] == 20
    assert 0 < figures["now"]["coverage"] <= 1
    assert figures["now"]["watched"] > figures["now"]["viewed"] == 0
    graph = (await running.ask("GET", "/api/v1/operator/graph?videos=10", token)).json
    assert (graph["total"], len(graph["videos"]), len(graph["channels"])) == (20, 10, 5)
    assert graph["edges"]
    assert all(one < other < 10 for one, other, _ in graph["edges"])


async def test_an_answer_without_end_is_not_read_to_the_end(running: Running, peertube: PeerTube):
    peertube.publish(video(63, tags=["t" * 10_000] * 1000), video(64))
    await crawl_of(running).round()
    assert uuid(63) not in await known(running)
    assert uuid(64) in await known(running)
