"""Metrics against numbers worked out by hand and against ir-measures."""

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, R, nDCG

from fusion.evaluation import metrics

LISTS = np.array([[5, 3, 1], [4, 2, 0], [1, 2, 3], [2, 4, 5]])
TARGETS = np.array([5, 2, 3, 9])


def test_ranks_count_from_1_and_are_0_outside_the_list() -> None:
    assert metrics.ranks_of(LISTS, TARGETS).tolist() == [1, 2, 3, 0]


def test_metrics_equal_numbers_worked_out_by_hand() -> None:
    ranks = metrics.ranks_of(LISTS, TARGETS)

    assert metrics.recall(ranks, 2).tolist() == [1, 1, 0, 0]
    np.testing.assert_allclose(metrics.ndcg(ranks, 3), [1, 1 / np.log2(3), 0.5, 0])
    np.testing.assert_allclose(metrics.reciprocal_rank(ranks, 2), [1, 0.5, 0, 0])


def test_metrics_equal_those_of_ir_measures() -> None:
    rng = np.random.default_rng(0)
    lists = np.stack([rng.permutation(30)[:20] + 1 for _ in range(50)])
    targets = rng.integers(1, 31, 50)
    qrels = [ir_measures.Qrel(str(q), str(t), 1) for q, t in enumerate(targets)]
    run = [
        ir_measures.ScoredDoc(str(q), str(item), -place)
        for q, items in enumerate(lists)
        for place, item in enumerate(items)
    ]

    theirs = ir_measures.calc_aggregate([nDCG @ 10, R @ 20, RR @ 20], qrels, run)

    ranks = metrics.ranks_of(lists, targets)
    assert metrics.ndcg(ranks, 10).mean() == pytest.approx(theirs[nDCG @ 10])
    assert metrics.recall(ranks, 20).mean() == pytest.approx(theirs[R @ 20])
    assert metrics.reciprocal_rank(ranks, 20).mean() == pytest.approx(theirs[RR @ 20])


def test_coverage_gini_and_novelty_leave_empty_places_out() -> None:
    lists = np.array([[1, 2], [1, 0]])

    assert metrics.coverage(lists, 4) == 0.5
    assert metrics.gini(np.array([[1, 2], [3, 4]]), 4) == pytest.approx(0)
    assert metrics.gini(np.array([[1], [1]]), 4) == pytest.approx(0.75)
    assert metrics.novelty(lists, np.array([0.0, 2.0, 1.0, 1.0, 0.0])) == pytest.approx(4 / 3)
