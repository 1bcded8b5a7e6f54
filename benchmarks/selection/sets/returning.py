"""The returning set: viewers who come back a day later; it measures the memory's worth."""

from benchmarks.selection.world.scenario import Scenario

SCENARIOS = (
    Scenario("a right prior, 4 visits of 15 segments", 2000, segments=15, visits=4),
    Scenario("a weak prior, 4 of 15", 2001, segments=15, visits=4, prior="weak"),
    Scenario("no prior, 4 of 15", 2002, segments=15, visits=4, prior="none"),
    Scenario("no prior, 6 of 8", 2003, segments=8, visits=6, prior="none"),
    Scenario("a right prior, 6 of 8", 2004, segments=8, visits=6),
)
