"""Every contestant on data with a known answer."""

import numpy as np
import pytest
import torch
from scipy import sparse

from benchmarks.quality.contest import choose, sit, validation_ndcg
from benchmarks.quality.fitted import ranked_lists, top_rows
from benchmarks.quality.peers import CONTESTANTS, MOST_SETTINGS
from benchmarks.quality.peers.ease import inverse_of
from benchmarks.quality.peers.neighbours import strongest
from fusion.evaluation.hits import hits_of
from tests.benchmarks.exams import shared_exam
from tests.fusion.checkerboard import NUM_SHOPPERS

BLIND = {"popularity", "recent_popularity"}  # cannot tell the two kinds apart


@pytest.mark.parametrize("name", CONTESTANTS)
def test_a_contestant_ranks_items_of_the_right_kind_and_none_that_is_known(name: str) -> None:
    exam = shared_exam()

    _, fitted = choose(name, CONTESTANTS[name], exam)
    exam.study.memo.clear()
    lists = ranked_lists(fitted.rank, exam.test, 4)

    forbidden = torch.cat([asked.forbidden for asked in exam.test.batches()]).numpy()
    assert lists.shape == (NUM_SHOPPERS, 4)
    assert not np.take_along_axis(forbidden, lists, axis=1)[lists > 0].any()
    right = (lists % 2 == exam.test.asked.shopper[:, None] % 2) & (lists > 0)
    # 7 of the 11 right items are known already, so popularity mostly names wrong ones.
    assert right.mean() < 0.4 if name in BLIND else right.mean() > 0.95


@pytest.mark.parametrize("name", CONTESTANTS)
def test_no_contestant_tries_more_settings_than_another_may(name: str) -> None:
    assert 1 <= len(CONTESTANTS[name].grid) <= MOST_SETTINGS


def test_the_setting_that_ranks_validation_best_is_chosen_and_test_ranked_once() -> None:
    exam = shared_exam()

    result = sit("item_knn", CONTESTANTS["item_knn"], [exam], test=True)

    assert len(result.tried) == len(CONTESTANTS["item_knn"].grid)
    assert result.chosen.ndcg == max(tried.ndcg for tried in result.tried)
    assert [lists.shape for lists in result.lists] == [(NUM_SHOPPERS, 20)]
    assert result.ready_seconds >= result.chosen.fit.seconds


def test_validation_alone_leaves_the_test_unread() -> None:
    result = sit("popularity", CONTESTANTS["popularity"], [shared_exam()], test=False)

    assert result.lists == []


def test_trees_rank_a_validation_shopper_by_the_other_half_of_the_shoppers() -> None:
    exam = shared_exam()
    result, fitted = choose("lambdamart", CONTESTANTS["lambdamart"], exam)

    assert fitted.unseen is not None
    assert result.chosen.ndcg == validation_ndcg(fitted.unseen, exam.validation)


def test_bpr_is_the_same_every_time_however_many_threads_there_are() -> None:
    exam = shared_exam()
    bpr, threads = CONTESTANTS["bpr"], torch.get_num_threads()

    def lists(num_threads: int) -> list[list[int]]:
        torch.set_num_threads(num_threads)
        fitted = bpr.fit(exam.study, bpr.grid[0])
        found: list[list[int]] = ranked_lists(fitted.rank, exam.test).tolist()
        return found

    try:
        assert lists(2) == lists(2) == lists(1)
    finally:
        torch.set_num_threads(threads)


def test_ties_go_to_the_lower_row() -> None:
    scores = torch.tensor([[float("-inf"), 1.0, 2.0, 2.0, 2.0, 0.0], [float("-inf")] * 6])

    assert top_rows(scores, 2).tolist() == [[2, 3], [0, 0]]
    assert top_rows(scores, 4).tolist() == [[2, 3, 4, 1], [0, 0, 0, 0]]


def test_eliminating_rare_items_first_gives_the_inverse() -> None:
    rng = np.random.default_rng(0)
    met = sparse.csr_matrix((rng.random((200, 30)) < np.linspace(0.002, 0.2, 30)).astype(float))
    gram = (met.T @ met).tocsr()
    assert 2 < (gram.diagonal() <= 2).sum() < 25

    inverse = inverse_of(gram, 3.0)

    np.testing.assert_allclose(inverse, np.linalg.inv(gram.toarray() + 3 * np.eye(30)), atol=1e-6)


def test_the_strongest_values_of_each_row_are_kept() -> None:
    table = sparse.csr_matrix(np.array([[0, 3.0, 1, 2], [5, 0, 0, 0], [0, 0, 0, 0]]))

    assert strongest(table, 2).toarray().tolist() == [[0, 3, 0, 2], [5, 0, 0, 0], [0, 0, 0, 0]]


def test_the_exam_can_be_passed() -> None:
    exam = shared_exam()
    fitted = CONTESTANTS["late_fusion"].fit(exam.study, {})

    lists = ranked_lists(fitted.rank, exam.test)

    # 11 items of a kind, 7 known: by kind alone a guess among 4 or 5 gives about .64.
    assert hits_of(lists, exam.test.relevant).ndcg(10).mean() > 0.55
