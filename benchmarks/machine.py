"""Description of the machine that a benchmark ran on, for its page."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """Return processors and Python; Linux tells the model, other systems the kind."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    model = next(models, platform.machine())
    return f"{os.cpu_count()} × {model}, Python {platform.python_version()}"
