"""The version of this program: that of the installed package, or of the checkout."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def program_version() -> str:
    """Return the version, such as `0.2.0`.

    >>> program_version().count(".")
    2
    """
    try:
        return version("mirrorwise")
    except PackageNotFoundError:
        project = Path(__file__).parent.parent / "pyproject.toml"
        return str(tomllib.loads(project.read_text())["project"]["version"])
