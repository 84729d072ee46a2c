"""Bootstrap intervals over shoppers (Efron 1979; for retrieval Sakai 2006)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean and the borders of its 95 % interval."""

    mean: float
    low: float
    high: float


def interval(scores: Floats, *, resamples: int, rng: np.random.Generator) -> Interval:
    """Return the mean of (S,) per-shopper scores and its percentile interval.

    Raises:
        ValueError: there are no scores.
    """
    if len(scores) == 0:
        raise ValueError("An interval needs at least one shopper.")
    low, high = np.percentile(_means(scores, resamples, rng), [2.5, 97.5])
    return Interval(float(scores.mean()), float(low), float(high))


def paired(ours: Floats, theirs: Floats, *, resamples: int, rng: np.random.Generator) -> Interval:
    """Return the interval of the mean difference on the same shoppers."""
    return interval(ours - theirs, resamples=resamples, rng=rng)


def _means(scores: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Return the means of resamples of the scores.

    Scores take few values (a rank has few gains), so a resample is a multinomial draw over
    the distinct values: exact, and far cheaper than drawing every shopper.
    """
    values, counts = np.unique(scores, return_counts=True)
    draws = rng.multinomial(len(scores), counts / len(scores), size=resamples)
    means: Floats = draws @ values / len(scores)
    return means
