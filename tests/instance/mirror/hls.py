"""Videos as PeerTube makes them: real ones by ffmpeg, and made-up bytes of the same form."""

import json
import random
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

Files = dict[str, bytes]
FOLDER = "static/streaming-playlists/hls"
SEGMENT_S = 4
INIT_BYTES = 1376


@dataclass
class Hls:
    """The files of a video, and the names of those that its API names."""

    files: Files
    master: str
    digests: str


def with_lists(uuid: str, media: Files, playlists: Files, version: int = 1) -> Hls:
    """Return video files and their playlists with a master playlist and a list of digests.

    As in PeerTube these two get new names whenever something changes.
    """
    master, digests = f"{uuid}-{version}-master.m3u8", f"{uuid}-{version}-segments-sha256.json"
    subtitles = f"{uuid}-en.m3u8"
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "",
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="English",DEFAULT=NO,'
        f'AUTOSELECT=NO,FORCED=NO,LANGUAGE="en",URI="{subtitles}"',
        "",
    ]
    for name in sorted(playlists):
        if "-0-" in name or name.endswith("-0.m3u8"):
            audio = 'TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",AUTOSELECT=YES,DEFAULT=YES'
            lines.append(f'#EXT-X-MEDIA:{audio},URI="{name}"')
        else:
            lines += ["#EXT-X-STREAM-INF:BANDWIDTH=464000", name]
    list_of_digests = {
        file: _digests(media[file], text.decode())
        for text in playlists.values()
        for file in media
        if file.encode() in text
    }
    vtt = "#EXTM3U\n#EXTINF:24,\nhttps://video.example/lazy-static/c.vtt\n#EXT-X-ENDLIST\n"
    small = {
        master: "\n".join([*lines, ""]).encode(),
        subtitles: vtt.encode(),
        digests: json.dumps(list_of_digests).encode(),
    }
    return Hls(media | playlists | small, master, digests)


def _digests(file: bytes, playlist: str) -> dict[str, str]:
    ranges = [line[17:].split("@") for line in playlist.splitlines() if "X-BYTERANGE" in line]
    bounds = [(int(start), int(start) + int(length)) for length, start in ranges]
    return {f"{a}-{b - 1}": sha256(file[a:b]).hexdigest() for a, b in bounds}


def made_up(
    uuid: str, segments: int = 4, segment_bytes: int = 20_000, seed: int = 0, version: int = 1
) -> Hls:
    """Return a video of two resolutions whose bytes mean nothing."""
    source = random.Random(f"{uuid} {seed}")  # noqa: S311 - the same bytes in each run
    media, playlists = Files(), Files()
    for height in (240, 480):
        stem = f"{uuid}-{seed}-{height}"
        file = f"{stem}-fragmented.mp4"
        lines = ["#EXTM3U", f'#EXT-X-MAP:URI="{file}",BYTERANGE="{INIT_BYTES}@0"']
        size = INIT_BYTES
        for _ in range(segments):
            lines += [f"#EXTINF:{SEGMENT_S},", f"#EXT-X-BYTERANGE:{segment_bytes}@{size}", file]
            size += segment_bytes
        media[file] = source.randbytes(size)
        playlists[f"{stem}.m3u8"] = "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()
    return with_lists(uuid, media, playlists, version)


def real(uuid: str, folder: Path) -> Hls:
    """Return 12 s of real video in two resolutions, with separate audio."""
    scene = "testsrc2=s=320x180:r=10:d=12"
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-nostdin"]
    words += ["-f", "lavfi", "-i", scene, "-f", "lavfi", "-i", "sine=f=220:d=12"]
    for height in (0, 90, 180):
        stream = ["-map", "0:v", "-c:v", "libx264", "-preset", "ultrafast", "-g", "40"]
        stream += ["-keyint_min", "40", "-sc_threshold", "0", "-vf", f"scale=-2:{height or 2}"]
        words += stream if height else ["-map", "1:a", "-c:a", "aac"]
        words += ["-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_list_size", "0"]
        words += ["-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
        words += ["-hls_flags", "single_file"]
        words += ["-hls_segment_filename", f"{uuid}-{height}-fragmented.mp4"]
        words += [f"{uuid}-{height}.m3u8"]
    subprocess.run(words, cwd=folder, check=True)  # noqa: S603
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    media = {name: bytes_ for name, bytes_ in files.items() if name.endswith(".mp4")}
    playlists = {name: bytes_ for name, bytes_ in files.items() if name.endswith(".m3u8")}
    return with_lists(uuid, media, playlists)
