"""Ranking for held-out shoppers: everything they have not met, never a sample of it."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fusion.dataset.batches import gather, met_items
from fusion.dataset.holdout import Holdout
from fusion.evaluation.contestants import Contestant, to_rows
from fusion.network.history import History
from fusion.training.run import Run

BATCH = 256
DEPTH = 20  # length of the lists that are compared
Lists = NDArray[np.int64]  # (S, K) item rows, best first; 0 where there is none


@torch.inference_mode()
def ranked_lists(contestant: Contestant, run: Run, holdout: Holdout) -> Lists:
    """Rank for every held-out shopper; never more than BATCH shoppers x items in memory."""
    parts = [
        contestant(history, DEPTH, forbidden) for history, forbidden in questions(run, holdout)
    ]
    if not parts:
        return np.zeros((0, DEPTH), dtype=np.int64)
    return to_rows(parts)


def questions(run: Run, holdout: Holdout) -> Iterator[tuple[History, Tensor]]:
    """Yield histories of B shoppers and (B, N+1) what must not be shown to them."""
    for first in range(0, len(holdout), BATCH):
        chosen = holdout.take(np.arange(first, min(first + BATCH, len(holdout))))
        batch = gather(run.split.interactions, chosen.history, run.config.history_length)
        met = torch.from_numpy(met_items(run.split.interactions, chosen.history))
        shape = (len(met), run.data.num_items + 1)
        forbidden = torch.zeros(shape, dtype=torch.bool).scatter_(1, met, value=True)
        forbidden[:, 0] = True
        yield History.from_batch(batch), forbidden
