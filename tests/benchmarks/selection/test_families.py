"""Families: every viewer has a world of his own, wide enough and the same each time."""

import math

import numpy as np
import pytest

from benchmarks.selection.judging.experiment import watch
from benchmarks.selection.policies import POLICIES
from benchmarks.selection.sets.families import SCENARIOS
from benchmarks.selection.world.family import Family
from benchmarks.selection.world.traces import Synthetic
from benchmarks.selection.world.world import World

VIEWERS = 40


@pytest.mark.parametrize("family", SCENARIOS, ids=lambda family: family.name)
def test_a_family_draws_another_world_for_each_viewer_and_the_same_each_time(family: Family):
    drawn = [family.of(viewer) for viewer in range(VIEWERS)]
    assert drawn == [family.of(viewer) for viewer in range(VIEWERS)]
    assert len({one.rate_mbps for one in drawn}) == VIEWERS
    assert {one.name for one in drawn} == {family.name}
    assert all(one.segments >= 4 for one in drawn)


def test_the_worlds_are_as_wide_as_they_promise():
    drawn = [family.of(viewer) for family in SCENARIOS for viewer in range(VIEWERS)]
    assert {1, 15} <= {one.mirrors for one in drawn}
    assert {one.segment_s for one in drawn} >= {1.0, 2.0, 4.0, 6.0, 10.0}
    tops = [one.ladder_mbps[-1] for one in drawn]
    lowest = min(one.ladder_mbps[0] for one in drawn)
    assert lowest < 0.1 and max(tops) > 18.0
    assert min(one.access_mbps / top for one, top in zip(drawn, tops, strict=True)) < 0.5
    unequal = [one for one in drawn if one.name == "very unequal" and one.mirrors >= 4]
    spans = []
    for viewer, _ in enumerate(unequal):
        world = World(SCENARIOS[3], viewer, Synthetic())
        visit = world.visit(0)
        means = [float(np.mean(path.capacity)) for path in visit.paths.values()]
        spans.append(max(means) / min(means))
    assert max(spans) > 100.0


def test_no_two_families_share_a_seed():
    assert len({family.seed for family in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize("family", SCENARIOS, ids=lambda family: family.name)
def test_the_engine_plays_a_viewer_of_every_family(family: Family):
    world = World(family, 1, Synthetic())
    judged = watch(world, [world.visit(0)], POLICIES["Mirrorwise"])
    assert all(math.isfinite(worth) for worth in judged.worths)
    assert len(judged.worths) == world.scenario.segments
