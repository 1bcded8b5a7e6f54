"""Several processes that share one listening socket, and their parent, which replaces the dead."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

# A worker that cannot start must not be started again in a tight loop.
PAUSE_S = 1.0


class Workers:
    """Runs `work(0)` to `work(count - 1)`, each in a process, until SIGINT or SIGTERM."""

    def __init__(self, count: int, work: Callable[[int], None]) -> None:
        self._count = count
        self._work = work
        self._stopping = False

    def run(self) -> None:
        """Return when all have ended."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        running = {place: self._start(place) for place in range(self._count)}
        while running:
            if self._stopping:
                for process in running.values():
                    process.terminate()
            wait([process.sentinel for process in running.values()], PAUSE_S)
            for place in [each for each, process in running.items() if not process.is_alive()]:
                running.pop(place).close()
                if not self._stopping:
                    print(f"worker {place} died; another takes its place", file=sys.stderr)
                    time.sleep(PAUSE_S)
                    running[place] = self._start(place)

    def _start(self, place: int) -> BaseProcess:
        process = multiprocessing.get_context("fork").Process(target=self._be, args=(place,))
        process.start()
        return process

    def _be(self, place: int) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._work(place)

    def _stop(self, *_: object) -> None:
        self._stopping = True


def is_orphan(parent: int) -> bool:
    """Say whether the process that started this worker has gone without saying so."""
    return parent not in (os.getpid(), os.getppid())
