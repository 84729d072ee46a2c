"""NDCG@10 of one scorer on held-out interactions: what stops and chooses during training."""

from collections.abc import Callable

import torch
from torch import Tensor

from fusion.dataset.batches import gather, met_items
from fusion.dataset.data import Interactions
from fusion.dataset.holdout import Holdout
from fusion.network.history import History, newest
from fusion.network.losses import DenseNetwork

BATCH = 256
Scorer = Callable[[History], Tensor]  # (B, L) history to (B, N+1) scores


@torch.inference_mode()
def validation_ndcg(
    score: Scorer, interactions: Interactions, holdout: Holdout, history_length: int
) -> float:
    """Return the mean NDCG@10 with full ranking over unseen items; ties count against us."""
    total = 0.0
    for start in range(0, len(holdout), BATCH):
        chosen = holdout.take(torch.arange(start, min(start + BATCH, len(holdout))).numpy())
        history = History.from_batch(gather(interactions, chosen.history, history_length))
        met = torch.from_numpy(met_items(interactions, chosen.history))
        scores = score(history).scatter(1, met, float("-inf"))
        target = torch.from_numpy(chosen.target).long().unsqueeze(1)
        rank = (scores >= scores.gather(1, target)).sum(1).clamp(min=1)
        total += float(((rank <= 10) / torch.log2(rank + 1.0)).sum())
    return total / max(len(holdout), 1)


def dense_scorer(network: DenseNetwork) -> Scorer:
    """Return the scorer of one inner-product network with its item vectors computed once."""
    with torch.inference_mode():
        items = network.item_vectors()

    def score(history: History) -> Tensor:
        read = history.to(items.device)
        scores = newest(network.queries(read, items), read.lengths) @ items.T
        scores[:, 0] = float("-inf")
        return scores.cpu()

    return score
