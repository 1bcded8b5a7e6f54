"""Origins that lie, break or are away: refused with the reason, and nothing wrong is served."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from aiohttp import web

from instance.mirror.client import Client
from instance.mirror.errors import FolderTaken, Gone, Refused, Unanswered
from instance.mirror.hls import media_files, media_playlists
from instance.mirror.listing import listed
from instance.mirror.options import origin as checked_origin
from instance.mirror.options import wanted
from instance.mirror.source import Details, source
from instance.mirror.store import Store
from instance.settings import SettingsError
from tests.instance.mirror.conftest import Mirrored
from tests.instance.mirror.hls import FOLDER, made_up
from tests.instance.mirror.origin import Origin, serving
from tests.instance.recommendations.peertube import uuid, video

NAME = uuid(1)
BAD_NAMES = [
    "../a.m3u8",
    "/etc/a.m3u8",
    "https://evil.example/a.m3u8",
    "//evil.example/a.m3u8",
    ".a.m3u8",
    "a/b.m3u8",
    "a%2fb.m3u8",
    "a.m3u8?x",
    "a\\b.m3u8",
    f"{'a' * 300}.m3u8",
]
GOOD = ["#EXTM3U", '#EXT-X-MAP:URI="a.mp4",BYTERANGE="10@0"']
ONE = ["#EXTINF:4,", "#EXT-X-BYTERANGE:5@10", "a.mp4"]
END = ["#EXT-X-ENDLIST"]
DIGEST = "0" * 64


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_of_playlists_that_lead_elsewhere(name: str):
    with pytest.raises(Refused, match="names"):
        media_playlists(f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{name}\n")
    with pytest.raises(Refused, match="names"):
        media_playlists(f'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="{name}"\n')


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["#EXTM3U"], "has no end"),
        ([*GOOD, *END], "no playlist names a segment"),
        ([*GOOD, "#EXTINF:4,", "a.mp4", *END], "without a byte range"),
        ([*GOOD, "#EXT-X-BYTERANGE:5@11", "a.mp4", *END], "do not follow"),
        ([*GOOD, *ONE, "#EXT-X-BYTERANGE:5@14", "a.mp4", *END], "do not follow"),
        ([*GOOD, "#EXT-X-BYTERANGE:0@10", "a.mp4", *END], "a byte range is"),
        ([*GOOD, "#EXT-X-BYTERANGE:-5@10", "a.mp4", *END], "a byte range is"),
        ([*GOOD, "#EXT-X-BYTERANGE:٥@10", "a.mp4", *END], "a byte range is"),
        ([*GOOD, "#EXT-X-BYTERANGE:5@10", "../a.mp4", *END], "names"),
        ([*GOOD, "#EXT-X-BYTERANGE:5@10", "http://10.0.0.1/a.mp4", *END], "names"),
        (["#EXTM3U", *ONE, *END], "do not follow"),
        (["#EXTM3U", '#EXT-X-MAP:URI="a.mp4",BYTERANGE="99999@0"', *ONE, *END], "init segment"),
        (["#EXTM3U", '#EXT-X-MAP:URI="../a.mp4",BYTERANGE="9@0"', *ONE, *END], "has '#EXT-X-MAP"),
        ([*GOOD, '#EXT-X-KEY:METHOD=AES-128,URI="https://evil.example/k"', *ONE, *END], "has"),
        (["no playlist"], "EXTM3U"),
    ],
)
def test_playlists_that_are_not_as_peertubes(lines: list[str], reason: str):
    digests = json.dumps({"a.mp4": {"10-14": DIGEST}})
    with pytest.raises(Refused, match=reason):
        media_files({"a.m3u8": "\n".join(lines)}, digests)


@pytest.mark.parametrize(
    "digests",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps({"a.mp4": "no ranges"}),
        json.dumps({"a.mp4": {"10-15": DIGEST}}),
        json.dumps({"a.mp4": {"10-14": "short"}}),
        json.dumps({"a.mp4": {"10-14": 7}}),
        json.dumps({"__class__": {"10-14": DIGEST}}),
    ],
)
def test_segments_without_a_digest(digests: str):
    with pytest.raises(Refused, match=r"no digest|not JSON"):
        media_files({"a.m3u8": "\n".join([*GOOD, *ONE, *END])}, digests)


def test_a_video_in_more_segments_than_a_day_has():
    lines = [*GOOD]
    ranges = {}
    for at in range(10, 60_010):
        lines += [f"#EXT-X-BYTERANGE:1@{at}", "a.mp4"]
        ranges[f"{at}-{at}"] = DIGEST
    with pytest.raises(Refused, match="more than 50000"):
        media_files({"a.m3u8": "\n".join([*lines, *END])}, json.dumps({"a.mp4": ranges}))


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        (f"https://evil.example/{FOLDER}/{NAME}", r"add --storage https://evil.example"),
        (f"http://video.example/{FOLDER}/{NAME}", r"add --storage http://video.example"),
        (f"https://video.example@evil.example/{FOLDER}/{NAME}", "evil.example"),
        (f"https://video.example\\@evil.example/{FOLDER}/{NAME}", "evil.example"),
        (f"http://10.0.0.1/{FOLDER}/{NAME}", r"10\.0\.0\.1"),
        (f"http://[::1]/{FOLDER}/{NAME}", "names files"),
        (f"file:///etc/{NAME}", "names files"),
        (f"https://video.example/../../etc/{NAME}", "keeps its files in"),
        (f"https://video.example/%2e%2e/{NAME}", "keeps its files in"),
        (f"https://video.example/.ssh/{NAME}", "keeps its files in"),
        (f"https://video.example//{NAME}", "keeps its files in"),
        (f"https://video.example/{FOLDER}/{uuid(2)}", "keeps its files in"),
        (f"https://video.example/{FOLDER}/{uuid(2)}/{NAME}", "keeps its files in"),
        (f"https://video.example/mirrorwise-mirror.json/{NAME}", "keeps its files in"),
        (f"https://video.example/{'a/' * 9}{NAME}", "keeps its files in"),
        (f"https://video.example/{FOLDER}", "keeps its files in"),
        ("nowhere", "names files"),
    ],
)
async def test_addresses_that_lead_elsewhere_are_not_asked(folder: str, reason: str):
    client = Client("https://video.example")
    said = video(1)
    one = {"type": 1, "playlistUrl": f"{folder}/m.m3u8", "segmentsSha256Url": f"{folder}/d.json"}
    found = listed(said)
    assert found
    with pytest.raises(Refused, match=reason):
        source(client, Details(found, {"streamingPlaylists": [one]}))


@pytest.mark.parametrize("digests", [None, 7, "https://video.example/elsewhere/d.json"])
async def test_digests_that_are_missing_or_elsewhere(digests: object):
    found = listed(video(1))
    assert found
    playlist = f"https://video.example/{FOLDER}/{NAME}/m.m3u8"
    said = {"type": 1, "playlistUrl": playlist, "segmentsSha256Url": digests}
    with pytest.raises(Refused):
        source(Client("https://video.example"), Details(found, {"streamingPlaylists": [said]}))


@pytest.mark.parametrize(
    "url", ["http://video.example", "ftp://video.example", "video", "https://"]
)
def test_an_instance_that_cannot_be_trusted_on_the_way(url: str):
    with pytest.raises(SettingsError, match="--of"):
        checked_origin(url, "--of")


@pytest.mark.parametrize("what", ["channel:../x", "playlist:", "a b", "channel:a?b", "x:y"])
def test_what_is_no_channel_playlist_or_video(what: str):
    with pytest.raises(SettingsError, match="--only"):
        wanted((what,))


async def refused(mirrored: Mirrored) -> str:
    """Mirror, and return why nothing is served."""
    await mirrored.run()
    assert mirrored.public == {}
    return mirrored.refusals()


@pytest.mark.parametrize("at", [1376, 30_000, -1])
async def test_wrong_bytes_are_not_served(mirrored: Mirrored, origin: Origin, at: int):
    hls = made_up(NAME)
    file = next(name for name in hls.files if name.endswith("480-fragmented.mp4"))
    changed = bytearray(hls.files[file])
    changed[at] ^= 1
    hls.files[file] = bytes(changed)
    origin.add(1, hls)
    assert "another sha256" in await refused(mirrored)
    # It is not copied again in every round.
    origin.asked_ranges.clear()
    await mirrored.run()
    assert origin.asked_ranges == []


async def test_a_file_that_is_shorter_than_the_playlist_says(mirrored: Mirrored, origin: Origin):
    hls = made_up(NAME)
    file = next(name for name in hls.files if name.endswith("480-fragmented.mp4"))
    hls.files[file] = hls.files[file][:-5000]
    origin.add(1, hls)
    reason = await refused(mirrored)
    assert "ends before its last segment" in reason or "answers 416" in reason


async def test_sizes_beyond_all_measure_cost_no_room(mirrored: Mirrored, origin: Origin):
    hls = made_up(NAME, 1)
    for name in hls.files:
        text = hls.files[name]
        if name.endswith(("-240.m3u8", "-480.m3u8")):
            hls.files[name] = text.replace(b"20000@1376", b"999999999999999@1376")
        if name == hls.digests:
            hls.files[name] = text.replace(b"1376-21375", b"1376-1000000000001374")
    origin.add(1, hls)
    assert "more than the whole room" in await refused(mirrored)
    assert origin.media_sent() == []


async def test_a_playlist_that_does_not_end_is_cut_off(
    mirrored: Mirrored, origin: Origin, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("instance.mirror.source.MOST_TEXT_BYTES", 10_000)
    hls = made_up(NAME)
    hls.files[hls.master] += b"#" * 20_000
    origin.add(1, hls)
    assert "more than 10000 bytes" in await refused(mirrored)


@pytest.mark.parametrize("where", ["api", ".m3u8", ".mp4"])
async def test_redirects_are_not_followed(mirrored: Mirrored, origin: Origin, where: str):
    async with serving() as other:
        origin.add(1, made_up(NAME))
        other.files = dict(origin.files)

        def away(request: web.Request) -> web.Response | None:
            is_there = "/api/" in request.path if where == "api" else request.path.endswith(where)
            to = f"{other.url}{request.path}"
            return web.Response(status=302, headers={"Location": to}) if is_there else None

        origin.fault = away
        with pytest.raises(Unanswered, match="redirects elsewhere"):
            await mirrored.run()
        assert other.asked_ranges == []
        assert mirrored.public == {}


async def test_a_host_that_knows_no_ranges_is_read_as_a_whole(mirrored: Mirrored, origin: Origin):
    hls = made_up(NAME)
    origin.add(1, hls)

    def whole(request: web.Request) -> web.Response | None:
        found = origin.files.get(request.path)
        return web.Response(body=found) if found else None

    origin.fault = whole
    await mirrored.run()
    assert len(mirrored.public) == len(hls.files)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": "bytes 5-100/1000"},
        {"Content-Range": "bytes 0-999999999/1000"},
        {"Content-Range": "nonsense"},
        {"Content-Range": f"bytes {'0' * 5000}-99/*"},
        {},
    ],
)
async def test_other_ranges_than_were_asked_for(
    mirrored: Mirrored, origin: Origin, headers: dict[str, str]
):
    origin.add(1, made_up(NAME))

    def other(request: web.Request) -> web.Response | None:
        if not request.path.endswith(".mp4"):
            return None
        return web.Response(status=206, body=b"x" * 100, headers=headers)

    origin.fault = other
    assert "another range" in await refused(mirrored)


@pytest.mark.parametrize("status", [404, 403, 500, 502])
async def test_a_broken_proxy_before_the_origin_takes_nothing_out(
    mirrored: Mirrored, origin: Origin, status: int
):
    origin.add(1, made_up(NAME))
    await mirrored.run()
    before = mirrored.public
    page = web.Response
    origin.fault = lambda _: page(status=status, text="<h1>Sorry</h1>", content_type="text/html")
    with pytest.raises(Unanswered):
        await mirrored.run()
    # The list works again and is empty, but the video's own page is still the proxy's.
    origin.videos.clear()
    origin.fault = lambda request: (
        page(status=status, text="<h1>Sorry</h1>", content_type="text/html")
        if NAME in request.path
        else None
    )
    with pytest.raises(Unanswered):
        await mirrored.run()
    assert mirrored.public == before


async def test_an_origin_that_is_gone_leaves_its_videos(mirrored: Mirrored):
    async with serving() as gone:
        mirrored.origin = gone
        gone.add(1, made_up(NAME))
        await mirrored.run()
    before = mirrored.public
    with pytest.raises(Unanswered):
        await mirrored.run()
    assert mirrored.public == before != {}


@pytest.mark.parametrize(
    "said",
    [
        {"total": 1, "data": [{}] * 101},
        {"total": "many", "data": []},
        {"total": 1},
        [],
        "text",
    ],
)
async def test_lists_of_another_form(mirrored: Mirrored, origin: Origin, said: object):
    origin.fault = lambda _: web.json_response(said)
    with pytest.raises(Unanswered):
        await mirrored.run()


async def test_a_total_beyond_all_measure_ends_with_the_pages(mirrored: Mirrored, origin: Origin):
    asked = 0

    def lie(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        data = [video(number) for number in range(100)] if asked < 3 else []
        return web.json_response({"total": 10**12, "data": data})

    origin.fault = lie
    async with mirrored.begun() as (mirror, _):
        await mirror.follow()
        assert len(mirror.listed) == 100
    assert asked == 3


async def test_a_body_that_is_too_long_for_json(
    mirrored: Mirrored, origin: Origin, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("instance.mirror.client.MOST_JSON_BYTES", 5000)
    for number in range(20):
        origin.add(number, made_up(uuid(number), 1, 10))
    with pytest.raises(Unanswered, match="more than 5000 bytes"):
        await mirrored.run()


async def test_retry_after_is_obeyed(mirrored: Mirrored, origin: Origin):
    origin.add(1, made_up(NAME))
    asked: list[float] = []

    def busy(_: web.Request) -> web.Response | None:
        asked.append(asyncio.get_running_loop().time())
        return web.Response(status=429, headers={"Retry-After": "1"}) if len(asked) == 1 else None

    origin.fault = busy
    await mirrored.run()
    assert mirrored.public
    assert asked[1] - asked[0] >= 0.99


async def test_an_origin_that_asks_for_an_hour_is_left_alone(mirrored: Mirrored, origin: Origin):
    origin.add(1, made_up(NAME))
    asked = 0

    def busy(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(status=503, headers={"Retry-After": "3600"})

    origin.fault = busy
    async with mirrored.begun() as (mirror, _):
        for _ in range(3):
            with pytest.raises(Unanswered, match="wait for 36"):
                await mirror.follow()
    assert asked == 1


async def test_files_that_vanish_between_list_and_copy_are_tried_again(
    mirrored: Mirrored, origin: Origin
):
    hls = made_up(NAME)
    origin.add(1, hls)
    origin.fault = lambda request: (
        web.Response(status=404) if request.path.endswith(".mp4") else None
    )
    assert "later" in await refused(mirrored)
    origin.fault = lambda _: None
    await mirrored.run()
    assert len(mirrored.public) == len(hls.files)


async def test_one_video_that_fails_keeps_no_other_waiting(mirrored: Mirrored, origin: Origin):
    origin.add(1, made_up(NAME), views=10_000)
    origin.add(2, made_up(uuid(2)))
    origin.fault = lambda request: (
        web.Response(status=500) if NAME in request.path and "static" in request.path else None
    )
    async with mirrored.begun() as (mirror, store):
        await mirror.follow()
        assert await mirror.copy()
        assert [*store.videos] == [uuid(2)]
        assert "answers 500" in mirrored.refusals()
        # It is asked for again, but not at once.
        origin.asked_ranges.clear()
        origin.fault = lambda _: None
        assert await mirror.copy()
        assert origin.asked_ranges == []
        mirrored.clock.at_s += 1000
        assert await mirror.copy()
        assert {*store.videos} == {NAME, uuid(2)}


async def test_one_video_without_an_answer_keeps_no_private_one_here(
    mirrored: Mirrored, origin: Origin
):
    for number in (1, 2, 3):
        origin.add(number, made_up(uuid(number)))
    await mirrored.run()
    origin.hidden |= {uuid(number) for number in (1, 2, 3)}
    del origin.videos[uuid(2)]
    origin.fault = lambda request: (
        web.Response(status=500) if request.path.endswith((uuid(1), uuid(3))) else None
    )
    async with mirrored.begun() as (mirror, store):
        with pytest.raises(Unanswered, match="answers 500"):
            await mirror.follow()
        assert {*store.videos} == {uuid(1), uuid(3)}


async def test_details_of_another_video_are_not_taken_for_it(mirrored: Mirrored, origin: Origin):
    for number in (1, 2):
        origin.add(number, made_up(uuid(number)))
    await mirrored.run()
    origin.change(1)
    other = origin.videos[uuid(2)]
    origin.fault = lambda request: (
        web.json_response(other) if request.path.endswith(uuid(1)) else None
    )
    async with mirrored.begun() as (mirror, store):
        await mirror.follow()
        await mirror.copy()
        assert uuid(2) in store.videos
    assert any(uuid(2) in path for path in mirrored.public)


async def test_what_is_left_of_a_longer_file_is_cut_off(mirrored: Mirrored, origin: Origin):
    hls = made_up(NAME)
    origin.add(1, hls)
    await mirrored.run()
    first = mirrored.public
    await mirrored.run(room=1)
    assert mirrored.public == {}
    file = next(name for name in hls.files if name.endswith(".mp4"))
    partial = mirrored.folder / "partial" / NAME
    partial.mkdir(parents=True, exist_ok=True)
    (partial / file).write_bytes(hls.files[file] + b"tail")
    await mirrored.run()
    assert mirrored.public == first


async def test_an_origin_that_goes_away_is_not_asked_for_every_video(
    mirrored: Mirrored, origin: Origin
):
    for number in range(20):
        origin.add(number, made_up(uuid(number)))
    async with mirrored.begun() as (mirror, _):
        await mirror.follow()
        asked = 0

        def down(_: web.Request) -> web.Response:
            nonlocal asked
            asked += 1
            return web.Response(status=502)

        origin.fault = down
        with pytest.raises(Unanswered):
            await mirror.copy()
    assert asked == 3


async def test_a_replacement_that_was_interrupted_is_taken_up_again(
    mirrored: Mirrored, origin: Origin
):
    origin.add(1, made_up(NAME))
    await mirrored.run()
    before = mirrored.public
    after = made_up(NAME, seed=2, version=2)
    origin.add(1, after, updatedAt="2027-01-01T00:00:00.000Z")
    origin.fault = lambda request: (
        web.Response(status=500) if request.path.endswith(".mp4") else None
    )
    mirrored.clock.at_s += 7200
    with pytest.raises(Unanswered):
        await mirrored.run()
    # The old files have other names than those that players ask for, and are right.
    assert mirrored.public == before
    origin.fault = lambda _: None
    await mirrored.run()
    assert mirrored.public == {path[1:]: bytes_ for path, bytes_ in origin.files.items()}


async def test_a_cut_connection_is_continued_behind_the_last_right_segment(
    mirrored: Mirrored, origin: Origin
):
    hls = made_up(NAME)
    origin.add(1, hls)
    left = 3

    async def cut(request: web.Request) -> web.StreamResponse | None:
        nonlocal left
        if not request.path.endswith("240-fragmented.mp4") or not left:
            return None
        left -= 1
        found = origin.files[request.path]
        start = request.http_range.start or 0
        origin.asked_ranges.append((request.path, request.headers["Range"]))
        headers = {"Content-Range": f"bytes {start}-{len(found) - 1}/{len(found)}"}
        response = web.StreamResponse(status=206, headers=headers)
        response.content_length = len(found) - start
        await response.prepare(request)
        await response.write(found[start : start + 25_000])
        assert request.transport
        request.transport.close()
        return response

    origin.fault = cut
    for _ in range(2):
        try:
            await mirrored.run()
        except Unanswered:
            continue
    assert len(mirrored.public) == len(hls.files)
    ranges = [span for path, span in origin.asked_ranges if "240-frag" in path]
    starts = [int(span.removeprefix("bytes=").split("-")[0]) for span in ranges]
    assert starts[:3] == [0, 21_376, 41_376]
    assert starts.count(0) <= 2  # once more for the bytes before the first segment


async def test_a_torn_partial_file_is_kept_as_far_as_it_is_right(
    mirrored: Mirrored, origin: Origin
):
    hls = made_up(NAME)
    origin.add(1, hls)
    file = next(name for name in hls.files if name.endswith("480-fragmented.mp4"))
    partial = mirrored.folder / "partial" / NAME / file
    partial.parent.mkdir(parents=True)
    # The first segment is right, the second is torn, and the codecs' parameters are of old.
    partial.write_bytes(b"\0" * 1376 + hls.files[file][1376:30_000] + b"\0" * 9000)
    await mirrored.run()
    assert mirrored.public[f"{FOLDER}/{NAME}/{file}"] == hls.files[file]
    ranges = [span for path, span in origin.asked_ranges if path.endswith(file)]
    assert ranges == ["bytes=0-1375", "bytes=21376-81375"]


async def test_what_was_damaged_on_disk_is_copied_again(mirrored: Mirrored, origin: Origin):
    hls = made_up(NAME)
    origin.add(1, hls)
    await mirrored.run()
    (file,) = (mirrored.folder / "public").rglob("*480-fragmented.mp4")
    file.write_bytes(file.read_bytes()[:-1])
    await mirrored.run()
    assert mirrored.public == {path[1:]: bytes_ for path, bytes_ in origin.files.items()}


async def test_two_processes_do_not_share_a_folder(mirrored: Mirrored, origin: Origin):
    async with mirrored.begun():
        with pytest.raises(FolderTaken, match="another process"):
            await mirrored.run()
    async with serving() as other:
        mirrored.origin = other
        with pytest.raises(FolderTaken, match=f"holds videos of {origin.url}"):
            await mirrored.run()


async def test_a_damaged_state_is_asked_for_anew(mirrored: Mirrored, origin: Origin):
    origin.add(1, made_up(NAME))
    await mirrored.run()
    before = mirrored.public
    for text in ("", "{", "[]", '{"lists": {"/api/v1/videos": {"pages": [[1]]}}}'):
        (mirrored.folder / "origin.json").write_text(text)
        await mirrored.run()
        assert mirrored.public == before


async def test_a_record_that_leads_elsewhere_is_thrown_away(mirrored: Mirrored, origin: Origin):
    origin.add(1, made_up(NAME))
    await mirrored.run()
    (record,) = (mirrored.folder / "public").rglob(".mirrorwise.json")
    said = json.loads(record.read_text())
    lock = mirrored.folder / "lock"
    said["sizes"] = {os.path.relpath(lock, record.parent): lock.stat().st_size}
    record.write_text(json.dumps(said))
    async with mirrored.begun() as (_, store):
        assert store.videos == {}


def test_a_folder_of_another_use_is_left_as_it_is(tmp_path: Path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public/index.html").write_text("mine")
    with Store(tmp_path, "https://video.example").locked():
        pass
    assert (tmp_path / "public/index.html").read_text() == "mine"


async def test_gone_is_said_by_peertube_alone(origin: Origin):
    client = Client(origin.url)
    with pytest.raises(Gone):
        await client.json(f"/api/v1/videos/{uuid(9)}", {})
    await client.close()
