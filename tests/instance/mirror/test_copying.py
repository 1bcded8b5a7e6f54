"""What is copied: all files of public videos, each byte with the digest that its list gives."""

import json
from hashlib import sha256

import pytest

from instance.mirror.amounts import Hours
from tests.instance.mirror.conftest import Mirrored
from tests.instance.mirror.hls import FOLDER, Hls, made_up, with_lists
from tests.instance.mirror.origin import Origin, serving
from tests.instance.recommendations.peertube import PRIVATE, UNLISTED, uuid

HOUR_S = 3600.0


def listed(mirrored: Mirrored) -> dict[str, list[str]]:
    """Return what the mirror's public list says it holds."""
    said = json.loads((mirrored.folder / "public/mirrorwise-mirror.json").read_text())
    assert said["version"] == 1
    assert said["of"] == mirrored.origin.url
    videos: dict[str, list[str]] = said["videos"]
    return videos


async def test_a_real_video_lies_below_the_origins_own_paths(
    mirrored: Mirrored, origin: Origin, film: Hls
):
    name = origin.add(1, film)
    await mirrored.run()
    assert mirrored.public == {path[1:]: bytes_ for path, bytes_ in origin.files.items()}
    assert f"{FOLDER}/{name}/{film.master}" in mirrored.public
    assert listed(mirrored) == {name: sorted(film.files)}
    # Three mp4s, their playlists, subtitles, the master playlist and the digests.
    assert len(film.files) == 9
    digests = json.loads(film.files[film.digests])
    ranges = [(file, *each) for file, one in digests.items() for each in one.items()]
    assert len(ranges) >= 9
    for file, span, digest in ranges:
        start, end = map(int, span.split("-"))
        held = mirrored.public[f"{FOLDER}/{name}/{file}"]
        assert sha256(held[start : end + 1]).hexdigest() == digest


async def test_only_public_local_videos_with_files_are_copied(mirrored: Mirrored, origin: Origin):
    public = origin.add(1, made_up(uuid(1)))
    origin.add(2, made_up(uuid(2)), privacy={"id": UNLISTED, "label": "Unlisted"})
    origin.add(3, made_up(uuid(3)), privacy={"id": PRIVATE, "label": "Private"})
    origin.add(4, made_up(uuid(4)), isLocal=False)
    origin.add(5, made_up(uuid(5)), isLive=True)
    origin.add(6, made_up(uuid(6)))
    origin.videos[uuid(6)]["streamingPlaylists"] = []
    await mirrored.run()
    assert [*listed(mirrored)] == [public]
    assert "no HLS files" in mirrored.refusals()


async def test_a_second_run_asks_for_nothing_but_the_lists(mirrored: Mirrored, origin: Origin):
    for number in range(1, 4):
        origin.add(number, made_up(uuid(number)))
    await mirrored.run()
    origin.asked.clear()
    origin.asked_ranges.clear()
    await mirrored.run()
    assert origin.asked == {"list": 1, "unchanged": 1}
    assert origin.asked_ranges == []


async def test_of_a_long_list_only_what_may_have_changed_is_asked_for(
    mirrored: Mirrored, origin: Origin
):
    for number in range(1, 251):
        origin.add(number, made_up(uuid(number), 1, 10))
    async with mirrored.begun() as (mirror, _):

        async def asked() -> tuple[int, int]:
            origin.asked.clear()
            await mirror.follow()
            return origin.asked["list"], origin.asked["unchanged"]

        assert await asked() == (3, 0)
        assert await asked() == (1, 1)
        # The first page tells of a new video; the others cannot have changed.
        origin.add(251, made_up(uuid(251), 1, 10))
        assert await asked() == (1, 0)
        assert {*mirror.listed} == {uuid(number) for number in range(1, 252)}
        # One that is missing further down shows in the total.
        del origin.videos[uuid(20)]
        assert (await asked())[0] == 3
        # So does one that is replaced by another.
        del origin.videos[uuid(30)]
        origin.add(252, made_up(uuid(252), 1, 10))
        assert (await asked())[0] == 3
        assert {*mirror.listed} == {uuid(n) for n in range(1, 253) if n not in (20, 30)}
        # All pages are read before an hour is over.
        mirrored.clock.at_s += HOUR_S
        assert await asked() == (3, 3)


