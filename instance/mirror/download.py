"""Download of one video file: each segment is checked as it comes, and what is right is kept.

A file that was begun is read again and continued behind its last right segment, so that neither
a kill nor a torn write can leave wrong bytes in it.
"""

import asyncio
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from .client import Client
from .errors import Changed, Refused, Unanswered
from .hls import Segments

READ_BYTES = 1 << 20
# A connection that ends in the middle is made again so often before the next round.
MOST_CUTS = 3

Came = Callable[[int], None]
"""Is told how many bytes have come; it may raise, to interrupt."""


class Writer:
    """Appends to a file behind its right segments, and checks each new one when it is complete."""

    def __init__(self, file: BinaryIO, segments: Segments, right: int) -> None:
        self._file = file
        self._segments = segments
        self._next = right
        self._hash = sha256()
        self.position = segments[right - 1].end if right else 0
        file.truncate(self.position)
        file.seek(self.position)

    @property
    def done(self) -> bool:
        """Say whether all segments are there."""
        return self._next == len(self._segments)

    def write(self, piece: bytes) -> None:
        """Write what belongs to the file; raise `Refused` when a segment is wrong."""
        while piece and not self.done:
            start, end, digest = self._segments[self._next]
            # The bytes before the first segment have no digest.
            limit = end if self.position >= start else start
            part, piece = piece[: limit - self.position], piece[limit - self.position :]
            self._file.write(part)
            if self.position >= start:
                self._hash.update(part)
            self.position += len(part)
            if self.position < end or self.position == start:
                continue
            if self._hash.digest() != digest:
                raise Refused(f"bytes {start}-{end - 1} have another sha256 than the list says")
            self._next += 1
            self._hash = sha256()


def right_segments(file: BinaryIO, segments: Segments) -> int:
    """Return how many segments from the file's beginning on are there and right."""
    file.seek(segments[0].start)
    for number, (start, end, digest) in enumerate(segments):
        hashed, left = sha256(), end - start
        while left and (piece := file.read(min(left, READ_BYTES))):
            hashed.update(piece)
            left -= len(piece)
        if left or hashed.digest() != digest:
            return number
    return len(segments)


async def download(client: Client, url: str, target: Path, segments: Segments, came: Came) -> None:
    """Bring a file to `target`: whole, right, and on the disk."""
    with await asyncio.to_thread(_opened, target) as file:
        right = await asyncio.to_thread(right_segments, file, segments)
        if right:
            came(segments[right - 1].end)
            await _first_bytes_again(client, url, file, segments[0].start)
        for cuts in range(MOST_CUTS):
            if right == len(segments):
                break
            try:
                await _append(client, url, file, segments, right, came)
            except Unanswered:
                if cuts + 1 == MOST_CUTS:
                    raise
            right = await asyncio.to_thread(right_segments, file, segments)
        if right < len(segments):
            raise Changed(f"{target.name} ends before its last segment")
        # What is left of a longer file of that name is none of this one.
        await asyncio.to_thread(file.truncate, segments[-1].end)
        await asyncio.to_thread(to_disk, file)


async def _append(
    client: Client, url: str, file: BinaryIO, segments: Segments, right: int, came: Came
) -> None:
    """Ask for what is missing, and write it."""
    writer = await asyncio.to_thread(Writer, file, segments, right)
    async with client.body(url, writer.position, segments[-1].end) as body:
        if body.start != writer.position:  # The host knows no ranges, and sends all.
            writer = await asyncio.to_thread(Writer, file, segments, 0)
        async for piece in body.pieces:
            await asyncio.to_thread(writer.write, piece)
            came(len(piece))
            if writer.done:
                return


async def _first_bytes_again(client: Client, url: str, file: BinaryIO, size: int) -> None:
    """Fetch the bytes that no digest covers: they may be those of a version before."""
    if not size:
        return
    first = bytearray()
    async with client.body(url, 0, size) as body:
        async for piece in body.pieces:
            first += piece
            if len(first) >= size:
                break
    if len(first) < size:
        raise Changed("the file ends before its first segment")
    file.seek(0)
    file.write(first[:size])


def _opened(target: Path) -> BinaryIO:
    target.touch()
    return target.open("r+b")


def to_disk(file: BinaryIO) -> None:
    """Return when what was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())
