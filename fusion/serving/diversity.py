"""Maximal marginal relevance over the fused item vectors.

Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and
producing summaries", SIGIR 1998. The worker does it, where the vectors are; what it takes from a
score is a contribution of its own, so the sum stays exact and the order is by score again.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fusion.serving.ranker import Ranker
from fusion.serving.ranking import Ranking

DIVERSITY = "diversity"
DEPTH = 100  # places that are chosen one by one: the longest answer
POPULARITY = "popularity"


def diversified(items: Ranking, ranker: Ranker, *, strength: float) -> Ranking:
    """Return the K items, each paying for its likeness to those before it.

    An item loses `strength` times the range of the scores times its highest cosine to an item
    chosen before; at strength 1 a copy of the first item falls to the end.

    Args:
        items: by score.
        strength: 0 to 1.
    """
    if len(items) < 2 or strength <= 0:
        return items
    scores = items.scores.astype(np.float64)
    alike = likeness(ranker, ranker.rows(items.product_pks)).cpu().numpy()
    order, losses = marginal_relevance(scores, alike, strength * float(np.ptp(scores)))
    parts = np.column_stack([items.contributions, -losses])
    pks = [items.product_pks[place] for place in order]
    left = (scores - losses)[order]
    return Ranking((*items.branches, DIVERSITY), pks, left, parts[order])


def likeness(ranker: Ranker, rows: Tensor) -> Tensor:
    """Return (K, K) cosines, each signal that both items have counting the same; none below 0."""
    index = ranker.index
    popularity = ranker.recommender.fusion.signals.index(POPULARITY)
    items = index.matrix[rows].float()
    parts = [
        F.normalize(items[:, block.columns], dim=1)
        for block in index.blocks
        if block.signal != popularity
    ]
    vectors = torch.cat(parts, dim=1) / max(len(parts), 1) ** 0.5
    cosines: Tensor = vectors @ vectors.T
    return cosines.clamp(min=0.0)


def marginal_relevance(
    scores: NDArray[np.float64], alike: NDArray[np.float32], price: float
) -> tuple[list[int], NDArray[np.float64]]:
    """Return the order of K items, and what each lost when it was chosen.

    Args:
        scores: (K,).
        alike: (K, K), 0 to 1.
        price: what full likeness costs, in units of the score.
    """
    prices = price * alike.astype(np.float64)
    left = scores.astype(np.float64)  # minus infinity once an item is chosen
    losses, lost = np.zeros(len(left)), np.zeros(len(left))
    order: list[int] = []
    for _ in range(min(DEPTH, len(left))):
        best = int((left - losses).argmax())
        order.append(best)
        lost[best], left[best] = losses[best], -np.inf
        np.maximum(losses, prices[best], out=losses)
    rest = np.flatnonzero(np.isfinite(left))
    lost[rest] = losses[rest]
    order += rest[np.argsort(-(left - losses)[rest], kind="stable")].tolist()
    return order, lost
