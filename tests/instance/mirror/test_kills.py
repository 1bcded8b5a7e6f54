"""Killed at any moment, a mirror serves nothing wrong, and goes on where it was.

`python -m benchmarks.mirror` does this fifty times each.
"""

from pathlib import Path

from tests.instance.mirror.kills import kill_copies, kill_evictions, mirror, wrong_files
from tests.instance.mirror.origin import Origin


async def test_in_the_middle_of_a_copy(origin: Origin, tmp_path: Path):
    folder = tmp_path / "mirror"
    served: list[list[str]] = []

    def check() -> None:
        served.append(wrong_files(folder))

    assert await kill_copies(origin, folder, (50_000, 250_000, 300_000, 500_000), check) == 4
    assert served == [[]] * 4
    assert await mirror(origin, folder, 10**8) == 0
    public = folder / "public"
    assert all((public / path[1:]).read_bytes() == one for path, one in origin.files.items())


async def test_in_the_middle_of_making_room(origin: Origin, tmp_path: Path):
    folder = tmp_path / "mirror"
    served: list[list[str]] = []

    def check() -> None:
        served.append(wrong_files(folder))

    assert await kill_evictions(origin, folder, (9, 14, 22), check) == 3
    assert served == [[]] * 6
