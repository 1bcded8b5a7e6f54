"""Generated throughput behaves like the recorded sets that it stands for."""

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.selection.world.scenario import Scenario
from benchmarks.selection.world.traces import Recorded, Synthetic, TraceError, two_state
from benchmarks.selection.world.world import World

# Median over traces of the standard deviation of ln(throughput) within a trace (values below
# 2 % of the mean raised to it) and of its autocorrelation at 2, 5 and 20 s, measured on:
RECORDED = {
    "steady": (176, 0.21, (0.87, 0.67, 0.04)),  # Oboe, 300 traces
    "web": (1186, 0.57, (0.85, 0.72, 0.40)),  # FCC 2016 web-get, 119 traces
    "busy": (1486, 0.68, (0.45, 0.24, 0.09)),  # Puffer, 150 traces
    "3g": (302, 0.45, (0.82, 0.62, 0.21)),  # HSDPA commutes, 80 traces
    "4g": (475, 0.62, (0.52, 0.45, 0.20)),  # Ghent LTE, 40 traces
}


@pytest.mark.parametrize("kind", RECORDED)
def test_a_generated_kind_has_the_spread_and_memory_of_its_recorded_set(kind: str):
    seconds, sd, correlations = RECORDED[kind]
    rng = np.random.default_rng(3)
    spreads, memories, means = [], [], []
    for _ in range(60):
        trace = Synthetic().shape(kind, seconds, rng)
        log = np.log(np.maximum(trace, 0.02 * trace.mean()))
        log -= log.mean()
        spreads.append(log.std())
        memories.append([np.mean(log[k:] * log[:-k]) / log.var() for k in (2, 5, 20)])
        means.append(trace.mean())
    assert np.mean(means) == pytest.approx(1.0, abs=0.08)
    assert np.median(spreads) == pytest.approx(sd, rel=0.15)
    assert np.median(memories, axis=0) == pytest.approx(correlations, abs=0.12)


def write(folder: Path, **changes: object) -> Path:
    """Write a folder of well-formed traces, with some arrays changed or (None) left out."""
    arrays: dict[str, object] = {}
    for name in ("oboe", "fcc_web", "puffer", "norway3g", "belgium4g"):
        arrays[f"{name}_v"] = np.array([1.0, 2.0, 3.0, 4.0], np.float16)
        arrays[f"{name}_o"] = np.array([0, 2, 4])
        arrays[f"{name}_dt"] = np.array(2.0)
    arrays["planetlab_dms"] = np.full((2, 3, 20), 800, np.uint16)
    arrays |= changes
    kept = {name: np.asarray(array) for name, array in arrays.items() if array is not None}
    rtt = {name: kept.pop(name) for name in list(kept) if name == "planetlab_dms"}
    np.savez(folder / "throughput.npz", **kept)  # type: ignore[arg-type]
    np.savez(folder / "rtt.npz", **rtt)  # type: ignore[arg-type]
    return folder


def test_recorded_traces_are_resampled_to_seconds_and_to_mean_one(tmp_path: Path):
    traces = Recorded(write(tmp_path))
    shape = traces.shape("steady", 40, np.random.default_rng(1))
    assert len(shape) == 40
    assert shape.mean() == pytest.approx(1.0)
    assert traces.rtts(0.06, 0.0, 3, np.random.default_rng(1)) == pytest.approx([0.06] * 3)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"oboe_v": None}, "array oboe_v is missing"),
        ({"oboe_v": np.array([])}, "array oboe_v is empty; Mbit/s expected"),
        ({"oboe_v": np.array([1.0, np.nan, 2, 3])}, "oboe_v entry 1 is nan; Mbit/s"),
        ({"oboe_v": np.array([1.0, 2, -3, 4])}, "oboe_v entry 2 is -3.0; Mbit/s"),
        ({"oboe_v": np.array([1e6, 2e6, 3e6, 4e6])}, "Mbit/s expected, not bit/s or kbit/s"),
        (
            {"norway3g_v": np.array([900.0, 1100, 1200, 1300])},
            "norway3g_v has mean 1.12e+03 (entry",
        ),
        ({"oboe_v": np.array([1e-3, 2e-3, 3e-3, 4e-3])}, "oboe_v has mean 0.0025"),
        ({"oboe_v": np.array(["a", "b", "c", "d"])}, "array oboe_v must hold numbers"),
        ({"oboe_o": np.array([0, 3, 2, 4])}, "array oboe_o must rise from 0 to the 4 samples"),
        ({"oboe_dt": np.array(2000.0)}, "array oboe_dt must be one number of seconds"),
        ({"planetlab_dms": np.zeros((0, 3, 20))}, "frames × clients × hosts in .1 ms"),
        ({"planetlab_dms": np.full((2, 3, 4), 800)}, "with at least 20 hosts"),
        ({"planetlab_dms": np.full((1, 3, 20), 0.08)}, ".1 ms expected"),
        ({"planetlab_dms": np.full((1, 3, 20), np.nan)}, "planetlab_dms entry [0, 0, 0] is nan"),
        (
            {"planetlab_dms": np.full((1, 3, 20), -5)},
            "planetlab_dms entry [0, 0, 0] is -5; a number",
        ),
    ],
)
def test_traces_in_other_units_or_shapes_are_refused_by_name(
    tmp_path: Path, changes: dict[str, object], told: str
):
    with pytest.raises(TraceError, match="npz") as refused:
        Recorded(write(tmp_path, **changes))
    assert told in str(refused.value)


def test_a_file_that_is_no_archive_is_refused_by_name(tmp_path: Path):
    write(tmp_path)
    (tmp_path / "throughput.npz").write_text("1.0 Mbit/s")
    with pytest.raises(TraceError, match=r"throughput\.npz: not a readable"):
        Recorded(tmp_path)


def test_a_file_that_breaks_off_is_refused_by_name(tmp_path: Path):
    file = write(tmp_path) / "throughput.npz"
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(TraceError, match=r"throughput\.npz: not a readable"):
        Recorded(tmp_path)
    with file.open("wb") as raw:
        np.save(raw, np.ones(3))
    with pytest.raises(TraceError, match="one bare array"):
        Recorded(tmp_path)


def test_what_the_fleet_says_of_latency_is_worth_what_was_measured():
    # Correlation of a client's host ranking with the mean of the other clients': .61 in Seattle,
    # .38 on PlanetLab (NetLatency-Data).
    said, true = [], []
    for viewer in range(150):
        world = World(Scenario("any", 31, mirrors=7), viewer, Synthetic())
        visit = world.visit(0)
        said.append([math.log(world.priors[host].ttfb_s) for host in world.hosts])
        true.append(
            [math.log(visit.paths[h].rtt_s[0] + visit.paths[h].think_s) for h in world.hosts]
        )
    assert 0.38 <= np.corrcoef(np.ravel(said), np.ravel(true))[0, 1] <= 0.61
    # The spread that the prior states for a host is the spread that it has.
    assert np.std(np.subtract(true, said)) == pytest.approx(0.5, abs=0.12)


def test_down_time_is_what_the_failure_and_repair_rates_say():
    rng = np.random.default_rng(5)
    down = two_state(rng, 400_000, share=0.1, mean_s=20.0)
    ends = np.flatnonzero(down[:-1] & ~down[1:])
    assert down.mean() == pytest.approx(0.1, abs=0.02)
    assert down.sum() / len(ends) == pytest.approx(20.0, rel=0.1)
