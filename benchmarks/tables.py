"""Tables of Markdown, as the pages of results hold them."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the table.

    >>> print(table(("host", "errors"), [("origin", "2 %")]))
    | host | errors |
    | --- | --- |
    | origin | 2 % |
    """
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
