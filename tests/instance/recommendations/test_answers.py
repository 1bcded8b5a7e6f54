"""Answers of the recommender: lists, the public table, figures, and forgetting."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from instance.journal import WATCHES, Change, State
from instance.recommendations.forgetting import Receipt, is_ours
from tests.instance.clock import at_now
from tests.instance.recommendations.events import event, send, token
from tests.instance.recommendations.peertube import PeerTube, uuid, video
from tests.instance.service import ADMIN_TOKEN, SECRET, Answer, Running, Start

VIDEOS = "/api/v1/recommendations/videos"
FOR_ME = "?strategy=for-me"
TABLE = "/api/v1/recommendations/neighbours"


async def listed(running: Running, **asked: object) -> list[str]:
    """Return the UUIDs of what is recommended."""
    answer = await running.ask("POST", VIDEOS, json={k: str(v) for k, v in asked.items()})
    assert answer.status == 200, answer.body
    return [each["uuid"] for each in answer.json["data"]]


async def watch_together(running: Running, *numbers: int, viewers: int = 8) -> None:
    await send(running, *(event(v, number) for v in range(viewers) for number in numbers))


async def test_the_answer_is_a_page_of_peertubes_videos_with_reasons(running: Running):
    await watch_together(running, 1, 2, 3)
    asked = {"strategy": "related", "video": uuid(1), "count": "5"}
    answer = (await running.ask("GET", VIDEOS, params=asked)).json
    assert answer["total"] == 20
    assert len(answer["data"]) == 5
    first = answer["data"][0]
    assert {"id", "uuid", "shortUUID", "name", "channel", "account", "views"} <= first.keys()
    why = first["recommendation"]
    assert why["reasons"]
    assert sum(each["points"] for each in why["reasons"]) == pytest.approx(why["score"])


async def test_what_others_watched_too_is_near(running: Running):
    await watch_together(running, 1, 7, viewers=20)
    assert uuid(7) in (await listed(running, strategy="related", video=uuid(1), surprise=0))[:3]


STRATEGIES = "related for-me explore fresh same-channel same-owner same-instance"


@pytest.mark.parametrize("strategy", STRATEGIES.split())
async def test_every_strategy_keeps_to_what_may_be_shown(
    running: Running, peertube: PeerTube, strategy: str
):
    peertube.publish(
        video(50, nsfw=True),
        video(51, language={"id": "fr", "label": "French"}),
        *(video(number) for number in range(55, 100, 5)),
    )
    crawl = running.service.recommender.crawl
    assert crawl
    await crawl.round()
    await send(running, event(1, 5))
    asked: dict[str, Any] = {"strategy": strategy, "video": uuid(0), "count": 100}
    found = await listed(running, viewer=token(1), languageOneOf="en", without=uuid(10), **asked)
    assert not {uuid(number) for number in (0, 5, 10, 50, 51)} & {*found}
    assert uuid(50) in await listed(running, nsfw="true", **asked) or strategy == "explore"
    for muted in ("channel0@video.example", "account0@video.example"):
        shown = await listed(running, muted=muted, **asked)
        assert not {uuid(number) for number in range(0, 100, 5)} & {*shown}
    assert await listed(running, muted="video.example", **asked) == []


async def test_a_policy_keeps_the_list_to_the_videos_instance_owner_or_channel(
    running: Running, peertube: PeerTube
):
    def actor(name: str, host: str) -> dict[str, str]:
        return {"name": name, "displayName": name, "host": host, "url": f"https://{host}/"}

    elsewhere = actor("channel0", "other.example")
    second = video(60, channel=actor("second", "video.example"), account=video(0)["account"])
    remote = video(61, isLocal=False, channel=elsewhere, account=actor("a", "other.example"))
    peertube.publish(second, remote)
    crawl = running.service.recommender.crawl
    assert crawl
    await crawl.round()
    asked: dict[str, Any] = {"video": uuid(0), "count": 100}
    for strategy, expected in {
        "same-channel": {5, 10, 15},
        "same-owner": {5, 10, 15, 60},
        "same-instance": {*range(1, 20), 60},
        "related": {*range(1, 20), 60, 61},
    }.items():
        found = await listed(running, strategy=strategy, **asked)
        assert {*found} == {uuid(number) for number in expected}, strategy
        if strategy in ("same-channel", "same-owner"):
            # One channel may fill the list: variety is not what was asked for.
            assert len(found[:4]) == min(4, len(expected))
    strange = str(uuid(99))
    assert await listed(running, strategy="same-owner", video=strange) == []
    # An account that moves a video, or an instance that is no longer followed, is followed at once.
    peertube.publish(video(60, channel=second["channel"], account=actor("new", "video.example")))
    await crawl.round()
    assert uuid(60) not in await listed(running, strategy="same-owner", **asked)


async def test_pages_follow_each_other_without_repeating(running: Running):
    whole = await listed(running, strategy="for-me", count=12)
    pages = [await listed(running, strategy="for-me", start=at, count=4) for at in (0, 4, 8)]
    assert [each for page in pages for each in page] == whole


async def test_a_question_that_cannot_be_is_refused_by_field(running: Running):
    wrong = {
        f"strategy=for-me&viewer={token(1)}": "viewer",
        f"strategy=for-me&without={uuid(1)}": "without",
        "": "strategy",
        "strategy=magic": "strategy",
        "strategy=related": "video",
        "strategy=for-me&count=101": "count",
        "strategy=for-me&start=-1": "start",
        "strategy=for-me&muted=news@video.example,<b>": "muted[1]",
        "strategy=for-me&history=1": "history",
        "strategy=for-me&surprise=2": "surprise",
    }
    for asked, field in wrong.items():
        assert (await running.ask("GET", f"{VIDEOS}?{asked}")).error[:2] == (400, field)
    for name, value, field in (("viewer", "me", "viewer"), ("without", ["x"], "without[0]")):
        body = {"strategy": "for-me", name: value}
        assert (await running.ask("POST", VIDEOS, json=body)).error[:2] == (400, field)


async def table(running: Running, **headers: str) -> Answer:
    return await running.ask("GET", TABLE, headers=headers)


async def test_the_table_names_pairs_that_enough_have_watched_and_no_others(running: Running):
    await watch_together(running, 1, 2, viewers=12)
    await watch_together(running, 3, viewers=2)
    said = (await table(running)).json
    place = said["videos"].index
    near = said["near"][place(uuid(1))]
    assert near[0] == place(uuid(2))
    assert place(uuid(3)) not in near[::2]
    assert max(said["popular"]) == 1000
    assert said["near"][place(uuid(3))] == []


async def test_the_table_is_compressed_and_sent_once(running: Running):
    await watch_together(running, 1, 2)
    first = await table(running, **{"Accept-Encoding": "identity"})
    zipped = await table(running, **{"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.json == first.json
    again = await table(running, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


async def test_a_viewer_is_forgotten_with_a_receipt_and_only_by_who_knows_the_token(
    running: Running,
):
    await watch_together(running, 1, 2, 3)
    said = {"viewer": token(99)}
    assert (await running.ask("POST", "/api/v1/forget", SECRET, json=said)).json["plays"] == 0
    said = {"viewer": token(3)}
    assert (await running.ask("POST", "/api/v1/forget", json=said)).status == 401
    receipt = (await running.ask("POST", "/api/v1/forget", SECRET, json=said)).json
    assert (receipt["what"], receipt["plays"], receipt["viewers"]) == ("viewer", 3, 1)
    names = running.service.recommender.names
    assert is_ours(Receipt(**receipt), names)
    entries = await running.service.journal.read(limit=1000)
    assert not any(names.of(token(3)).encode() in each.entry.payload for each in entries)
    assert (await send(running, event(3, 1))).json["accepted"] == 1


async def forget(running: Running, number: int) -> Answer:
    said = {"viewer": token(number)}
    return await running.ask("POST", "/api/v1/forget", SECRET, json=said)


async def test_unknown_tokens_fold_nothing_and_many_who_ask_at_once_share_a_fold(
    running: Running,
):
    await watch_together(running, 1, 2, viewers=30)
    journal = running.service.journal
    before = await journal.generation(WATCHES)
    unknown = await asyncio.gather(*(forget(running, 100 + number) for number in range(40)))
    assert {answer.status for answer in unknown} == {200}
    assert is_ours(Receipt(**unknown[0].json), running.service.recommender.names)
    assert await journal.generation(WATCHES) == before
    answers = await asyncio.gather(*(forget(running, number) for number in range(25)))
    assert [answer.json["plays"] for answer in answers] == [2] * 25
    # The first fold began with whoever came first, the second with all others.
    assert await journal.generation(WATCHES) <= before + 3
    state = await running.service.recommender.replica.follow()
    assert len(state.model.logs) == 5


async def test_no_receipt_is_given_while_another_reader_keeps_what_was_deleted(
    running: Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("instance.journal.sqlite.CHECKPOINT_PAUSE_S", 0.0)
    await watch_together(running, 1, 2)
    path = running.settings.state_dir / "mirrorwise.db"
    writer = vars(running.service.journal)["_writer"]
    await writer.run_bare(lambda database: database.execute("PRAGMA busy_timeout = 50"))
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entry").fetchone()
        refused = await forget(running, 3)
        assert refused.error[:2] == (503, "database")
        assert (await forget(running, 3)).status == 503
    receipt = await forget(running, 3)
    assert (receipt.status, receipt.json["plays"]) == (200, 2)
    assert (await forget(running, 3)).json["plays"] == 0


async def test_forgetting_is_off_where_recommendations_are(start: Start):
    running = await start()
    assert (await forget(running, 1)).error[:2] == (404, "recommendations")


async def test_a_list_can_be_made_again_from_what_the_operator_is_given(
    running: Running, tmp_path: Path
):
    await watch_together(running, 1, 2, 3)
    asked = {"strategy": "for-me", "viewer": token(1), "count": "8"}
    ranking = await running.ask("POST", "/api/v1/operator/ranking", ADMIN_TOKEN, json=asked)
    file = tmp_path / "model.json"
    file.write_bytes(ranking.body)
    script = Path(__file__).parents[3] / "docs" / "reproduce_ranking.py"
    made = subprocess.run([sys.executable, script, file], capture_output=True, check=True)  # noqa: S603
    found = await listed(running, **asked)
    assert len(found) == 8
    places = [made.stdout.decode().index(video) for video in found]
    assert places == sorted(places)


async def test_with_a_damaged_model_the_way_out_is_told_and_nothing_is_acknowledged(
    running: Running,
):
    journal = running.service.journal
    states = await journal.states(WATCHES)
    damaged = State(states.head.position + 1000, b"damaged")
    await journal.replace_states(WATCHES, Change(head=damaged, past=True), states)
    for answer in (await send(running, event(1, 1)), await running.ask("GET", VIDEOS + FOR_ME)):
        status, field, reason = answer.error
        assert (status, field) == (503, "recommendations")
        assert "run `mirrorwise rebuild`" in reason


@at_now
async def test_each_day_is_noted_once_in_the_operators_figures(running: Running):
    await watch_together(running, 1, 2, 3)
    for _ in range(3):
        await running.service.recommender._lead()
    said = (await running.ask("GET", "/api/v1/operator/recommendations", ADMIN_TOKEN)).json
    assert len(said["days"]) == 1
    assert said["days"][0]["viewers"] == 8
    assert said["days"][0]["weights"].keys() == said["now"]["weights"].keys()
