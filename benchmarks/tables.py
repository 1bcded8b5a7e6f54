"""Tables of Markdown, as the pages of results hold them."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the table; the first column is words, the others are figures.

    >>> print(table(("host", "errors"), [("origin", "2 %")]))
    | host | errors |
    | --- | --: |
    | origin | 2 % |
    """
    lines = (head, ["---", *["--:"] * (len(head) - 1)], *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
