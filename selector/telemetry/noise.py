"""Randomised response with ε: the true answer, or a random one (Warner, JASA 1965).

The truth is told with probability c, else one of all k answers is drawn uniformly, where

    c = (e^ε − 1) / (e^ε + k − 1)

Then P(answer | truth) is c + (1 − c)/k for the truth and (1 − c)/k for each other answer.
Their ratio is e^ε: no answer is more than e^ε times as likely under one truth as under
another (k-ary randomised response; Kairouz, Bonawitz and Ramage, ICML 2016).
"""

from hashlib import sha256
from math import expm1

# 52 bits, as 13 hexadecimal digits: a JavaScript number holds them exactly too.
DIGITS, STEPS = 13, 2.0**52


def honesty(answers: int, epsilon: float) -> float:
    """Return c, the probability that the truth is told, for a question with `answers` answers.

    >>> round(honesty(2, 2.0), 3), round(honesty(8, 2.0), 3)
    (0.762, 0.444)
    """
    return expm1(epsilon) / (expm1(epsilon) + answers)


def likelihood(answer: int, truth: int, answers: int, epsilon: float) -> float:
    """Return P(answer | truth).

    >>> round(likelihood(3, 3, 8, 2.0) / likelihood(3, 4, 8, 2.0), 6)  # e²
    7.389056
    """
    told = honesty(answers, epsilon)
    return (told if answer == truth else 0.0) + (1.0 - told) / answers


def respond(truth: int, answers: int, epsilon: float, uniform: float) -> int:
    """Return the randomised response to `truth`, decided by `uniform` from [0, 1).

    >>> [respond(5, 8, 2.0, uniform) for uniform in (0.2, 0.44, 0.45, 0.99)]
    [5, 5, 0, 7]
    """
    told = honesty(answers, epsilon)
    if uniform < told:
        return truth
    return min(int((uniform - told) / (1.0 - told) * answers), answers - 1)


def coin(secret: str, purpose: str, day: str, host: str = "") -> float:
    """Return a pseudo-random number in [0, 1): the first 52 bits of the SHA-256 of the arguments.

    Without the secret nobody can compute it, even if other coins of the device are known. The
    same question gets the same answer, so that repeating it reveals nothing new. The page draws
    the control group itself (`web/plugin/client/reports.ts`), as that is needed before Python.

    >>> coin("0" * 32, "answer", "2026-05-14") == coin("0" * 32, "answer", "2026-05-14")
    True
    """
    text = f"{secret}/{purpose}/{day}/{host}"
    return int(sha256(text.encode()).hexdigest()[:DIGITS], 16) / STEPS
