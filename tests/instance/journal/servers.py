"""Real servers for tests and benchmarks: on a Unix socket, with data that go with them."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

# Only ends a hopeless wait: a server may start slowly on a busy machine.
PATIENCE_S = 300.0
# So that no process outlives the tests, however they end.
MORTAL = ["setpriv", "--pdeathsig", "KILL"]


def program(name: str, package: str) -> str:
    """Return where `name` is installed, or say what to install."""
    # Debian keeps the server's programs out of PATH, in one directory per version.
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    places += Path("/usr/sbin").glob(name)
    found = shutil.which(name) or next(map(str, places), None)
    if found is None:
        raise FileNotFoundError(f"{name} is needed: sudo apt-get install {package}")
    return found


class Server:
    """A process that can be killed, and started again with the data it left on disk."""

    address: str

    def __init__(self) -> None:
        self.directory = tempfile.mkdtemp(prefix="mirrorwise-")
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Return what starts the server."""
        raise NotImplementedError

    def question(self) -> list[str]:
        """Return a command that succeeds when the server is ready."""
        raise NotImplementedError

    def account(self) -> dict[str, Any]:
        """Return as whom it runs."""
        return {}

    def empty(self) -> str:
        """Return the address of an empty store."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it, and return when it answers."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._process or not self._ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer to {self.question()}")
            # A killed server's children may hold on to its data for a moment: try again.
            if not self._process or self._process.poll() is not None:
                self._process = self._launch()
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it and all its children at once."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def processes(self) -> list[int]:
        """Return the ids of the server's processes."""
        assert self._process
        own = self._process.pid
        children = Path(f"/proc/{own}/task/{own}/children").read_text()
        return [own, *map(int, children.split())]

    def _ready(self) -> bool:
        asked = subprocess.run(self.question(), check=False, capture_output=True)  # noqa: S603
        return asked.returncode == 0

    def _launch(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            [*MORTAL, *self.command()],
            cwd=self.directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **self.account(),
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class Postgres(Server):
    """A new PostgreSQL cluster with the defaults it comes with, fsync included."""

    def __init__(self) -> None:
        super().__init__()
        self.address = f"postgresql://mirrorwise@/postgres?host={self.directory}"
        self._numbers = itertools.count()
        if account := self.account():
            os.chown(self.directory, account["user"], account["group"])
        subprocess.run(  # noqa: S603
            [
                *(program("initdb", "postgresql"), "-D", f"{self.directory}/data"),
                *("-U", "mirrorwise", "-A", "trust", "-E", "UTF8", "--no-sync"),
            ],
            cwd=self.directory,
            check=True,
            stdout=subprocess.DEVNULL,
            **account,
        )

    def empty(self) -> str:
        """Return the address of a new database."""
        name = f"empty_{next(self._numbers)}"
        create = program("createdb", "postgresql")
        subprocess.run([create, "-h", self.directory, "-U", "mirrorwise", name], check=True)  # noqa: S603
        return self.address.replace("/postgres?", f"/{name}?")

    def command(self) -> list[str]:
        """Return what starts it."""
        return [
            *(program("postgres", "postgresql"), "-D", f"{self.directory}/data"),
            *("-c", "listen_addresses=", "-c", f"unix_socket_directories={self.directory}"),
            # Recovery syncs every file by itself otherwise, which takes seconds.
            *("-c", "recovery_init_sync_method=syncfs"),
        ]

    def question(self) -> list[str]:
        """Return a command that succeeds when it takes connections."""
        return [program("pg_isready", "postgresql"), "-h", self.directory]

    def account(self) -> dict[str, Any]:
        """Return an unprivileged account: PostgreSQL refuses to be root."""
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class Redis(Server):
    """A Redis that keeps nothing on disk: the journal must not depend on it."""

    def __init__(self) -> None:
        super().__init__()
        self.address = f"unix://{self.directory}/socket"
        self._client = [program("redis-cli", "redis-tools"), "-s", f"{self.directory}/socket"]

    def empty(self) -> str:
        """Forget everything, and return the address."""
        subprocess.run([*self._client, "flushall"], check=True, capture_output=True)  # noqa: S603
        return self.address

    def command(self) -> list[str]:
        """Return what starts it."""
        return [
            *(program("redis-server", "redis-server"), "--port", "0", "--save", ""),
            *("--unixsocket", f"{self.directory}/socket"),
        ]

    def question(self) -> list[str]:
        """Return a command that succeeds when it takes connections."""
        return [*self._client, "ping"]
