"""Shapes of throughput over time: generated, or read from a folder of recorded traces.

A shape has mean 1; a scenario multiplies it by a rate. Every kind is the sum of two
Ornstein-Uhlenbeck processes in ln(rate), slow and fast, with fades for radio links:

    ln s(t) = slow(t) + fast(t) + ln(depth)·faded(t) - normaliser

Folder format
-------------
`throughput.npz` holds, for each recorded set NAME of `RECORDED`, three arrays:

- `NAME_v`: throughput in Mbit/s (not kbit/s, not MB/s), all traces one after the other
- `NAME_o`: where each trace starts in `NAME_v`, and as last entry the length of `NAME_v`
- `NAME_dt`: seconds between two samples, one number

`rtt.npz` holds `planetlab_dms`: round-trip times in units of .1 ms, frames × clients × hosts,
at least `HOSTS` of them, 0 where nothing was measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """Second-order statistics of ln(throughput) within one trace."""

    sd: float
    slow_share: float
    """Share of the variance in the slow process."""
    slow_tau_s: float
    fast_tau_s: float
    fade_share: float = 0.0
    """Share of time in a fade, mean length `FADE_S`, depth `FADE_DEPTH`."""


FADE_S = 4.0
FADE_DEPTH = 0.06

# Fitted to the autocorrelation of ln(throughput) at 2, 5, 20 and 60 s and to its median
# within-trace standard deviation in the public set named beside each.
SHAPES = {
    "steady": Shape(0.21, 0.0, 1.0, 13.0),  # Oboe (SIGCOMM'18)
    "web": Shape(0.57, 0.62, 45.0, 6.0),  # FCC Measuring Broadband America 2016, web-get
    "busy": Shape(0.68, 0.15, 40.0, 2.0),  # Puffer, one day of 2022
    "3g": Shape(0.45, 0.5, 30.0, 6.0),  # HSDPA commutes (Riiser, MMSys'13)
    "4g": Shape(0.55, 0.6, 40.0, 0.9, fade_share=0.015),  # Ghent LTE (van der Hooft 2016)
}

RECORDED = {
    "steady": "oboe",
    "web": "fcc_web",
    "busy": "puffer",
    "3g": "norway3g",
    "4g": "belgium4g",
}


# Limits of a set's mean. The slowest set in use, 3G, has about 1 Mbit/s, the fastest, 4G, about 30:
# a mean outside the limits is in another unit.
MEANS_MBPS = (0.05, 300.0)
HOSTS = 20


class TraceError(ValueError):
    """A trace file is not valid; the text names file, array and unit."""


class Traces(Protocol):
    """A source of shapes of throughput and of round-trip times."""

    def shape(self, kind: str, seconds: int, rng: np.random.Generator) -> Floats:
        """One value a second, mean 1 over the whole of the process."""

    def rtts(self, median_s: float, sd: float, hosts: int, rng: np.random.Generator) -> Floats:
        """Return the base round-trip time of each host, in s."""


def ornstein_uhlenbeck(rng: np.random.Generator, n: int, sd: float, tau_s: float) -> Floats:
    """Return a stationary zero-mean process sampled once a second."""
    keep = math.exp(-1.0 / tau_s)
    noise = rng.normal(0.0, sd, n)
    noise[1:] *= math.sqrt(1.0 - keep * keep)
    return np.array(list(accumulate(noise.tolist(), lambda x, e: keep * x + e)))


def two_state(rng: np.random.Generator, n: int, share: float, mean_s: float) -> NDArray[np.bool_]:
    """Return for each second whether a two-state Markov chain is in its rarer state."""
    if share <= 0.0:
        return np.zeros(n, bool)
    enter, leave = share / (1.0 - share) / mean_s, 1.0 / mean_s
    draws = rng.random(n).tolist()
    start = draws[0] < share
    inside = accumulate(
        draws[1:], lambda was, u: (u >= leave) if was else (u < enter), initial=start
    )
    return np.array(list(inside))


class Synthetic:
    """Shapes from the generators above."""

    def shape(self, kind: str, seconds: int, rng: np.random.Generator) -> Floats:
        """Draw one shape of `seconds` values."""
        shape = SHAPES[kind]
        slow_sd = shape.sd * math.sqrt(shape.slow_share)
        fast_sd = shape.sd * math.sqrt(1.0 - shape.slow_share)
        log = ornstein_uhlenbeck(rng, seconds, slow_sd, shape.slow_tau_s)
        log += ornstein_uhlenbeck(rng, seconds, fast_sd, shape.fast_tau_s)
        faded = two_state(rng, seconds, shape.fade_share, FADE_S)
        mean = math.exp(shape.sd**2 / 2) * (1.0 - shape.fade_share * (1.0 - FADE_DEPTH))
        return np.asarray(np.exp(log) * np.where(faded, FADE_DEPTH, 1.0) / mean)

    def rtts(self, median_s: float, sd: float, hosts: int, rng: np.random.Generator) -> Floats:
        """Draw log-normal round-trip times."""
        return np.asarray(median_s * np.exp(rng.normal(0.0, sd, hosts)))


class Recorded:
    """Shapes and round-trip times cut from recorded traces at random places."""

    def __init__(self, folder: Path) -> None:
        throughput, rtt = folder / "throughput.npz", folder / "rtt.npz"
        with _open(throughput) as arrays:
            self._shapes = {
                kind: _shapes(arrays, name, throughput) for kind, name in RECORDED.items()
            }
        with _open(rtt) as arrays:
            self._rtts = _rtts(arrays, rtt)

    def shape(self, kind: str, seconds: int, rng: np.random.Generator) -> Floats:
        """Repeat one recorded trace, from a random second on, up to `seconds` values."""
        traces = self._shapes[kind]
        trace = traces[rng.integers(len(traces))]
        return np.resize(np.roll(trace, -int(rng.integers(len(trace)))), seconds)

    def rtts(self, median_s: float, sd: float, hosts: int, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        """Take one client's times to random hosts, scaled so that the set's median fits."""
        client = self._rtts[rng.integers(len(self._rtts))]
        scale = median_s / float(np.median(self._rtts))
        return np.asarray(client[rng.choice(len(client), hosts, replace=False)] * scale)


def _open(file: Path) -> Any:
    try:
        arrays: Any = np.load(BytesIO(file.read_bytes()), allow_pickle=False)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise TraceError(f"{file}: not a readable .npz archive ({error})") from error
    if not isinstance(arrays, NpzFile):
        raise TraceError(f"{file}: not a readable .npz archive, but one bare array")
    return arrays


def _array(arrays: Any, name: str, file: Path) -> NDArray[Any]:
    try:
        array = np.asarray(arrays[name])
    except (KeyError, ValueError, EOFError, BadZipFile) as error:
        raise TraceError(f"{file}: array {name} is missing or unreadable") from error
    if array.dtype.kind not in "iuf":
        raise TraceError(f"{file}: array {name} must hold numbers")
    return array


def _shapes(arrays: Any, name: str, file: Path) -> list[Floats]:
    """Read one set, resample every trace to one value a second and normalise it to mean 1."""
    values = _array(arrays, f"{name}_v", file).astype(np.float64).ravel()
    offsets = _array(arrays, f"{name}_o", file).ravel()
    step = _array(arrays, f"{name}_dt", file)
    if step.size != 1 or not 0.1 <= float(step.ravel()[0]) <= 60.0:
        raise TraceError(f"{file}: array {name}_dt must be one number of seconds, .1 to 60")
    if not len(values):
        raise TraceError(f"{file}: array {name}_v is empty; Mbit/s expected")
    bad = ~np.isfinite(values) | (values < 0.0)
    if bad.any():
        where = int(np.argmax(bad))
        raise TraceError(
            f"{file}: array {name}_v entry {where} is {values[where]}; Mbit/s >= 0 expected"
        )
    if (
        offsets.dtype.kind not in "iu"
        or len(offsets) < 2
        or offsets[0] != 0
        or offsets[-1] != len(values)
        or (np.diff(offsets.astype(np.int64)) <= 0).any()
    ):
        raise TraceError(f"{file}: array {name}_o must rise from 0 to the {len(values)} samples")
    low, high = MEANS_MBPS
    if not low <= float(values.mean()) <= high:
        raise TraceError(
            f"{file}: array {name}_v has mean {values.mean():.3g} (entry 0 is {values[0]:.3g}), "
            f"and no access link has that many Mbit/s; Mbit/s expected, not bit/s or kbit/s"
        )
    repeat = max(1, round(float(step.ravel()[0])))
    cut = [values[a:b] for a, b in pairwise(offsets)]
    return [np.repeat(t, repeat) / t.mean() for t in cut if t.mean() > 0.0]


def _rtts(arrays: Any, file: Path) -> Floats:
    """Read the round-trip times: clients × hosts, in s, gaps filled with the client's median."""
    frames = _array(arrays, "planetlab_dms", file)
    if frames.ndim != 3 or not frames.size or frames.shape[2] < HOSTS:
        raise TraceError(
            f"{file}: array planetlab_dms is {' × '.join(map(str, frames.shape))}; "
            f"frames × clients × hosts in .1 ms expected, with at least {HOSTS} hosts"
        )
    seconds = frames[0].astype(np.float64) / 1e4
    bad = ~np.isfinite(seconds) | (seconds < 0.0)
    if bad.any():
        client, host = np.argwhere(bad)[0]
        raise TraceError(
            f"{file}: array planetlab_dms entry [0, {client}, {host}] is "
            f"{frames[0, client, host]}; a number of .1 ms >= 0 expected"
        )
    if not 0.001 <= float(np.median(seconds)) <= 3.0:
        raise TraceError(
            f"{file}: array planetlab_dms has median {np.median(frames[0]):.3g}, which is no "
            "round trip in units of .1 ms; .1 ms expected"
        )
    seconds[seconds == 0.0] = np.nan
    known = np.isfinite(seconds).mean(axis=1) > 0.5
    seconds = seconds[known]
    filled: Floats = np.where(np.isnan(seconds), np.nanmedian(seconds, axis=1)[:, None], seconds)
    return filled