async def test_a_view_does_not_make_a_video_be_compared_more_than_once_an_hour(
    mirrored: Mirrored, origin: Origin
):
    origin.add(1, made_up(uuid(1)))
    await mirrored.run()
    for minutes, asked in ((10, 0), (61, 1), (50, 0)):
        mirrored.clock.at_s += 60 * minutes
        origin.change(1, views=100 + minutes)
        origin.asked.clear()
        await mirrored.run()
        assert origin.asked["details"] == asked


async def test_a_replacement_is_followed_and_files_that_stay_are_not_copied_again(
    mirrored: Mirrored, origin: Origin
):
    before, after = made_up(uuid(1)), made_up(uuid(1), version=2)
    file = f"{uuid(1)}-1080-fragmented.mp4"
    more = made_up("other", 2)
    extra = next(bytes_ for name, bytes_ in more.files.items() if name.endswith("-240.m3u8"))
    source = next(bytes_ for name, bytes_ in more.files.items() if "-240-frag" in name)
    name = origin.add(1, before)
    await mirrored.run()
    # One resolution more, as when a transcoding job has ended later.
    after.files[file] = source
    playlist = extra.replace(b"other-0-240-fragmented.mp4", file.encode())
    after.files[f"{uuid(1)}-1080.m3u8"] = playlist
    after.files[after.master] += f"#EXT-X-STREAM-INF:BANDWIDTH=1\n{uuid(1)}-1080.m3u8\n".encode()
    digests = json.loads(after.files[after.digests])
    others = json.loads(more.files[more.digests])
    digests[file] = others["other-0-240-fragmented.mp4"]
    after.files[after.digests] = json.dumps(digests).encode()
    origin.add(1, after, updatedAt="2027-01-01T00:00:00.000Z")
    origin.asked_ranges.clear()
    mirrored.clock.at_s += 2 * HOUR_S
    await mirrored.run()
    assert mirrored.public == {path[1:]: bytes_ for path, bytes_ in origin.files.items()}
    assert origin.media_sent() == [file]
    assert listed(mirrored) == {name: sorted(after.files)}


async def test_a_file_with_other_bytes_under_its_old_name_is_taken_down_at_once(
    mirrored: Mirrored, origin: Origin
):
    before = made_up(uuid(1))
    origin.add(1, before)
    await mirrored.run()
    after = made_up(uuid(1), version=2)
    names = [name for name in before.files if name.endswith(".mp4")]
    for name in names:
        after.files[name] = after.files[name][::-1]
    playlists = {n: b for n, b in after.files.items() if n.endswith(("-240.m3u8", "-480.m3u8"))}
    after = with_lists(uuid(1), {name: after.files[name] for name in names}, playlists, 2)
    origin.add(1, after, updatedAt="2027-01-01T00:00:00.000Z")
    mirrored.clock.at_s += 2 * HOUR_S
    held: list[set[str]] = []

    def look(_: int) -> None:
        if origin.asked_ranges[-1][0].endswith(".mp4"):
            held.append({*mirrored.public})

    origin.sent = look
    await mirrored.run()
    media = {path for each in held for path in each if path.endswith(".mp4")}
    assert held
    assert media == set()
    assert mirrored.public == {path[1:]: bytes_ for path, bytes_ in origin.files.items()}


@pytest.mark.parametrize("how", ["deleted", "private", "unlisted"])
async def test_what_is_gone_or_no_longer_public_is_taken_out(
    mirrored: Mirrored, origin: Origin, how: str
):
    for number in (1, 2):
        origin.add(number, made_up(uuid(number)))
    await mirrored.run()
    if how == "deleted":
        del origin.videos[uuid(1)]
    else:
        privacy = PRIVATE if how == "private" else UNLISTED
        origin.change(1, privacy={"id": privacy, "label": how})
    await mirrored.run()
    assert [*listed(mirrored)] == [uuid(2)]
    assert not any(uuid(1) in path for path in mirrored.public)


async def test_a_video_that_goes_while_it_is_copied_is_not_served(
    mirrored: Mirrored, origin: Origin
):
    origin.add(1, made_up(uuid(1), 20))
    async with mirrored.begun() as (mirror, store):
        await mirror.follow()

        async def go(_: int) -> None:
            origin.sent = lambda _: None
            del origin.videos[uuid(1)]
            await mirror.follow()

        origin.sent = go
        await mirror.copy()
        assert store.videos == {}
    assert mirrored.public == {}


async def test_videos_that_lists_hide_stay(mirrored: Mirrored, origin: Origin):
    origin.add(1, made_up(uuid(1)))
    await mirrored.run()
    origin.hidden.add(uuid(1))
    await mirrored.run()
    assert [*listed(mirrored)] == [uuid(1)]


