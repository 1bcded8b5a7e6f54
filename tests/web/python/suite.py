"""Runs the engine's own tests inside Pyodide, against the engine as shipped."""

import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from shutil import unpack_archive


def run(folder: str) -> str:
    """Run `tests/selector` below `folder` and return what pytest prints.

    The folder holds `library.zip`, which is the shipped one, and pytest's `wheels`.
    """
    root = Path(folder)
    for wheel in (root / "wheels").iterdir():
        unpack_archive(wheel, root / "packages", "zip")
    library = root / "library.zip"
    sys.path += [str(root / "packages"), str(library), str(root)]
    import selector.browser

    if selector.browser.__file__ != str(library / "selector/browser.pyc"):
        raise ImportError(f"not the shipped engine: {selector.browser.__file__}")

    import pytest

    printed = StringIO()
    with redirect_stdout(printed):
        options = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider", "--capture=sys"]
        pytest.main([*options, f"--rootdir={root}", str(root / "tests/selector")])
    return printed.getvalue()
