"""Calibration: what leanings say of the weights, measured on two unlike simulated federations.

Their seed (1001, of 400 people each) is none of those that are judged.
"""

import numpy as np

from ..data.arrays import Floats

# How the mean leanings fall as the weights of the same features rise, by `TOLD`: the curvature of
# the sampled softmax at `FORESEEN`, mean of ten instances.
CURVATURE: Floats = np.array(
    [
        [0.286, 0.085, 0.152, 0.033, -0.017, -0.009, -0.012, 0, -0.001],
        [0.085, 0.28, 0.04, -0.024, -0.024, -0.012, -0.014, 0, -0.001],
        [0.152, 0.04, 0.444, 0.117, 0.023, 0.001, 0.002, 0, 0],
        [0.033, -0.024, 0.117, 0.49, 0.152, 0.021, 0.013, 0, 0],
        [-0.017, -0.024, 0.023, 0.152, 0.395, -0.008, -0.013, -0.001, -0.001],
        [-0.009, -0.012, 0.001, 0.021, -0.008, 0.224, 0.022, 0.012, 0],
        [-0.012, -0.014, 0.002, 0.013, -0.013, 0.022, 0.162, 0, 0.009],
        [0, 0, 0, 0, -0.001, 0.012, 0, 0.007, 0],
        [-0.001, -0.001, 0, 0, -0.001, 0, 0.009, 0, 0.007],
    ]
)
# Added, so that what is told of thinly moves little; .1 foresaw plays best of .03 and .1.
RIDGE = 0.1
# The shift of the weights per mean leaning: one Newton step.
RESPONSE: Floats = np.linalg.inv(CURVATURE + RIDGE * np.eye(len(CURVATURE))).astype(np.float64)
# The variance of one viewer's leanings in a week.
VIEWER_VARIANCES: Floats = np.array([0.056, 0.038, 0.078, 0.17, 0.063, 0.044, 0.053, 0.007, 0.015])
# By how much the weights of instances differ from what the others say, as a variance: those of
# viewers who are known (seven), and of newcomers.
SPREAD: Floats = np.array([0.06] * 7 + [0.3] * 2)
# No source is believed to differ more from the start weights.
MOST_SHIFT = 2.0
