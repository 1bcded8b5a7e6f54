"""What processes have used so far, as Linux tells it."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from tests.instance.journal.servers import Server

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def of(servers: Sequence[Server]) -> list[int]:
    """Return the processes of all `servers`."""
    return [process for server in servers for process in server.processes()]


def usage(processes: Iterable[int]) -> tuple[float, int]:
    """Return CPU seconds, those of ended children included, and memory in kB."""
    cpu_s, memory_kb = 0.0, 0
    for process in processes:
        # It may be gone by now; its CPU time is then its parent's.
        with suppress(FileNotFoundError, ProcessLookupError):
            memory_kb += _memory_kb(process)
            cpu_s += _cpu_s(process)
    return cpu_s, memory_kb


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS_PER_S


def _memory_kb(process: int) -> int:
    """Return the proportional share: PostgreSQL's processes have most of their memory in common."""
    return int(Path(f"/proc/{process}/smaps_rollup").read_text().split("Pss:")[1].split()[0])
