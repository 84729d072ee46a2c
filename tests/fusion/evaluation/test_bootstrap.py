"""Intervals over shoppers."""

import numpy as np
import pytest

from fusion.evaluation.bootstrap import interval, paired, paired_ratio


def test_an_interval_has_the_width_the_central_limit_theorem_gives() -> None:
    scores = np.repeat([0.0, 1.0], 200)

    found = interval(scores, resamples=20_000, rng=np.random.default_rng(0))

    half = 1.96 * 0.5 / np.sqrt(400)
    assert found.mean == 0.5
    assert found.low == pytest.approx(0.5 - half, abs=0.004)
    assert found.high == pytest.approx(0.5 + half, abs=0.004)


def test_a_paired_difference_is_narrower_than_the_scores_it_compares() -> None:
    rng = np.random.default_rng(0)
    theirs = rng.random(300)

    found = paired(theirs + 0.01, theirs, resamples=500, rng=rng)

    assert [found.low, found.high] == pytest.approx([0.01, 0.01])


def test_no_shoppers_have_no_interval() -> None:
    with pytest.raises(ValueError, match="at least one shopper"):
        interval(np.zeros(0), resamples=10, rng=np.random.default_rng(0))


def test_a_ratio_of_shoppers_that_all_gain_alike_is_known_exactly() -> None:
    theirs = np.random.default_rng(0).random(300)

    found = paired_ratio(theirs * 1.1, theirs, resamples=500, rng=np.random.default_rng(0))

    assert [found.mean, found.low, found.high] == pytest.approx([1.1, 1.1, 1.1])


def test_the_ratio_of_a_resample_is_taken_on_the_same_shoppers() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.integers(0, 2, 200).astype(float), rng.integers(0, 3, 200) / 2

    found = paired_ratio(ours, theirs, resamples=20_000, rng=np.random.default_rng(1))

    drawn = np.random.default_rng(2).integers(0, 200, (20_000, 200))
    ratios = ours[drawn].mean(axis=1) / theirs[drawn].mean(axis=1)
    assert found.mean == pytest.approx(ours.mean() / theirs.mean())
    assert [found.low, found.high] == pytest.approx(np.percentile(ratios, [2.5, 97.5]), abs=0.01)


def test_a_ratio_to_nothing_is_infinite() -> None:
    found = paired_ratio(np.ones(5), np.zeros(5), resamples=10, rng=np.random.default_rng(0))

    assert found.mean == float("inf")
    assert found.low == float("inf")
