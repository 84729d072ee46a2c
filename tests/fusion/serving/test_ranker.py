"""Requests to ranked items."""

import numpy as np
import pytest
import torch

from fusion.dataset.data import ModalityFeatures
from fusion.serving.ranker import Ranker, RankRequest
from tests.fusion.checkerboard import COLD_EVEN, FIRST_KEY, checkerboard
from tests.fusion.trained import trained

EVEN_HISTORY = [(FIRST_KEY + row, 1.0, 60 * row) for row in (2, 6, 8)]
ODD_HISTORY = [(FIRST_KEY + row, 1.0, 60 * row) for row in (1, 5)]


def request(history: list[tuple[int, float, int]], k: int = 5) -> RankRequest:
    """Ask for items the history does not hold."""
    return RankRequest(history, k, exclude=frozenset(pk for pk, _, _ in history))


def test_shoppers_get_the_kind_they_take() -> None:
    even, odd = Ranker(trained()).rank([request(EVEN_HISTORY), request(ODD_HISTORY)])

    assert [item.product_pk % 2 for item in even] == [0] * 5
    assert [item.product_pk % 2 for item in odd] == [1] * 5


def test_contributions_add_up_to_the_score() -> None:
    for answer in Ranker(trained()).rank([request(EVEN_HISTORY, 20), request(ODD_HISTORY, 20)]):
        for item in answer:
            assert set(item.contributions) == {"behaviour", "text", "image"}
            assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)


def test_a_batch_answers_like_its_members_alone() -> None:
    ranker = Ranker(trained())
    requests = [request(EVEN_HISTORY), request([], 3), request(ODD_HISTORY, 7)]

    together = ranker.rank(requests)

    for answer, each in zip(together, requests, strict=True):
        alone = ranker.rank([each])[0]
        assert [item.product_pk for item in answer] == [item.product_pk for item in alone]
        assert [item.score for item in answer] == pytest.approx([item.score for item in alone])


def test_an_empty_or_unknown_history_gets_the_popular_items() -> None:
    ranker = Ranker(trained())
    counts = trained().counts
    best = counts.sort(descending=True).values[:3].tolist()

    for history in ([], [(999_999, 1.0, 0)]):
        answer = ranker.rank([RankRequest(history, 3)])[0]

        assert [float(counts[item.product_pk - FIRST_KEY]) for item in answer] == best
        assert [item.score for item in answer] == [i.contributions["behaviour"] for i in answer]


def test_excluded_products_and_those_that_are_no_candidates_never_appear() -> None:
    wanted = [FIRST_KEY + row for row in (10, 11, 12)]
    asked = RankRequest(EVEN_HISTORY, 10, frozenset(wanted[:1]), candidates=[*wanted, 5_000])

    answer = Ranker(trained()).rank([asked])[0]

    assert {item.product_pk for item in answer} == set(wanted[1:])


def test_branch_weights_of_a_request_scale_the_contributions() -> None:
    ranker = Ranker(trained())
    candidates = [FIRST_KEY + 10]
    plain = RankRequest(EVEN_HISTORY, 1, candidates=candidates)
    doubled = RankRequest(
        EVEN_HISTORY, 1, candidates=candidates, branch_weights={"text": 2.0, "image": 0.0}
    )

    (before,), (after,) = ranker.rank([plain, doubled])

    assert after.contributions["text"] == pytest.approx(2 * before.contributions["text"])
    assert after.contributions["image"] == 0
    assert after.contributions["behaviour"] == pytest.approx(before.contributions["behaviour"])


def test_a_hidden_product_is_never_ranked_and_can_come_back() -> None:
    ranker = Ranker(trained())
    best = ranker.rank([request(EVEN_HISTORY, 1)])[0][0].product_pk

    hidden = ranker.without_products([best])

    assert best not in {item.product_pk for item in hidden.rank([request(EVEN_HISTORY, 24)])[0]}
    assert hidden.without_products([]).rank([request(EVEN_HISTORY, 1)])[0][0].product_pk == best


@pytest.mark.parametrize("by", ["fused", "text", "image"])
def test_similar_products_are_of_the_same_kind_even_for_a_cold_one(by: str) -> None:
    answer = Ranker(trained()).similar(FIRST_KEY + COLD_EVEN, 4, by)

    assert len(answer) == 4
    assert [item.product_pk % 2 for item in answer] == [0] * 4


def test_nothing_is_similar_by_what_a_product_lacks() -> None:
    ranker = Ranker(trained())

    assert [*ranker.similar(FIRST_KEY + COLD_EVEN, 4, "behaviour")] == []
    assert [*ranker.similar(FIRST_KEY + 3, 4, "image")] == []
    assert [*ranker.similar(999_999, 4)] == []
    with pytest.raises(ValueError, match="no branch 'sound'"):
        ranker.similar(FIRST_KEY + 1, 4, "sound")


def test_a_product_that_joins_later_is_ranked_by_content_and_the_old_ranker_stays() -> None:
    old = Ranker(trained())
    data = checkerboard()
    new_pk = 5_000
    like_row_2 = {
        name: ModalityFeatures(
            np.stack([np.zeros_like(part.vectors[2]), part.vectors[2]]), np.array([False, True])
        )
        for name, part in data.modalities.items()
    }

    new = old.with_products(np.array([new_pk]), like_row_2)

    asked = RankRequest(EVEN_HISTORY, 30)
    found = {item.product_pk: item for item in new.rank([asked])[0]}
    twin = found[FIRST_KEY + 2]
    assert found[new_pk].contributions["behaviour"] == 0
    assert found[new_pk].contributions["text"] > 0 or twin.contributions["text"] <= 0
    assert new_pk not in {item.product_pk for item in old.rank([asked])[0]}
    assert new.recommender.sequence is old.recommender.sequence


def test_a_known_product_can_get_other_content() -> None:
    old = Ranker(trained())
    gone = ModalityFeatures(np.zeros((2, 6), dtype=np.float32), np.array([False, False]))

    new = old.with_products(np.array([FIRST_KEY + 10]), {"text": gone})

    asked = RankRequest(EVEN_HISTORY, 1, candidates=[FIRST_KEY + 10])
    assert new.rank([asked])[0][0].contributions["text"] == 0
    assert old.rank([asked])[0][0].contributions["text"] != 0
    assert torch.equal(new.recommender.item_ids, old.recommender.item_ids)


def test_no_requests_have_no_answers() -> None:
    assert Ranker(trained()).rank([]) == []
