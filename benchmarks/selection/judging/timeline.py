"""Timelines of visits: a row of fetches for each host, the buffer below, stalls in red."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from benchmarks.selection.judging.story import Story, buffer_line
from benchmarks.selection.judging.svg import RIGHT, WIDTH, document, rect, text, ticks

LEFT, ROW, BUFFER, FULL_S = 84.0, 16.0, 60.0, 30.0
GREEN, RED = "#009e73", "#d55e00"
OUTCOMES = {
    "ok": ("#0072b2", "arrived"),
    "switched": ("#56b4e9", "rest taken over by another host"),
    "aborted": ("url(#hatched)", "given up: another was first"),
    "failed": (RED, "failed"),
}


def timelines(stories: Mapping[str, Story]) -> str:
    """Draw each story under its name, all with the same time axis."""
    end_s = max(list(buffer_line(story.record))[-1][0] for story in stories.values())
    scale = (WIDTH - LEFT - RIGHT) / end_s
    parts: list[str] = []
    top = 20.0
    for name, story in stories.items():
        record = story.record
        head = f"{name}: start-up {record.startup_s:.1f} s, stalled {record.stalled_s:.1f} s"
        parts.append(text(LEFT, top, head))
        parts += _fetches(story, top + 8.0, scale)
        top += 16.0 + ROW * len(story.hosts) + BUFFER
        parts += _buffer(story, top, scale)
        top += 26.0
    parts += [text(LEFT + s * scale, top, f"{s:g} s", "middle") for s in ticks(0.0, end_s)]
    for index, (fill, meaning) in enumerate(OUTCOMES.values()):
        x, y = LEFT + 320.0 * (index % 2), top + 20.0 + 18.0 * (index // 2)
        parts += [rect(x, y, 24.0, 10.0, fill), text(x + 32.0, y + 9.0, meaning)]
    return document(top + 62.0, parts)


def _fetches(story: Story, top: float, scale: float) -> list[str]:
    rows = {host: top + ROW * index for index, host in enumerate(story.hosts)}
    parts = []
    for host, y in rows.items():
        name = host.removeprefix("https://").removesuffix(".example")
        parts.append(text(LEFT - 6.0, y + 12.0, name, "end"))
        parts.append(f'<path class="grid" d="M{LEFT} {y + ROW}H{WIDTH - RIGHT}"/>')
    for fetch in story.fetches:
        fill, _ = OUTCOMES.get(fetch.kind, OUTCOMES["failed"])
        width = max((fetch.ended_s - fetch.began_s) * scale, 0.8)
        x = LEFT + fetch.began_s * scale
        parts.append(rect(x, rows[fetch.host] + 3.0, width, ROW - 5.0, fill))
    return parts


def _buffer(story: Story, bottom: float, scale: float) -> list[str]:
    line = list(buffer_line(story.record))
    full_s = max(FULL_S, *(ahead for _, ahead in line))
    points = "L".join(
        f"{LEFT + at * scale:.1f} {bottom - ahead / full_s * BUFFER:.1f}" for at, ahead in line
    )
    stalls = [
        rect(LEFT + began * scale, bottom - BUFFER, (ended - began) * scale, BUFFER, RED)
        for (began, ahead), (ended, _) in pairwise(line)
        if not ahead and ended > began >= story.record.startup_s
    ]
    return [
        text(LEFT - 6.0, bottom - BUFFER / 2, "buffer", "end"),
        f'<path fill="{GREEN}" fill-opacity=".35" stroke="{GREEN}" d="M{points}z"/>',
        *stalls,
    ]
