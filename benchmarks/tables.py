"""Markdown tables for the pages of results."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the table; the first column is aligned left, the others right.

    >>> print(table(("host", "errors"), [("origin", "2 %")]))
    | host | errors |
    | --- | --: |
    | origin | 2 % |
    """
    lines = (head, ["---", *["--:"] * (len(head) - 1)], *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
