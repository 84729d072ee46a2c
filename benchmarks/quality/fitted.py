"""A contestant after fitting: something that ranks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.quality.questions import Asked, Questions
from benchmarks.quality.study import Study

DEPTH = 20  # length of the lists that are compared
Settings = dict[str, Any]
Lists = NDArray[np.int64]  # (S, K) rows, best first; 0 where there is none
Score = Callable[[Asked], Tensor]  # to (B, N+1) scores
Rank = Callable[[Asked, int], Tensor]  # to (B, K) rows, best first; 0 where none is left


@dataclass(frozen=True)
class Fitted:
    """A fitted contestant.

    Attributes:
        rank: ranks for shoppers.
        found: settings the fit found itself (epochs), to be repeated on more data.
        unseen: ranks validation shoppers by what was not fitted on them, where `rank` was.
    """

    rank: Rank
    found: Settings = field(default_factory=dict)
    unseen: Rank | None = None


@dataclass(frozen=True)
class Peer:
    """A contestant before fitting.

    Attributes:
        kind: "peer" (one model of its own), "early" (early fusion), "ours" (our late fusion),
            "part" (one of our branches) or "combined" (our branches, otherwise combined).
        fit: learns from a study under settings.
        grid: the settings to choose from.
        seeded: whether the seed changes the result.
        needs: modalities without which it cannot take part.
    """

    kind: str
    fit: Callable[[Study, Settings], Fitted]
    grid: tuple[Settings, ...] = ({},)
    seeded: bool = False
    needs: tuple[str, ...] = ()


def scored(score: Score, **found: Any) -> Fitted:
    """Return a contestant that ranks by its scores."""

    def rank(asked: Asked, k: int) -> Tensor:
        return top_rows(score(asked).masked_fill(asked.forbidden, float("-inf")), k)

    return Fitted(rank, found)


def top_rows(scores: Tensor, k: int) -> Tensor:
    """Return the (B, K) best rows of (B, N+1) scores, best first; 0 for minus infinity.

    A tie goes to the lower row, for every contestant alike.
    """
    k = min(k, scores.shape[1])
    values, rows = scores.topk(k, dim=1)
    edge = values[:, -1:]
    crowded = ((scores >= edge).sum(1) > k) & edge[:, 0].isfinite()
    for b in crowded.nonzero()[:, 0].tolist():
        sure = int((scores[b] > edge[b]).sum())
        rows[b, sure:] = (scores[b] == edge[b]).nonzero()[: k - sure, 0]
    rows, by_row = rows.sort(dim=1)
    values, order = values.gather(1, by_row).sort(dim=1, descending=True, stable=True)
    return torch.where(values.isfinite(), rows.gather(1, order), 0)


@torch.inference_mode()
def ranked_lists(rank: Rank, questions: Questions, k: int = DEPTH) -> Lists:
    """Return (S, K) rows for all questions, a batch at a time."""
    parts = [rank(asked, k).numpy() for asked in questions.batches()]
    found = np.concatenate(parts) if parts else np.zeros((0, k))
    return found.astype(np.int64)
