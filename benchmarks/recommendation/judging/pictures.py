"""Line charts with a logarithmic x axis; lines differ in colour and in dashes."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from benchmarks.selection.judging.svg import LEFT, RIGHT, WIDTH, Line, document, text, ticks

# Okabe and Ito's colours, which the colour-blind can tell apart.
PENS = tuple(
    f'fill="none" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dashes}"'
    for colour, width, dashes in (
        ("#0072b2", 3, ""),
        ("#d55e00", 2, "7 3"),
        ("#009e73", 2, "2 3"),
        ("#cc79a7", 2, "9 3 2 3"),
    )
)
TOP, HEIGHT, GAP = 30.0, 220.0, 66.0


class Panel:
    """One chart with a heading; x is logarithmic, y begins at 0."""

    def __init__(self, number: int, heading: str, x_name: str, y_name: str) -> None:
        self._top = TOP + number * (HEIGHT + GAP)
        self._names = heading, x_name, y_name

    def draw(self, lines: Sequence[Line], y_high: float) -> list[str]:
        """Return the parts of the picture."""
        marks = sorted({x for line in lines for x in line.x})
        low, high = log10(marks[0]), log10(marks[-1])

        def place(x: float, y: float) -> tuple[float, float]:
            along = (log10(x) - low) / max(high - low, 1e-9)
            bottom = self._top + HEIGHT
            return LEFT + 8 + along * (WIDTH - LEFT - RIGHT - 24), bottom - y / y_high * HEIGHT

        parts = self._words()
        for y in ticks(0.0, y_high):
            _, at = place(marks[0], y)
            parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(text(LEFT - 6.0, at + 4.0, f"{y:g}", "end"))
        for x in marks:
            at, _ = place(x, 0.0)
            parts.append(text(at, self._top + HEIGHT + 16.0, f"{x:,.0f}", "middle"))
        for line in lines:
            points = [place(x, y) for x, y in zip(line.x, line.y, strict=True)]
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            parts.append(f'<path {line.pen} d="M{path}"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" {line.pen}/>' for x, y in points]
        return parts

    def _words(self) -> list[str]:
        heading, x_name, y_name = self._names
        middle = self._top + HEIGHT / 2
        return [
            text(LEFT, self._top - 10.0, heading),
            text((LEFT + WIDTH) / 2, self._top + HEIGHT + 34.0, x_name, "middle"),
            f'<g transform="translate(14 {middle}) rotate(-90)">',
            text(0.0, 0.0, y_name, "middle") + "</g>",
        ]


def picture(panels: Sequence[tuple[Panel, Sequence[Line], float]]) -> str:
    """Return a whole file: the panels below each other, then the legend of the first one's lines.

    Each panel comes with its lines and the highest value of its y axis.
    """
    parts = [part for panel, lines, high in panels for part in panel.draw(lines, high)]
    legend = TOP + len(panels) * (HEIGHT + GAP)
    for index, line in enumerate(panels[0][1]):
        left, y = LEFT + 350.0 * (index % 2), legend + 20.0 * (index // 2)
        parts.append(f'<path {line.pen} d="M{left} {y}h36"/>')
        parts.append(text(left + 44.0, y + 4.0, line.name))
    return document(legend + 20.0 * (len(panels[0][1]) + 1) // 2 + 10.0, parts)
