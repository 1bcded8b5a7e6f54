"""Progress of a mirror: lines for the terminal or the log, and `status.json` for `status`."""

import json
import sys
from pathlib import Path
from time import monotonic
from typing import Any

from ..clock import Clock
from .amounts import shown
from .client import Client
from .options import Options
from .store import Store, is_locked

STATUS = "status.json"
STEP_S = 1.0
STORE_S = 5.0
MOST_SHOWN = 50


class Progress:
    """What a mirror does, as it does it."""

    def __init__(self, options: Options, store: Store, client: Client, clock: Clock) -> None:
        self._options = options
        self._store = store
        self._client = client
        self._clock = clock
        self._listed = 0
        self._followed: str | None = None
        self._copying: dict[str, Any] | None = None
        self._stepped_s = self._stored_s = -STORE_S
        # Filled by whoever serves.
        self.served: dict[str, int] = {}
        self.trouble: dict[str, str] = {}
        self.refused: dict[str, tuple[float, str]] = {}

    def says(self, line: str) -> None:
        """Print one line."""
        if sys.stdout.isatty():
            line = f"\r\x1b[K{line}"
        print(line, flush=True)

    def followed(self, listed: int) -> None:
        """Note that the origin's lists were read."""
        self._listed, self._followed = listed, self._now()
        self.store()

    def begins(self, uuid: str, size: int) -> None:
        """Note that the files of a video are being copied."""
        self._copying = {"video": uuid, "bytes": size, "done": 0}
        self.says(f"copying: {uuid}, {shown(size)}")

    def came(self, size: int) -> None:
        """Note that bytes of the video have come."""
        if not self._copying:
            return
        self._copying["done"] += size
        now_s = monotonic()
        if now_s - self._stored_s >= STORE_S:
            self.store()
        if sys.stdout.isatty() and now_s - self._stepped_s >= STEP_S:
            self._stepped_s = now_s
            done, of = self._copying["done"], self._copying["bytes"]
            print(f"\r\x1b[K{100 * done // max(1, of)} % of {shown(of)}", end="", flush=True)

    def ends(self, uuid: str, size: int, files: int) -> None:
        """Note that a video is served from now on."""
        self._copying = None
        used, room = shown(self._store.held_bytes), shown(self._options.room_bytes)
        self.says(f"serves: {uuid}, {shown(size)} in {files} files ({used} of {room})")
        self.store()

    def store(self) -> None:
        """Write what `status` shows."""
        self._stored_s = monotonic()
        reasons = {uuid: why for uuid, (_, why) in [*self.refused.items()][:MOST_SHOWN]}
        said = {
            "version": 1,
            "of": self._options.origin,
            "at": self._now(),
            "followed": self._followed,
            "listed": self._listed,
            "videos": len(self._store.videos),
            "bytes": self._store.held_bytes,
            "room": self._options.room_bytes,
            "received": self._client.received_bytes,
            "copying": self._copying,
            "refused": len(self.refused),
            "reasons": reasons,
            "trouble": self.trouble,
            "served": self.served,
        }
        self._store.save(STATUS, said)

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="seconds")


def status(folder: Path) -> dict[str, Any] | None:
    """Return what a mirror has last said of itself, and whether it runs; None if there is none."""
    try:
        said: dict[str, Any] = json.loads((folder / STATUS).read_bytes())
    except (OSError, ValueError):
        return None
    return said | {"running": is_locked(folder)}


def as_text(said: dict[str, Any]) -> str:
    """Return a status in words."""
    lines = [
        f"{'Runs' if said['running'] else 'Does not run'}; mirrors {said['of']}",
        f"{said['videos']} of {said['listed']} videos, "
        f"{shown(said['bytes'])} of {shown(said['room'])}",
        f"The lists were last read at {said['followed'] or 'no time yet'}.",
    ]
    if copying := said["copying"]:
        lines.append(
            f"Copying {copying['video']}: {shown(copying['done'])} of {shown(copying['bytes'])}"
        )
    lines += [f"Refused: {uuid}: {why}" for uuid, why in said["reasons"].items()]
    if said["served"]:
        lines.append(f"Served: {shown(said['served']['bytes'])} in {said['served']['requests']} "
                     "requests since the start")  # fmt: skip
    lines += [f"Trouble: {trouble}" for trouble in said["trouble"].values()]
    return "\n".join(lines)
