"""Tuning's situations with other viewers, to see whether a constant fits more than the draw."""

from dataclasses import replace

from benchmarks.selection.sets import tuning

SCENARIOS = tuple(replace(scenario, seed=scenario.seed + 4000) for scenario in tuning.SCENARIOS)
