"""The trial set: the tuning set with other viewers, to detect overfitting of a constant."""

from dataclasses import replace

from benchmarks.selection.sets import tuning

SCENARIOS = tuple(replace(scenario, seed=scenario.seed + 4000) for scenario in tuning.SCENARIOS)
