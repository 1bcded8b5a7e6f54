"""`python -m mirrorwise`: the command line."""

from mirrorwise.instance.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
