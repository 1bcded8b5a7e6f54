"""Calibration: what a leaning says of the weights, measured on simulated federations."""

import numpy as np

from ..data.arrays import Floats

# The shift of the weights per mean leaning, by `TOLD`.
RESPONSE: Floats = np.diag(np.full(9, 1.0))
# The variance of one viewer's leanings in a week.
VIEWER_VARIANCES: Floats = np.full(9, 0.3)
# By how much the weights of instances differ, as a variance.
SPREAD: Floats = np.full(9, 0.1)
# No source is believed to differ more from the start weights.
MOST_SHIFT = 1.5
