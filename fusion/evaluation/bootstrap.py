"""Bootstrap intervals over shoppers (Efron 1979; for retrieval Sakai 2006)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWN_AT_ONCE = 2**24  # counts of a block of resamples; bounds the memory


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
    means = _means(scores[:, None], resamples, rng)[:, 0]
    return _between(float(scores.mean()), means)


def paired(ours: Floats, theirs: Floats, *, resamples: int, rng: np.random.Generator) -> Interval:
    """Return the interval of the mean difference on the same shoppers."""
    return interval(ours - theirs, resamples=resamples, rng=rng)


def paired_ratio(
    ours: Floats, theirs: Floats, *, resamples: int, rng: np.random.Generator
) -> Interval:
    """Return the interval of mean(ours) / mean(theirs), both on the same resampled shoppers.

    Infinite where the other mean is 0.

    Raises:
        ValueError: there are no scores.
    """
    means = _means(np.stack([ours, theirs], axis=1), resamples, rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.nan_to_num(means[:, 0] / means[:, 1], nan=1.0, posinf=np.inf)
    theirs_mean = float(theirs.mean())
    return _between(float(ours.mean()) / theirs_mean if theirs_mean else float("inf"), ratios)


def _between(mean: float, resampled: Floats) -> Interval:
    """Return the percentile interval of resampled statistics."""
    low, high = np.percentile(resampled, [2.5, 97.5], method="nearest")
    return Interval(mean, float(low), float(high))


def _means(scores: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Return the (resamples, C) means of resamples of the rows of (S, C) scores.

    Scores take few values (a rank has few gains), so a resample is a multinomial draw over
    the distinct rows: exact, and far cheaper than drawing every shopper.
    """
    if len(scores) == 0:
        raise ValueError("An interval needs at least one shopper.")
    values, counts = np.unique(scores, axis=0, return_counts=True)
    size = max(DRAWN_AT_ONCE // len(values), 1)
    blocks = [min(size, resamples - first) for first in range(0, resamples, size)]
    share = counts / len(scores)
    means = [rng.multinomial(len(scores), share, size=each) @ values for each in blocks]
    return np.concatenate(means) / len(scores)