async def test_channels_playlists_and_single_videos(mirrored: Mirrored, origin: Origin):
    for number in range(1, 12):
        origin.add(number, made_up(uuid(number), 1))
    origin.playlists["9e2a1c34-0000-4000-8000-000000000000"] = [uuid(4), uuid(5)]
    only = (
        "channel:channel1",
        "playlist:9e2a1c34-0000-4000-8000-000000000000",
        uuid(8),
    )
    await mirrored.run(only=only)
    assert {*listed(mirrored)} == {uuid(number) for number in (1, 4, 5, 6, 8, 11)}


async def test_files_in_object_storage_are_copied_once_the_operator_names_it(
    mirrored: Mirrored, origin: Origin
):
    async with serving() as bucket:
        origin.storage, origin.folder = bucket.url, "streaming-playlists/hls"
        origin.add(1, made_up(uuid(1)))
        bucket.files, origin.files = origin.files, {}
        await mirrored.run()
        assert mirrored.public == {}
        assert f"add --storage {bucket.url}" in mirrored.refusals()
        mirrored.clock.at_s += 25 * HOUR_S
        await mirrored.run(storage=(bucket.url,))
        assert mirrored.public == {path[1:]: bytes_ for path, bytes_ in bucket.files.items()}


async def test_room_goes_to_what_is_watched_most_and_to_the_newest(
    mirrored: Mirrored, origin: Origin
):
    size = sum(map(len, made_up(uuid(1)).files.values()))
    views = {1: 10, 2: 5000, 3: 100, 4: 3000, 5: 0}
    for number, count in views.items():
        origin.add(number, made_up(uuid(number)), views=count)
    origin.change(5, publishedAt=mirrored.clock.now().isoformat())
    await mirrored.run(room=3 * size + 5000)
    assert {*listed(mirrored)} == {uuid(2), uuid(4), uuid(3)}
    # What is watched now takes the room of what was.
    origin.change(5, views=90_000)
    mirrored.clock.at_s += HOUR_S
    await mirrored.run(room=3 * size + 5000)
    assert {*listed(mirrored)} == {uuid(2), uuid(4), uuid(5)}
    assert sum(map(len, mirrored.public.values())) <= 3 * size + 5000


async def test_a_smaller_room_is_kept_to(mirrored: Mirrored, origin: Origin):
    size = sum(map(len, made_up(uuid(1)).files.values()))
    for number in (1, 2, 3):
        origin.add(number, made_up(uuid(number)), views=100 * number)
    await mirrored.run()
    await mirrored.run(room=2 * size + 2000)
    assert {*listed(mirrored)} == {uuid(2), uuid(3)}


async def test_a_channel_that_is_gone_takes_its_videos_along(mirrored: Mirrored, origin: Origin):
    origin.add(1, made_up(uuid(1)))
    only = ("channel:channel1",)
    await mirrored.run(only=only)
    assert [*listed(mirrored)] == [uuid(1)]
    del origin.videos[uuid(1)]
    origin.gone.add("channel1")
    await mirrored.run(only=only)
    assert mirrored.public == {}


async def test_two_of_nearly_the_same_worth_do_not_take_turns(mirrored: Mirrored, origin: Origin):
    size = sum(map(len, made_up(uuid(1)).files.values()))
    for number in (1, 2):
        origin.add(number, made_up(uuid(number)), views=100 * number)
    origin.change(1, views=190)
    await mirrored.run(room=size + 1000)
    assert [*listed(mirrored)] == [uuid(2)]
    origin.change(1, views=230)
    mirrored.clock.at_s += HOUR_S
    await mirrored.run(room=size + 1000)
    assert [*listed(mirrored)] == [uuid(2)]


async def test_files_are_copied_in_the_hours_alone_and_what_is_gone_goes_at_all_hours(
    mirrored: Mirrored, origin: Origin
):
    hour = mirrored.clock.now().astimezone().hour
    origin.add(1, made_up(uuid(1)))
    now, later = Hours(hour, (hour + 1) % 24), Hours((hour + 2) % 24, (hour + 3) % 24)
    await mirrored.run(hours=later)
    assert mirrored.public == {}
    await mirrored.run(hours=now)
    assert [*listed(mirrored)] == [uuid(1)]
    del origin.videos[uuid(1)]
    await mirrored.run(hours=later)
    assert mirrored.public == {}
