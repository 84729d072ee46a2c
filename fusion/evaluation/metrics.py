"""Ranking metrics: pure functions of ranks and lists.

Every shopper has one held-out item, so recall@k is 1 when it is in the top k, and the best
possible discounted gain is 1.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ranks = NDArray[np.int64]  # (S,) rank of the held-out item, from 1; 0 where it is not in the list


def ranks_of(lists: NDArray[np.int64], targets: NDArray[np.int64]) -> Ranks:
    """Return where each target stands in its (S, K) list; 0 where it does not."""
    hits = lists == targets[:, None]
    ranks: Ranks = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, 0).astype(np.int64)
    return ranks


def recall(ranks: Ranks, k: int) -> Floats:
    """Return (S,) recall@k: whether the held-out item is among the first k."""
    return ((ranks > 0) & (ranks <= k)).astype(np.float64)


def ndcg(ranks: Ranks, k: int) -> Floats:
    """Return (S,) NDCG@k with gains 0/1 and log2(rank + 1) discount (Järvelin 2002)."""
    gains: Floats = recall(ranks, k) / np.log2(np.maximum(ranks, 1) + 1)
    return gains


def reciprocal_rank(ranks: Ranks, k: int) -> Floats:
    """Return (S,) reciprocal rank, 0 beyond k."""
    gains: Floats = recall(ranks, k) / np.maximum(ranks, 1)
    return gains


def coverage(lists: NDArray[np.int64], num_items: int) -> float:
    """Return the share of the catalogue that appears in any list; 0 in a list is no item."""
    return len(np.setdiff1d(lists, [0])) / max(num_items, 1)


def gini(lists: NDArray[np.int64], num_items: int) -> float:
    """Return how unevenly the lists share their places: 0 all items alike, 1 one item only."""
    shown = np.sort(np.bincount(lists[lists > 0], minlength=num_items + 1)[1:])
    if shown.sum() == 0:
        return 0.0
    index = np.arange(1, num_items + 1)
    return float((2 * index - num_items - 1) @ shown / (num_items * shown.sum()))


def novelty(lists: NDArray[np.int64], counts: NDArray[np.float64]) -> float:
    """Return the mean surprise of shown items in bits, -log2 of their share of interactions.

    Args:
        counts: (N+1,) interactions per item row; an item without any counts as one.
    """
    share = np.maximum(counts, 1) / max(counts.sum(), 1)
    shown = lists[lists > 0]
    return float(-np.log2(share[shown]).mean()) if len(shown) else 0.0
