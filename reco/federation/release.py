"""The release: what is said of one week, with noise that hides each viewer's part in it.

Discrete Laplace noise makes the sums differentially private. Two sets of plays that differ in all
plays of one viewer in that week give every possible release with probabilities whose ratio is
exp(ε) at most: e^ε = 2.7 for ε = 1.
"""

from collections.abc import Collection
from functools import lru_cache
from math import ceil
from typing import Any, Protocol

from .leanings import BOUND, TOLD, Leanings
from .statement import FORMAT, MECHANISM, MOST_EPSILON

# The share of ε that is spent on the number of viewers, in thousandths.
VIEWERS_SHARE = 200
# Below so many times its scale the number of viewers is not told from noise.
TOLD_APART = 2
NO_COUNTS = "no count of plays has been found to improve anybody's lists"
NOT_WANTED = "switched off here"
TOO_FEW = "too few viewers to be told from noise"


class Speaks(Protocol):
    """A model, as far as it can say something."""

    leanings: Leanings


class NoNoiseError(RuntimeError):
    """OpenDP is not installed."""


def release(
    model: Speaks, week: int, epsilon: float, parts: Collection[str] = ("weights", "counts")
) -> dict[str, Any]:
    """Return the parts of a document about one week; each call draws fresh noise and costs ε.

    What is left out says why. That too few viewers were told of is itself read off the noised
    number, and costs the same.
    """
    thousandths = int(1_000 * epsilon + 1e-9)
    if not 1 <= thousandths <= MOST_EPSILON:
        raise ValueError(f"epsilon must be from 0.001 to {MOST_EPSILON / 1_000:g}")
    left_out = {"counts": NO_COUNTS if "counts" in parts else NOT_WANTED}
    if "weights" not in parts:
        return {"left out": {"weights": NOT_WANTED, **left_out}}
    number, sums = model.leanings.sums(week)
    scale, viewers_scale = scales(thousandths)
    viewers = noised([number], viewers_scale, 1)[0]
    told = noised(sums, scale, BOUND)
    if viewers < TOLD_APART * viewers_scale:
        return {"left out": {"weights": TOO_FEW, **left_out}}
    weights = {
        "format": FORMAT,
        "mechanism": MECHANISM,
        "epsilon_thousandths": thousandths,
        "bound": BOUND,
        "scale": scale,
        "sums": dict(zip(TOLD, told, strict=True)),
        "viewers": viewers,
        "viewers_scale": viewers_scale,
    }
    return {"weights": weights, "left out": left_out}


def scales(thousandths: int) -> tuple[int, int]:
    """Return the scales of the noise of sums and of the number of viewers, as whole numbers.

    Rounded up, so that BOUND/scale + 1/viewers_scale is ε at most.

    >>> scales(1_000)
    (3750, 5)
    """
    viewers_scale = ceil(1_000_000 / (VIEWERS_SHARE * thousandths))
    # What is left of ε is (thousandths·viewers_scale − 1000)/(1000·viewers_scale).
    left = thousandths * viewers_scale - 1_000
    return -(-BOUND * 1_000 * viewers_scale // left), viewers_scale


def noised(numbers: list[int], scale: int, bound: int) -> list[int]:
    """Add discrete Laplace noise; the numbers change by `bound` in sum for one viewer at most."""
    measurement = _discrete_laplace(scale)
    # OpenDP's own bound on ε; it rounds up, by less than a part in a million.
    if measurement.map(bound) > bound / scale * (1 + 1e-6):
        raise AssertionError("the noise costs more than it should")
    return [int(each) for each in measurement(numbers)]


@lru_cache(maxsize=8)
def _discrete_laplace(scale: int) -> Any:  # noqa: ANN401 - OpenDP has no types
    try:  # Imported late: only an instance that speaks needs it.
        from opendp import prelude
    except ImportError as error:
        raise NoNoiseError("OpenDP is missing: install mirrorwise[federation]") from error
    prelude.enable_features("contrib")
    space = prelude.vector_domain(prelude.atom_domain(T="i64")), prelude.l1_distance(T="i64")
    return prelude.m.make_laplace(*space, scale=float(scale))
