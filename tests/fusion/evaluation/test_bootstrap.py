"""Intervals over shoppers."""

import numpy as np
import pytest

from fusion.evaluation.bootstrap import interval, paired


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
