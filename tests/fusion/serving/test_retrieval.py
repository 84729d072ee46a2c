"""Ranking with a vector index: the same answers, and never fewer."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from pytest_django import Settings

from fusion.dataset.data import ModalityFeatures
from fusion.models import ModelVersion
from fusion.retrieval.clusters import Clusters
from fusion.retrieval.vector_index import Retrieval, RetrievalError
from fusion.serving import shortlists
from fusion.serving.ranker import Ranker, RankRequest
from fusion.serving.ranking import Ranking
from fusion.serving.retrieval import retrieval_for
from tests.fusion.checkerboard import FIRST_KEY, NUM_ITEMS, checkerboard
from tests.fusion.retrieval.indexes import RETRIEVALS
from tests.fusion.trained import trained

KINDS: dict[str, Retrieval | None] = {"exact": None, **RETRIEVALS}
every_kind = pytest.mark.parametrize("retrieval", KINDS.values(), ids=KINDS.keys())
approximate = pytest.mark.parametrize("retrieval", RETRIEVALS.values(), ids=RETRIEVALS.keys())
HISTORY = [(FIRST_KEY + row, 1.0, 60 * row) for row in (2, 6, 8)]
ALL = range(FIRST_KEY + 1, FIRST_KEY + NUM_ITEMS + 1)


class Silent:
    """A vector index that is out of order."""

    def __init__(self, keys: torch.Tensor, vectors: torch.Tensor) -> None:
        pass

    def search(self, queries: torch.Tensor, k: int) -> torch.Tensor:
        raise RetrievalError("Nobody is there.")

    def put(self, keys: torch.Tensor, vectors: torch.Tensor) -> None:
        raise AssertionError("nothing changes")

    def remove(self, keys: torch.Tensor) -> None:
        raise AssertionError("nothing changes")


def keys_of(answer: Ranking) -> list[int]:
    return [item.product_pk for item in answer]


@approximate
def test_the_answers_are_those_of_a_full_pass(retrieval: Retrieval) -> None:
    requests = [
        RankRequest(HISTORY, 5),
        RankRequest([], 4),
        RankRequest(HISTORY, 6, exclude=frozenset(ALL[3:9])),
        RankRequest(HISTORY, 3, candidates=ALL[4:12], branch_weights={"text": 0.0}),
    ]

    answers = Ranker(trained(), retrieval=retrieval).rank(requests)

    for answer, expected in zip(answers, Ranker(trained()).rank(requests), strict=True):
        assert keys_of(answer) == keys_of(expected)
        for item, same in zip(answer, expected, strict=True):
            assert item.contributions == pytest.approx(same.contributions, abs=1e-5)
            assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)


@every_kind
@pytest.mark.parametrize("k", [1, 5, NUM_ITEMS + 10])
def test_whatever_is_asked_for_no_answer_is_shorter_than_it_could_be(
    retrieval: Retrieval | None, k: int
) -> None:
    ranker = Ranker(trained(), retrieval=retrieval).without_products(list(ALL[:6]))
    shown = {*ALL[6:]}
    chances: list[tuple[Sequence[int] | None, frozenset[int]]] = [
        (None, frozenset()),
        (None, frozenset(ALL[6:15])),
        (ALL, frozenset(ALL[:1])),
        (ALL[4:9], frozenset()),
        (ALL[20:21], frozenset()),
        ([], frozenset()),
    ]

    for candidates, exclude in chances:
        answer = ranker.rank([RankRequest(HISTORY, k, exclude, candidates)])[0]

        possible = (shown if candidates is None else shown & {*candidates}) - exclude
        assert len(answer) == min(k, len(possible))
        assert {*keys_of(answer)} <= possible


@approximate
def test_what_only_an_item_to_item_table_names_is_ranked(
    retrieval: Retrieval, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranker = Ranker(trained(), retrieval=retrieval)
    expected = keys_of(Ranker(trained()).rank([RankRequest(HISTORY, 2)])[0])
    # Hidden from the vectors alone.
    assert ranker._retrieval is not None
    ranker._retrieval.remove(torch.tensor(expected))

    assert keys_of(ranker.rank([RankRequest(HISTORY, 2)])[0]) == expected
    monkeypatch.setattr(shortlists, "BEST_ENTRIES", 0)
    assert not {*keys_of(ranker.rank([RankRequest(HISTORY, 2)])[0])} & {*expected}


@approximate
def test_a_new_product_is_found_and_one_that_is_switched_off_is_not(retrieval: Retrieval) -> None:
    old = Ranker(trained(), retrieval=retrieval)
    like_row_2 = {
        name: ModalityFeatures(
            np.stack([np.zeros_like(part.vectors[2]), part.vectors[2]]), np.array([False, True])
        )
        for name, part in checkerboard().modalities.items()
    }
    weights = {"behaviour": 0.0, "text": 0.0}
    asked = RankRequest(HISTORY, 8, branch_weights=weights)

    new = old.with_products(np.array([5_000]), like_row_2)
    off = new.without_products([5_000])
    on = off.without_products([])

    assert 5_000 in keys_of(new.rank([asked])[0])
    assert 5_000 not in keys_of(off.rank([asked])[0])
    assert 5_000 in keys_of(on.rank([asked])[0])
    assert 5_000 not in keys_of(old.rank([asked])[0])


@approximate
def test_similar_products_are_found_with_an_index(retrieval: Retrieval) -> None:
    with_index, in_full = Ranker(trained(), retrieval=retrieval), Ranker(trained())

    found = with_index.similar(FIRST_KEY + 2, 4)

    assert keys_of(found) == keys_of(in_full.similar(FIRST_KEY + 2, 4))


def test_an_index_out_of_order_changes_no_answer() -> None:
    requests = [RankRequest(HISTORY, 5), RankRequest([], 3)]

    answers = Ranker(trained(), retrieval=Silent).rank(requests)

    assert [*map(list, answers)] == [*map(list, Ranker(trained()).rank(requests))]


@pytest.mark.parametrize(
    ("kind", "num_items", "device", "expected"),
    [
        ("auto", 10, "cpu", None),
        ("auto", 11, "cpu", Clusters),
        ("auto", 11, "cuda", None),
        ("exact", 11, "cpu", None),
        ("clusters", 1, "cpu", Clusters),
    ],
)
def test_auto_scores_small_catalogues_in_full_and_all_on_a_gpu(
    settings: Settings, kind: str, num_items: int, device: str, expected: type[Clusters] | None
) -> None:
    settings.FUSION_RETRIEVAL, settings.FUSION_ANN_ABOVE = kind, 10

    chosen = retrieval_for(ModelVersion(artifact="v"), num_items=num_items, device=device)

    assert chosen is expected
