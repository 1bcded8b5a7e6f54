"""CPU time and memory of processes, from Linux' /proc."""

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
        # A process may have ended; its CPU time then counts as its parent's.
        with suppress(FileNotFoundError, ProcessLookupError):
            memory_kb += _memory_kb(process)
            cpu_s += _cpu_s(process)
    return cpu_s, memory_kb


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS_PER_S


def _memory_kb(process: int) -> int:
    """Return the proportional set size, because PostgreSQL's processes share most memory."""
    return int(Path(f"/proc/{process}/smaps_rollup").read_text().split("Pss:")[1].split()[0])
