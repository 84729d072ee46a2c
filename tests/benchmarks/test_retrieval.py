"""The benchmark of retrieval, on little."""

import torch

from benchmarks.retrieval import make_vectors, on_cpu


def test_vectors_have_length_1_and_queries_lie_near_items() -> None:
    items, queries = make_vectors(2_000, 24)

    nearest = (queries @ items.T).amax(dim=1)
    torch.testing.assert_close(items.norm(dim=1), torch.ones(2_000))
    assert nearest.min() > 0.6


def test_small_catalogues_are_checked_for_recall_only() -> None:
    figures = on_cpu(4_000, 24)

    [check] = figures["checks"]
    assert check["name"] == "4,000 x 24: recall@100"
    assert check["value"] == figures["approximate"]["recall@100"] >= 0.95
    assert check["holds"]
