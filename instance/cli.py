"""The command line: `mirrorwise serve`, `report` and others; `mirrorwise --help` lists them."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from . import installed, settings
from .clock import WALL_CLOCK, Clock
from .settings import SettingsError
from .version import program_version


class Command(NamedTuple):
    """A command's purpose, and an example of its use."""

    purpose: str
    example: str


COMMANDS = {
    "serve": Command(
        "Take reports in, and serve priors and the operator's report.",
        "MIRRORWISE_PORT=9851 mirrorwise serve",
    ),
    "report": Command(
        "Print how well each mirror serves your viewers.",
        "mirrorwise report --since 2026-05-01 --connection cellular --format csv > may.csv",
    ),
    "doctor": Command(
        "Check everything that the service needs, and say how to mend what is amiss.",
        "mirrorwise doctor",
    ),
    "rebuild": Command(
        "Recount all reports, fold the recommender again, compare with what is stored, correct it.",
        "mirrorwise rebuild",
    ),
    "forget": Command(
        "Delete for real: reports of a host or a day, watch events of a viewer, video or source.",
        "mirrorwise forget --host https://mirror.example",
    ),
    "federation": Command(
        "Learn together with other instances: say, hear, and take back.",
        "mirrorwise federation add https://sister.example",
    ),
    "backup": Command(
        "Copy the database to a file, while the service runs.",
        "mirrorwise backup /var/backups/mirrorwise.db",
    ),
    "restore": Command(
        "Put a backup in the place of the database; the service must be stopped.",
        "mirrorwise restore /var/backups/mirrorwise.db",
    ),
    "upgrade-check": Command(
        "Say what this version would change in the database; nothing is changed.",
        "mirrorwise upgrade-check",
    ),
    "repair": Command(
        "Copy what can be read of a damaged SQLite database; the service must be stopped.",
        "mirrorwise repair",
    ),
    "simulate": Command(
        "Fill a fresh instance with a month of plausible viewers.",
        "MIRRORWISE_STATE_DIR=/tmp/trial mirrorwise simulate --viewers 1000",
    ),
}


def main(
    arguments: Sequence[str] | None = None, clock: Clock = WALL_CLOCK, root: Path = Path("/")
) -> int:
    """Run one command; return its exit status. An installed service is looked for below `root`."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    words = sys.argv[1:] if arguments is None else arguments
    options = parser(words).parse_args(words)
    try:
        found = installed.find(os.environ, options.config, root)
        loaded = settings.load(found.environment, options.config)
        # Not on standard output, which may be a report or a receipt.
        print(f"State folder: {loaded.state_dir.absolute()} ({found.because})", file=sys.stderr)
        return int(options.run(loaded, options, clock))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # such as `mirrorwise report | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of all commands; only those that `words` name are imported.

    The libraries behind a report take two seconds to import.
    """
    root = argparse.ArgumentParser(
        prog="mirrorwise", description="How well each mirror serves your viewers."
    )
    root.add_argument("--version", action="version", version=f"mirrorwise {program_version()}")
    root.add_argument("--config", type=Path, help="TOML file; docs/operators.md lists the settings")
    verbs = root.add_subparsers(required=True, metavar="COMMAND")
    for name, (purpose, example) in COMMANDS.items():
        verb = verbs.add_parser(
            name,
            help=f"{purpose} Example: {example}",
            description=purpose,
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in words:
            command = import_module(f".commands.{name.replace('-', '_')}", __package__)
            command.arguments(verb)
            verb.set_defaults(run=command.run)
    return root
