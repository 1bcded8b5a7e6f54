"""The command line with the tests' clock: `python -m tests.instance.at serve`.

Arguments, settings and exit status are those of `mirrorwise`; `MIRRORWISE_TEST_NOW` says when it
begins.
"""

import os

from instance.cli import main
from tests.instance.clock import CLOCK, VARIABLE

if __name__ == "__main__":
    os.environ.pop(VARIABLE, None)  # the command refuses settings that it does not know
    raise SystemExit(main(clock=CLOCK))
