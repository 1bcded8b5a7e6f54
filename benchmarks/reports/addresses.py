"""`python -m benchmarks.reports.addresses`: what liars move, by the number of their addresses.

An address may post 60 times in ten minutes, with 16 reports each. Before, all of them counted;
now at most `SHARE` of one host and day do. Writes ADDRESSES.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.reports.devices import asked, buckets
from benchmarks.tables import table
from instance.hosts.quality.answers import Answers
from instance.hosts.quality.figures import NotEnough, quantile
from instance.web.endpoints.reports import SHARE

FLOOD = 60 * 16
EPSILON = 2.0
PAGE = Path(__file__).with_name("ADDRESSES.md")
TEXT = """# Liars by their number of addresses

`python -m benchmarks.reports.addresses` writes this page. A mirror's true median TTFB is .04 s; so
many honest viewers report it on one day, and each lying address says "slowest" as often as it may:
{flood} times in ten minutes before, at most {share} times a day now. The figures are the estimated
medians, in seconds, with 95 % intervals that cover noise but know nothing of lies.

{table}

Ten addresses against a thousand viewers move the median by less than a hundredth of a second. A
thousand addresses are a thousand viewers to whoever counts, at {share} reports each; no share of an
address can help against them, and what helps is to look at the histogram, where they make a hump of
their own.
"""


def estimate(honest: int, lies: int) -> str:
    """Return the estimated median with its interval, as text."""
    rng = np.random.default_rng(honest + lies)
    truth = buckets("ttfb", np.log(0.04) + rng.normal(0.0, 0.3, honest))
    counts = asked("ttfb", truth, EPSILON, rng).counts[EPSILON].copy()
    counts[-1] += lies
    figure = quantile(Answers("ttfb", {EPSILON: counts}), 0.5)
    if isinstance(figure, NotEnough):
        return "not enough"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def main() -> None:
    """Write the page."""
    rows = [
        (
            f"{honest}",
            f"{addresses}",
            estimate(honest, addresses * FLOOD),
            estimate(honest, addresses * SHARE),
        )
        for honest in (1000, 5000)
        for addresses in (0, 1, 10, 100)
    ]
    head = ("honest viewers", "lying addresses", "before", "now")
    PAGE.write_text(TEXT.format(flood=FLOOD, share=SHARE, table=table(head, rows)))


if __name__ == "__main__":
    main()
