"""Whom the fusion listens to: what each branch adds to the products it shows."""

from typing import Any

import torch
from torch import Tensor

from fusion.dataset.holdout import Holdout
from fusion.evaluation.ranking import questions
from fusion.network.late_fusion import HISTORY_EDGES
from fusion.network.recommender import Recommender
from fusion.serving.ranker import Ranker
from fusion.training.run import Run
from fusion.training.seed import generator

SHOPPERS = 1000
SHOWN = 10
POPULARITY_EDGES = (1, 5, 50)  # interactions at which the next column begins


def listening(run: Run, recommender: Recommender, test: Holdout) -> dict[str, Any]:
    """Return the mean share of each branch in the scores of shown products.

    The share of a branch in one score is |its contribution| over the sum of all |contributions|.
    Measured on the first SHOWN products of a sample of shoppers, so it is what an answer
    holds, not what a weight allows.

    Returns:
        `shares` (H, P, M) by history bucket, popularity bucket and branch, None where nothing
        was shown, and `shown` (H, P), how many products each mean is of.
    """
    sample = test.sample(SHOPPERS, generator(run.config.seed, "listening"))
    summed, shown = _summed(run, recommender, sample)
    return {
        "shoppers": len(sample),
        "branches": list(recommender.branches),
        "history_edges": list(HISTORY_EDGES),
        "popularity_edges": list(POPULARITY_EDGES),
        "shown": shown.tolist(),
        "shares": [
            [
                (of_cell / count).tolist() if count else None
                for of_cell, count in zip(of_row, counts, strict=True)
            ]
            for of_row, counts in zip(summed, shown, strict=True)
        ],
    }


@torch.inference_mode()
def _summed(run: Run, recommender: Recommender, sample: Holdout) -> tuple[Tensor, Tensor]:
    """Return (H, P, M) summed shares and (H, P) how many products they are of."""
    ranker = Ranker(recommender)
    height, width = len(HISTORY_EDGES) + 1, len(POPULARITY_EDGES) + 1
    summed = torch.zeros(height * width, len(recommender.branches), dtype=torch.float64)
    shown = torch.zeros(height * width, dtype=torch.int64)
    edges = torch.tensor(POPULARITY_EDGES)
    for history, forbidden in questions(run, sample):
        top = ranker.top(history, SHOWN, forbidden=forbidden)
        popularity = torch.bucketize(recommender.counts[top.rows], edges, right=True)  # (B, K)
        bucket = recommender.fusion.buckets(history.lengths)  # (B,)
        cells = bucket.unsqueeze(1) * width + popularity
        sizes = top.contributions.abs().double()
        total = sizes.sum(-1)
        counted = top.scores.isfinite() & (total > 0)
        summed.index_add_(0, cells[counted], sizes[counted] / total[counted].unsqueeze(-1))
        shown += torch.bincount(cells[counted], minlength=height * width)
    return summed.view(height, width, -1), shown.view(height, width)
