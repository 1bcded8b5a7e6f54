"""One command of `mirrorwise` without pauses; it prints its largest memory and processor time."""

import json
import resource
import sys

from instance.cli import main
from instance.mirror import client

if __name__ == "__main__":
    client.PAUSE_S = 0.0
    status = main(sys.argv[1:])
    used = resource.getrusage(resource.RUSAGE_SELF)
    said = {"mb": used.ru_maxrss / 1000, "cpu_s": used.ru_utime + used.ru_stime}
    print(json.dumps(said), file=sys.stderr)
    raise SystemExit(status)
