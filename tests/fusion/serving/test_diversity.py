"""Maximal marginal relevance on numbers, and on the vectors of a trained ranker."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.serving.diversity import diversified, likeness, marginal_relevance
from fusion.serving.evidence import evidence
from fusion.serving.ranker import Ranker, RankRequest
from fusion.serving.ranking import Ranking
from tests.fusion.checkerboard import FIRST_KEY, NUM_ITEMS
from tests.fusion.served_shop import trained

HISTORY = [(FIRST_KEY + row, 1.0, row) for row in (2, 4, 6, 8)]


@pytest.fixture(scope="module")
def ranker() -> Ranker:
    return Ranker(copy.deepcopy(trained()))


@pytest.fixture(scope="module")
def items(ranker: Ranker) -> Ranking:
    return ranker.rank([RankRequest(HISTORY, k=NUM_ITEMS)])[0]


def test_a_copy_of_the_first_falls_behind_what_is_different() -> None:
    alike = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=np.float32)

    order, losses = marginal_relevance(np.array([3.0, 2.5, 2.0]), alike, price=1.0)

    assert order == [0, 2, 1]
    assert losses.tolist() == [0.0, 1.0, 0.0]


def test_without_a_price_the_order_is_by_score() -> None:
    alike = np.ones((3, 3), dtype=np.float32)

    assert marginal_relevance(np.array([3.0, 2.0, 1.0]), alike, price=0.0)[0] == [0, 1, 2]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30), st.floats(0, 100), st.integers(0, 9))
def test_every_item_stays_and_the_order_is_by_what_is_left_of_the_score(
    scores: list[float], price: float, seed: int
) -> None:
    size = len(scores)
    vectors = np.random.default_rng(seed).random((size, 4)) + 0.1
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = (vectors @ vectors.T).astype(np.float32)

    order, losses = marginal_relevance(np.array(sorted(scores, reverse=True)), alike, price)

    left = (np.array(sorted(scores, reverse=True)) - losses)[order]
    assert sorted(order) == list(range(size))
    assert bool((np.diff(left) <= 1e-9).all())


def mean_likeness(items: Ranking, ranker: Ranker) -> float:
    alike = likeness(ranker, ranker.rows(items.product_pks))
    return float(alike.mean())


def test_a_diverse_list_is_less_alike_and_accounts_for_it(ranker: Ranker, items: Ranking) -> None:
    mixed = diversified(items, ranker, strength=1.0)

    assert mean_likeness(mixed[:6], ranker) < mean_likeness(items[:6], ranker) - 0.02
    assert mixed[0].product_pk == items[0].product_pk
    assert {item.product_pk for item in mixed} == {item.product_pk for item in items}
    for item in mixed:
        assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)
        assert item.contributions["diversity"] <= 0


def test_likeness_is_one_for_itself_and_never_negative(ranker: Ranker) -> None:
    alike = likeness(ranker, ranker.rows([FIRST_KEY + 1, FIRST_KEY + 2, FIRST_KEY + 3]))

    assert alike.min() >= 0
    assert alike[0, 0] == pytest.approx(1.0, abs=1e-5)
    assert alike[0, 2] > alike[0, 1]


def test_evidence_is_of_the_same_kind_and_never_the_item_itself(
    ranker: Ranker, items: Ranking
) -> None:
    pks = [item.product_pk for item in items]

    found = evidence(pks, [event[0] for event in HISTORY], ranker)

    assert set(found) == {"behaviour", "text", "image"}
    for pk, nearest in zip(pks, found["text"], strict=True):
        assert nearest is not None
        assert nearest[0] != pk
        assert nearest[0] in {event[0] for event in HISTORY}
        assert -1.0 <= nearest[1] <= 1.0


def test_a_hidden_product_is_no_evidence(ranker: Ranker, items: Ranking) -> None:
    item, hidden = items[0].product_pk, HISTORY[0][0]
    history = [event[0] for event in HISTORY]

    found = evidence([item], history, ranker.without_products([hidden]))

    assert found == evidence([item], history[1:], ranker)
    assert found != evidence([item], [hidden], ranker)


def test_a_branch_that_lacks_the_item_has_no_evidence(ranker: Ranker) -> None:
    found = evidence([FIRST_KEY + 3], [FIRST_KEY + 2, FIRST_KEY + 6], ranker)

    assert found["image"] == [None]  # its picture is missing
    assert found["text"] != [None]


def test_the_place_of_an_item_is_its_rank_at_any_depth(ranker: Ranker, items: Ranking) -> None:
    request = RankRequest(HISTORY, k=1, exclude=frozenset({items[2].product_pk}))

    third = ranker.place(request, items[3].product_pk)
    last = ranker.place(RankRequest(HISTORY, k=1), items[-1].product_pk)

    assert third is not None
    assert third[0] == 3  # one that stood before it is excluded
    assert last is not None
    assert last[0] == NUM_ITEMS
    assert last[1][0].score == pytest.approx(items[-1].score, abs=1e-5)
    assert ranker.place(request, 9_999) is None
