"""SVG charts: small, deterministic, legible on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT = 760.0, 56.0, 16.0
STYLE = """<style>
text{fill:#24292f;font:12px system-ui,sans-serif}
.grid{stroke:#8c959f;stroke-opacity:.3}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}}
</style>
<defs><pattern id="hatched" width="5" height="5" patternUnits="userSpaceOnUse"
 patternTransform="rotate(45)"><path d="M0 0V5" stroke="#8c959f" stroke-width="3"/></pattern></defs>
"""


def document(height: float, parts: Sequence[str]) -> str:
    """Return a whole file."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}">'
    return "\n".join([head, STYLE, *parts, "</svg>", ""])


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Return a line of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    """Return a filled rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'
    )


def ticks(low: float, high: float) -> list[float]:
    """Return the ticks of an axis: three to eleven round values.

    >>> ticks(0.0, 60.0)
    [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    """
    size = 10.0 ** math.floor(math.log10((high - low) / 5))
    step = next(size * factor for factor in (1, 2, 5, 10) if high - low <= 10 * size * factor)
    return [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


@dataclass(frozen=True)
class Line:
    """One curve: its name, its SVG style, its points."""

    name: str
    pen: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Chart:
    """A line chart over a grid."""

    x_name: str
    y_name: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    top = 16.0
    bottom = 336.0

    def draw(self, lines: Sequence[Line]) -> str:
        """Return the picture, with a legend below."""
        right, legend = WIDTH - RIGHT, self.bottom + 52.0
        area = f"M{LEFT} {self.top}H{right}V{self.bottom}H{LEFT}z"
        parts = [f'<clipPath id="area"><path d="{area}"/></clipPath>', *self._grid()]
        for index, line in enumerate(lines):
            points = zip(line.x, line.y, strict=True)
            path = "L".join(f"{self._x(x):.1f} {self._y(y):.1f}" for x, y in points)
            left, y = LEFT + 350.0 * (index % 2), legend + 20.0 * (index // 2)
            parts += [
                f'<path clip-path="url(#area)" {line.pen} d="M{path}"/>',
                f'<path {line.pen} d="M{left} {y}h36"/>',
                text(left + 44.0, y + 4.0, line.name),
            ]
        return document(legend + 20.0 * math.ceil(len(lines) / 2), parts)

    def _x(self, value: float) -> float:
        low, high = self.x_range
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        low, high = self.y_range
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def _grid(self) -> list[str]:
        parts = [text((LEFT + WIDTH) / 2, self.bottom + 34.0, self.x_name, "middle")]
        parts.append(f'<g transform="translate(14 {(self.top + self.bottom) / 2}) rotate(-90)">')
        parts.append(text(0.0, 0.0, self.y_name, "middle") + "</g>")
        for value in ticks(*self.x_range):
            x = self._x(value)
            parts.append(f'<path class="grid" d="M{x:.1f} {self.top}V{self.bottom}"/>')
            parts.append(text(x, self.bottom + 16.0, f"{value:g}", "middle"))
        for value in ticks(*self.y_range):
            y = self._y(value)
            parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(text(LEFT - 6.0, y + 4.0, f"{value:g}", "end"))
        return parts
