"""The co-occurrence table against numbers worked out by hand."""

import numpy as np
import pytest
import torch
from scipy import sparse

from fusion.config import CoOccurrenceConfig
from fusion.dataset.data import Interactions
from fusion.training import neighbours
from fusion.training.neighbours import Pairs, all_pairs, near_pairs, neighbour_table


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
    pairs = all_pairs(BASKETS, 2, 4, kernels=[(0.5, 0.0)], neighbours=2)

    table = neighbour_table(pairs, neighbours=2, exponent=0.5, shrinkage=0.0)

    assert table.neighbours[1].tolist() == [2, 3]
    assert table.strengths[1].tolist() == pytest.approx([1.0, 2**-0.5])
    assert table.neighbours[0].tolist() == [0, 0]


def test_shrinkage_pulls_rare_pairs_down() -> None:
    pairs = all_pairs(BASKETS, 2, 4, kernels=[(0.5, 2.0)], neighbours=3)

    table = neighbour_table(pairs, neighbours=3, exponent=0.5, shrinkage=2.0)

    assert table.strengths[1].tolist() == pytest.approx([2 / 4, 1 / (2**0.5 + 2), 1 / (2**0.5 + 2)])


def many(seed: int) -> Interactions:
    """Return 60 shoppers with 30 interactions each among 40 items, two in each moment."""
    item = np.random.default_rng(seed).zipf(1.3, 1800) % 40 + 1
    return interactions([(e // 30, int(i), e // 2) for e, i in enumerate(item)])


def one_by_one(rows: Interactions, config: CoOccurrenceConfig) -> Pairs:
    """Sum all ties in one dense matrix, as the definition says."""
    ties = np.zeros((41, 41))
    moment = np.unique(rows.shopper * 10_000 + rows.occurred_at, return_inverse=True)[1]
    for older in range(len(rows)):
        for newer in range(older + 1, min(older + config.reach + 1, len(rows))):
            if rows.shopper[older] == rows.shopper[newer]:
                tie = config.fade ** max(int(moment[newer] - moment[older]) - 1, 0)
                ties[rows.item[older], rows.item[newer]] += tie
                ties[rows.item[newer], rows.item[older]] += tie
    np.fill_diagonal(ties, 0)
    counts = np.bincount(rows.item, minlength=41).astype(np.float64)
    return Pairs(sparse.csr_matrix(ties.astype(np.float32)), counts)


@pytest.mark.parametrize("together", [1, 100, 10**6])
def test_pruned_blocks_give_the_table_of_all_pairs(
    together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "PAIRS", together)
    config = CoOccurrenceConfig(neighbours=5, reach=7, fade=0.5, kernels=((0.4, 2.0), (0.3, 9.0)))

    pruned, whole = near_pairs(many(0), 40, config), one_by_one(many(0), config)

    assert pruned.ties.nnz < whole.ties.nnz
    for exponent, shrinkage in config.kernels:
        found, wanted = (
            neighbour_table(pairs, neighbours=5, exponent=exponent, shrinkage=shrinkage)
            for pairs in (pruned, whole)
        )
        assert torch.equal(found.neighbours, wanted.neighbours)
        assert torch.equal(found.strengths, wanted.strengths)


def test_without_kernels_no_tie_is_pruned() -> None:
    config = CoOccurrenceConfig(neighbours=1, reach=7, fade=0.5, kernels=())

    ties = near_pairs(many(0), 40, config).ties.toarray()

    np.testing.assert_allclose(ties, one_by_one(many(0), config).ties.toarray(), rtol=1e-5)
