"""Makes the engine's Python library. Runs inside Pyodide, whose bytecode it is to write."""

import sys

# Their importers (asyncio, shutil, zipfile) catch the ImportError, and the engine neither
# encrypts nor compresses: 4 % of the library.
DISPENSABLE = ("_ssl.py", "ssl.py", "bz2.py", "lzma.py", "compression/")


def imported_from_standard_library() -> list[str]:
    """Names, in the standard library's zip, of all modules imported so far."""
    specs = [getattr(module, "__spec__", None) for module in list(sys.modules.values())]
    prefix = standard_library() + "/"
    origins = {getattr(spec, "origin", None) or "" for spec in specs}
    names = (origin.removeprefix(prefix) for origin in origins if origin.startswith(prefix))
    return sorted(name for name in names if not name.startswith(DISPENSABLE))


def standard_library() -> str:
    """Path of the zip that holds the standard library."""
    return next(path for path in sys.path if path.endswith(".zip"))


def write_library(modules: list[str], engine: str, target: str) -> str:
    """Write one stored zip of bytecode: the named modules, and all of the folder `engine`.

    Sorted, with the times of SOURCE_DATE_EPOCH: the same sources make the same bytes.
    Stored, because brotli packs the whole zip better than what is already packed.
    Returns the bytecode's magic number in hexadecimal.
    """
    from functools import partial
    from importlib.util import MAGIC_NUMBER
    from pathlib import Path
    from py_compile import PycInvalidationMode
    from zipfile import ZipFile

    from pyodide_build import _py_compile

    # The compiler has no option for these two. Nobody has the sources there to check
    # bytecode against, and docstrings and assertions are for reading and for the tests.
    _py_compile.py_compile.compile = partial(
        _py_compile.py_compile.compile,
        optimize=2,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    archive, root = Path(target), Path(engine)
    with ZipFile(standard_library()) as library, ZipFile(archive, "w") as sources:
        for name in modules:
            sources.writestr(name, library.read(name))
        for path in sorted(root.rglob("*.py")):
            sources.writestr(str(path.relative_to(root)), path.read_bytes())
    _py_compile._py_compile_archive(archive, keep=False, verbose=False, compression_level=0)
    return MAGIC_NUMBER.hex()
