"""The co-occurrence table against numbers worked out by hand."""

import numpy as np
import pytest

from fusion.config import CoOccurrenceConfig
from fusion.dataset.data import Interactions
from fusion.training.neighbours import all_pairs, near_pairs, neighbour_table


def interactions(rows: list[tuple[int, int, int]]) -> Interactions:
    """Build (shopper, item, moment) rows of weight 1."""
    columns = np.array(rows)
    return Interactions(
        columns[:, 0].astype(np.int32),
        columns[:, 1].astype(np.int32),
        columns[:, 2].astype(np.int64),
        np.ones(len(rows), dtype=np.float32),
    )


BASKETS = interactions([(0, 1, 5), (0, 2, 5), (0, 3, 9), (1, 1, 0), (1, 2, 50), (1, 4, 60)])


def test_ties_fade_with_the_moments_between() -> None:
    pairs = near_pairs(BASKETS, 4, CoOccurrenceConfig(reach=5, fade=0.5))

    # Shopper 0: 1 and 2 in one basket, 3 a moment later. Shopper 1: three moments apart by one.
    assert pairs.ties[1, 2] == 2.0
    assert pairs.ties[1, 3] == 1.0
    assert pairs.ties[1, 4] == 0.5
    assert pairs.ties[3, 4] == 0.0
    np.testing.assert_array_equal(pairs.ties.toarray(), pairs.ties.toarray().T)
    assert pairs.counts.tolist() == [0, 2, 2, 1, 1]


def test_ties_end_at_the_reach() -> None:
    pairs = near_pairs(BASKETS, 4, CoOccurrenceConfig(reach=1, fade=1.0))

    assert (pairs.ties[1, 2], pairs.ties[1, 3], pairs.ties[2, 3]) == (2.0, 0.0, 1.0)


def test_exponent_a_half_without_shrinkage_is_the_cosine() -> None:
    table = neighbour_table(all_pairs(BASKETS, 2, 4), neighbours=2, exponent=0.5, shrinkage=0.0)

    assert table.neighbours[1].tolist() == [2, 3]
    assert table.strengths[1].tolist() == pytest.approx([1.0, 2**-0.5])
    assert table.neighbours[0].tolist() == [0, 0]


def test_shrinkage_pulls_rare_pairs_down() -> None:
    table = neighbour_table(all_pairs(BASKETS, 2, 4), neighbours=3, exponent=0.5, shrinkage=2.0)

    assert table.strengths[1].tolist() == pytest.approx([2 / 4, 1 / (2**0.5 + 2), 1 / (2**0.5 + 2)])
