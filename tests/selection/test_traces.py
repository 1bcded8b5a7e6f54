"""Generated throughput behaves like the recorded sets that it stands for."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.selection.traces import Recorded, Synthetic, TraceError

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
    arrays["planetlab_dms"] = np.full((2, 3, 4), 800, np.uint16)
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
        ({"oboe_v": np.array([1e6, 2e6, 3e6, 4e6])}, "Mbit/s expected, not kbit/s"),
        ({"oboe_v": np.array(["a", "b", "c", "d"])}, "array oboe_v must hold numbers"),
        ({"oboe_o": np.array([0, 3, 2, 4])}, "array oboe_o must rise from 0 to the 4 samples"),
        ({"oboe_dt": np.array(2000.0)}, "array oboe_dt must be one number of seconds"),
        ({"planetlab_dms": np.zeros((0, 3, 4))}, "frames × clients × hosts in .1 ms"),
        ({"planetlab_dms": np.full((1, 3, 4), 0.08)}, ".1 ms expected"),
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
