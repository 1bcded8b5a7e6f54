"""The folder of a mirror: what it serves, what is being copied, and what is known of the origin.

    public/                     what may be served, below the origin's own paths
        mirrorwise-mirror.json  which videos these are
        <path>/<uuid>/          the files of one video, and its record
    partial/<uuid>/             files that are being copied
    trash/                      what was taken out, until it is deleted

A video becomes public, and ceases to be, by one rename of its folder: a kill at any moment leaves
it wholly there or not at all. The record lies in the folder, so that both are of one version.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from .errors import FolderTaken
from .source import FOLDER, Plan, Source

LIST = "mirrorwise-mirror.json"
RECORD = ".mirrorwise.json"
VERSION = 1
MOST_VIDEOS = 20_000
MOST_RECORD_BYTES = 65_536


class Held(NamedTuple):
    """A video that is served."""

    uuid: str
    source: Source
    sizes: dict[str, int]

    @property
    def bytes(self) -> int:
        """Return the size of all files."""
        return sum(self.sizes.values())


class Store:
    """The files of a mirror of `origin` in `folder`."""

    def __init__(self, folder: Path, origin: str) -> None:
        self._folder = folder
        self._origin = origin
        self.public = folder / "public"
        self.videos: dict[str, Held] = {}
        self._by_folder: dict[str, Held] = {}
        self.held_bytes = 0
        self._trashed = 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Work on the folder, as the only process that does, and for one origin."""
        for folder in (self.public, self._folder / "partial", self._folder / "trash"):
            folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise FolderTaken(f"{self._folder}: another process works on it") from None
            lock.seek(0)
            said = lock.read().strip()
            if said and said != self._origin:
                raise FolderTaken(f"{self._folder}: holds videos of {said}; name another folder")
            lock.truncate(0)
            lock.write(self._origin)
            lock.flush()
            self._open()
            yield

    def _open(self) -> None:
        """Find what is held; what is not as its record says is thrown away."""
        self._empty_trash()
        for record in sorted(self.public.rglob(RECORD)):
            held = self._read(record)
            if held is None or held.uuid in self.videos or len(self.videos) == MOST_VIDEOS:
                self._trash(record.parent)
            else:
                self._add(held)
        self._write_list()

    def _read(self, record: Path) -> Held | None:
        folder = record.parent
        try:
            said = json.loads(record.read_bytes()[:MOST_RECORD_BYTES])
            held = Held(folder.name, Source(*said["source"]), said["sizes"])
            is_whole = all(
                Path(name).name == name and (folder / name).stat().st_size == size
                for name, size in held.sizes.items()
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        is_here = str(folder.relative_to(self.public)) == held.source.folder
        return held if is_here and is_whole and FOLDER.fullmatch(f"{held.source.folder}/") else None

    def find(self, path: str) -> Path | None:
        """Return the file that is served at a path below the root; None for all others."""
        folder, _, name = path.lstrip("/").rpartition("/")
        if not folder and name == LIST:
            return self.public / LIST
        held = self._by_folder.get(folder)
        return self.public / folder / name if held and name in held.sizes else None

    def partial(self, uuid: str) -> Path:
        """Return the folder in which a video's files are brought together."""
        folder = self._folder / "partial" / uuid
        folder.mkdir(exist_ok=True)
        return folder

    def partial_bytes(self, but: str = "") -> int:
        """Return the size of all that is being copied, `but` for one video."""
        folders = [one for one in (self._folder / "partial").iterdir() if one.name != but]
        return sum(file.stat().st_size for one in folders for file in one.iterdir())

    def drop_partial(self, keep: Container[str] = ()) -> None:
        """Delete what was begun of other videos than those to `keep`."""
        for folder in (self._folder / "partial").iterdir():
            if folder.name not in keep:
                shutil.rmtree(folder)

    def discard(self, uuid: str) -> None:
        """Delete what was begun of a video."""
        shutil.rmtree(self._folder / "partial" / uuid, ignore_errors=True)

    def publish(self, uuid: str, plan: Plan) -> None:
        """Serve what was brought together in a video's partial folder, instead of what was."""
        held = Held(uuid, plan.source, plan.sizes)
        folder, place = self.partial(uuid), self.public / plan.source.folder
        for file in folder.iterdir():
            if file.name not in held.sizes:
                file.unlink()
        record = {"version": VERSION, "source": held.source, "sizes": held.sizes}
        write(folder / RECORD, json.dumps(record))
        sync(folder)
        self.drop(uuid)
        if place.exists():
            self._trash(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(place)
        sync(place.parent)
        self._add(held)
        self._write_list()

    def drop(self, uuid: str) -> None:
        """Serve a video no longer, and delete it."""
        held = self.videos.pop(uuid, None)
        if held is None:
            return
        del self._by_folder[held.source.folder]
        self.held_bytes -= held.bytes
        # First the list: it must name nothing that is not there.
        self._write_list()
        self._trash(self.public / held.source.folder)
        self._empty_trash()

    def _add(self, held: Held) -> None:
        self.videos[held.uuid] = held
        self._by_folder[held.source.folder] = held
        self.held_bytes += held.bytes

    def _trash(self, folder: Path) -> None:
        self._trashed += 1
        folder.rename(self._folder / "trash" / f"{folder.name}-{self._trashed}")

    def _empty_trash(self) -> None:
        for folder in (self._folder / "trash").iterdir():
            shutil.rmtree(folder)

    def _write_list(self) -> None:
        videos = {uuid: sorted(held.sizes) for uuid, held in self.videos.items()}
        said = {"version": VERSION, "of": self._origin, "videos": videos}
        replace(self.public / LIST, json.dumps(said, separators=(",", ":")))

    def load(self, name: str) -> Any:  # noqa: ANN401
        """Return a JSON document of the folder; None when there is none, or a damaged one."""
        try:
            return json.loads((self._folder / name).read_bytes())
        except (OSError, ValueError):
            return None

    def save(self, name: str, said: object) -> None:
        """Write a JSON document of the folder."""
        replace(self._folder / name, json.dumps(said, separators=(",", ":")))


def is_locked(folder: Path) -> bool:
    """Say whether a process works on a mirror's folder."""
    try:
        with (folder / "lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return (folder / "lock").exists()
    return False


def write(file: Path, text: str) -> None:
    """Write a file, and return when it is on the disk."""
    with file.open("w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())


def replace(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    write(new, text)
    new.rename(file)


def sync(folder: Path) -> None:
    """Return when the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
