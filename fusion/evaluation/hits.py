"""Ranking metrics where a shopper may have several relevant items.

With one relevant item each they equal the functions of `fusion.evaluation.metrics`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hits:
    """Which places of S ranked lists hold a relevant item.

    Attributes:
        found: (S, K) bool, best place first.
        relevant: (S,) how many items are relevant, found or not; at least 1.
    """

    found: NDArray[np.bool_]
    relevant: NDArray[np.int64]

    def recall(self, k: int) -> Floats:
        """Return (S,) relevant items among the first k over all relevant ones."""
        return self._count(k) / self.relevant

    def precision(self, k: int) -> Floats:
        """Return (S,) relevant items among the first k over k."""
        return self._count(k) / k

    def ndcg(self, k: int) -> Floats:
        """Return (S,) NDCG@k, gains 0/1, log2(rank + 1) discount (Järvelin and Kekäläinen 2002)."""
        discount = 1 / np.log2(np.arange(2, k + 2))
        best = np.concatenate([[0.0], discount.cumsum()])[np.minimum(self.relevant, k)]
        gained: Floats = self.found[:, :k] @ discount[: self.found.shape[1]] / best
        return gained

    def reciprocal_rank(self, k: int) -> Floats:
        """Return (S,) one over the rank of the first relevant item, 0 beyond k."""
        seen = self.found[:, :k]
        rank = seen.argmax(axis=1) + 1.0
        found: Floats = np.where(seen.any(axis=1), 1 / rank, 0.0)
        return found

    def average_precision(self, k: int) -> Floats:
        """Return (S,) precision at each hit among the first k, over all relevant items."""
        seen = self.found[:, :k]
        precision = seen.cumsum(axis=1) / np.arange(1, seen.shape[1] + 1)
        summed: Floats = (precision * seen).sum(axis=1) / self.relevant
        return summed

    def _count(self, k: int) -> Floats:
        """Return (S,) hits among the first k."""
        counts: Floats = self.found[:, :k].sum(axis=1).astype(np.float64)
        return counts


def hits_of(lists: NDArray[np.int64], relevant: sparse.csr_matrix) -> Hits:
    """Return where (S, K) lists of rows hold what is relevant; row 0 in a list is no item.

    Args:
        relevant: (S, N+1), non-zero where an item is relevant; every row has one.

    Raises:
        ValueError: a shopper has nothing relevant, so no metric is defined.
    """
    counts = np.diff(relevant.indptr)
    if len(counts) and counts.min() == 0:
        raise ValueError("Every shopper of a ranking metric needs a relevant item.")
    width = relevant.shape[1]
    wanted = np.repeat(np.arange(len(counts)), counts) * width + relevant.indices
    shown = np.arange(len(lists))[:, None] * width + lists
    return Hits(np.isin(shown, wanted) & (lists > 0), counts.astype(np.int64))
