"""What holds for every vector index: it finds the nearest, and what changed is found at once."""

import pytest
import torch

from fusion.retrieval.vector_index import Retrieval
from tests.fusion.retrieval.indexes import RETRIEVALS, catalogue

every_index = pytest.mark.parametrize("make", RETRIEVALS.values(), ids=RETRIEVALS.keys())


@every_index
def test_nearly_all_of_the_best_are_found_best_first(make: Retrieval) -> None:
    keys, vectors = catalogue()
    queries = vectors[::300]
    best = keys[(queries @ vectors.T).topk(20, dim=1).indices]

    found = make(keys, vectors).search(queries, 20)

    assert found[:, 0].tolist() == keys[::300].tolist()
    hits = [len({*a} & {*b}) for a, b in zip(found.tolist(), best.tolist(), strict=True)]
    assert sum(hits) / best.numel() >= 0.95


@every_index
def test_a_new_product_is_found_and_a_removed_one_is_not(make: Retrieval) -> None:
    keys, vectors = catalogue()
    index = make(keys, vectors)
    query = vectors[:1]

    index.put(torch.tensor([9_000]), 2 * query)
    index.remove(torch.tensor([1_001, 77_777]))  # the second one was never there

    found = index.search(query, 20)[0].tolist()
    assert found[0] == 9_000
    assert 1_001 not in found


@every_index
def test_a_changed_product_is_found_by_its_new_vector_only(make: Retrieval) -> None:
    keys, vectors = catalogue()
    index = make(keys, vectors)
    before, after = vectors[:1], -vectors[:1]

    index.put(torch.tensor([1_001]), after)

    assert 1_001 not in index.search(before, 20)[0].tolist()
    assert index.search(after, 20)[0].tolist().count(1_001) == 1


@every_index
def test_places_without_a_product_hold_0(make: Retrieval) -> None:
    keys, vectors = catalogue(2)

    found = make(keys, vectors).search(vectors[:1], 4)

    assert found.tolist() == [[1_001, 1_002, 0, 0]]
