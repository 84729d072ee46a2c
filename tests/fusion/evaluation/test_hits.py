"""Metrics with several relevant items against numbers worked out by hand and ir-measures."""

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, P, R, nDCG
from scipy import sparse

from fusion.evaluation import metrics
from fusion.evaluation.hits import hits_of

LISTS = np.array([[5, 3, 1, 2], [4, 2, 0, 0]])


def relevant(*rows: list[int], width: int = 8) -> sparse.csr_matrix:
    """Return the matrix of what is relevant to each shopper."""
    owner = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
    ones = np.ones(len(owner))
    return sparse.csr_matrix((ones, (owner, np.concatenate(rows))), shape=(len(rows), width))


def test_metrics_equal_numbers_worked_out_by_hand() -> None:
    hits = hits_of(LISTS, relevant([3, 2, 7], [6]))

    assert hits.found.tolist() == [[False, True, False, True], [False] * 4]
    np.testing.assert_allclose(hits.recall(2), [1 / 3, 0])
    np.testing.assert_allclose(hits.precision(4), [0.5, 0])
    np.testing.assert_allclose(hits.reciprocal_rank(4), [0.5, 0])
    np.testing.assert_allclose(hits.average_precision(4), [(1 / 2 + 2 / 4) / 3, 0])
    best = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    np.testing.assert_allclose(hits.ndcg(4), [(1 / np.log2(3) + 1 / np.log2(5)) / best, 0])


def test_an_empty_place_is_never_a_hit() -> None:
    hits = hits_of(np.array([[0, 0]]), relevant([0, 1]))

    assert hits.found.tolist() == [[False, False]]


def test_metrics_equal_those_of_ir_measures() -> None:
    rng = np.random.default_rng(0)
    lists = np.stack([rng.permutation(30)[:20] + 1 for _ in range(50)])
    answers = [(rng.permutation(30)[: rng.integers(1, 15)] + 1).tolist() for _ in range(50)]
    qrels = [ir_measures.Qrel(str(q), str(i), 1) for q, items in enumerate(answers) for i in items]
    run = [
        ir_measures.ScoredDoc(str(q), str(item), -place)
        for q, items in enumerate(lists)
        for place, item in enumerate(items)
    ]

    theirs = ir_measures.calc_aggregate([nDCG @ 10, R @ 20, P @ 10, RR @ 20, AP @ 20], qrels, run)

    hits = hits_of(lists, relevant(*answers, width=31))
    assert hits.ndcg(10).mean() == pytest.approx(theirs[nDCG @ 10])
    assert hits.recall(20).mean() == pytest.approx(theirs[R @ 20])
    assert hits.precision(10).mean() == pytest.approx(theirs[P @ 10])
    assert hits.reciprocal_rank(20).mean() == pytest.approx(theirs[RR @ 20])
    assert hits.average_precision(20).mean() == pytest.approx(theirs[AP @ 20])


def test_with_one_relevant_item_they_equal_the_metrics_of_the_report() -> None:
    rng = np.random.default_rng(1)
    lists = np.stack([rng.permutation(30)[:20] + 1 for _ in range(40)])
    targets = rng.integers(1, 31, 40)
    ranks = metrics.ranks_of(lists, targets)

    hits = hits_of(lists, relevant(*([int(t)] for t in targets), width=31))

    np.testing.assert_allclose(hits.ndcg(10), metrics.ndcg(ranks, 10))
    np.testing.assert_allclose(hits.recall(20), metrics.recall(ranks, 20))
    np.testing.assert_allclose(hits.reciprocal_rank(10), metrics.reciprocal_rank(ranks, 10))


def test_a_shopper_without_a_relevant_item_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a relevant item"):
        hits_of(LISTS, relevant([1], []))
