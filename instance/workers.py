"""Worker processes that share one listening socket; their parent restarts those that die."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

# A worker that cannot start must not be restarted in a tight loop.
RESTART_PAUSE_S = 1.0


class Workers:
    """Runs `work(0)` to `work(count - 1)`, each in a process, until SIGINT or SIGTERM."""

    def __init__(self, count: int, work: Callable[[int], None]) -> None:
        self._count = count
        self._work = work
        self._stopping = False

    def run(self) -> None:
        """Start the workers, restart those that die, and return when all have ended."""
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self._stop)
        running = {number: self._start(number) for number in range(self._count)}
        while running:
            if self._stopping:
                for process in running.values():
                    process.terminate()
            wait([process.sentinel for process in running.values()], RESTART_PAUSE_S)
            for number in [each for each, process in running.items() if not process.is_alive()]:
                running.pop(number).close()
                if not self._stopping:
                    print(f"worker {number} died; another takes its place", file=sys.stderr)
                    time.sleep(RESTART_PAUSE_S)
                    running[number] = self._start(number)

    def _start(self, number: int) -> BaseProcess:
        process = multiprocessing.get_context("fork").Process(
            target=self._run_worker, args=(number,)
        )
        process.start()
        return process

    def _run_worker(self, number: int) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        self._work(number)

    def _stop(self, *_: object) -> None:
        self._stopping = True


def is_orphan(parent: int) -> bool:
    """Say whether this worker's parent has died, as after SIGKILL."""
    return parent not in (os.getpid(), os.getppid())
