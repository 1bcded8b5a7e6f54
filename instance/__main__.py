"""`python -m instance`: the command line, as `mirrorwise`."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
