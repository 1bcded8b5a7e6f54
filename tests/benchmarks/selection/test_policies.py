"""Every policy plays every viewer's video, deterministically."""

import importlib.util
from dataclasses import asdict, replace

import numpy as np
import pytest

from benchmarks.selection.judging.experiment import Experiment, watch
from benchmarks.selection.judging.metrics import Score
from benchmarks.selection.policies import CHOSEN, JUDGED, ORACLES, PEERS, POLICIES, peers
from benchmarks.selection.policies.reward import Space
from benchmarks.selection.sets import judging, trial, tuning
from benchmarks.selection.world.scenario import Scenario
from benchmarks.selection.world.traces import Synthetic
from benchmarks.selection.world.world import World

SHORT = Scenario("short", 11, segments=10, visits=2)


def play(name: str, scenario: Scenario = SHORT, viewer: int = 0) -> Score:
    world = World(scenario, viewer, Synthetic())
    visits = [world.visit(number) for number in range(scenario.visits)]
    return watch(world, visits, POLICIES[name])


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.filterwarnings("ignore")  # other people's libraries warn
def test_a_policy_plays_to_the_end_the_same_way_each_time(name: str):
    first, second = (replace(play(name), decisions_per_s=0.0) for _ in range(2))
    assert first == second
    assert np.isfinite([*first.worths, first.ln_time_ratio, first.extra_bytes]).all()


def test_knowing_beats_not_knowing():
    scenarios = [Scenario("any", 21, segments=20), Scenario("none", 22, segments=20, prior="none")]
    chosen = {name: JUDGED[name] for name in JUDGED if name not in peers.INSTALLED}
    qoe: dict[str, list[float]] = {name: [] for name in chosen}
    for result in Experiment(chosen, Synthetic()).run(scenarios, 3):
        qoe[result.policy].append(result.score.qoe)
    means = {name: float(np.mean(values)) for name, values in qoe.items()}
    best_learner = max(value for name, value in means.items() if name not in ORACLES)
    assert means["oracle: splitting, present state"] >= best_learner
    assert means["oracle: clairvoyant"] >= best_learner


def test_a_missing_library_is_named_and_an_installed_one_is_judged():
    for library, names in peers.LIBRARIES.items():
        where = peers.INSTALLED if importlib.util.find_spec(library) else peers.MISSING
        assert set(names) <= set(where)


def test_judging_shares_no_world_with_tuning():
    seeds = {scenario.seed for scenario in (*tuning.SCENARIOS, *trial.SCENARIOS)}
    assert len(seeds) == 2 * len(tuning.SCENARIOS)
    assert not seeds & {scenario.seed for scenario in judging.SCENARIOS}
    for tuned, judged in zip(tuning.SCENARIOS, judging.SCENARIOS, strict=True):
        assert tuned.name == judged.name
        assert asdict(tuned) | {"seed": 0} != asdict(judged) | {"seed": 0}


def test_an_inverted_prior_ranks_the_slowest_first():
    world = World(Scenario("inverted", 3, prior="inverted", viewer_sd=0.0), 0, Synthetic())
    right = World(Scenario("right", 3, viewer_sd=0.0), 0, Synthetic())

    def order(of: World) -> list[str]:
        return sorted(of.hosts, key=lambda host: of.priors[host].rate_mbps)

    assert order(world) == order(right)[::-1]


def test_every_chosen_setting_is_one_that_its_peer_has():
    for name, settings in CHOSEN.items():
        if name in PEERS:
            space: Space = PEERS[name].space  # type: ignore[attr-defined]
            assert settings.keys() == space.keys()
            assert all(value in space[key] for key, value in settings.items())
