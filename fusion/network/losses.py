"""The next-item loss: a softmax over all items, or over a corrected sample of them."""

from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from fusion.network.history import History


class DenseNetwork(Protocol):
    """A network whose score is one inner product of a query and an item vector."""

    def item_vectors(self, rows: Tensor | None = None) -> Tensor:
        """Return (N+1, D) item vectors, or (C, D) of the given rows."""
        ...

    def queries(self, history: History, items: Tensor | None = None) -> Tensor:
        """Return (B, L, D) queries, one after each event.

        `items` are item vectors where they are known already: all (N+1, D), or those of some
        rows, to whose places `history.items` points then.
        """
        ...


class Sample(NamedTuple):
    """Distinct items that stand for all in one loss.

    Attributes:
        rows: (C,) item rows, ascending.
        log_expected: (C,) log of how often a row is expected among the draws, less the log of
            how often it was drawn: it stands for all its draws.
    """

    rows: Tensor
    log_expected: Tensor


class Sampler:
    """Draws items, half by popularity and half evenly.

    Args:
        counts: (N+1,) how often each item was chosen; row 0 is never drawn.
        size: how many to draw at a time, with replacement.
    """

    def __init__(self, counts: Tensor, size: int) -> None:
        popular = counts.double().numpy() * (np.arange(len(counts)) > 0)
        even = np.ones(len(counts)) * (np.arange(len(counts)) > 0)
        chance = even / even.sum() + popular / max(popular.sum(), 1.0)
        self._log_chance = np.log(np.maximum(chance / chance.sum(), 1e-300))
        self._border = np.cumsum(chance / chance.sum())
        self._size = size

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw once; what it costs hardly depends on N."""
        place = rng.random(self._size) * self._border[-1]
        drawn = np.searchsorted(self._border, place, side="right")
        rows, times = np.unique(drawn, return_counts=True)
        log_expected = np.log(self._size) + self._log_chance[rows] - np.log(times)
        return Sample(torch.from_numpy(rows), torch.from_numpy(log_expected).float())


def full_softmax(queries: Tensor, targets: Tensor, items: Tensor) -> Tensor:
    """Return the summed cross-entropy of (P,) target rows over all items but the padding row.

    Shapes: queries (P, D), items (N+1, D).
    """
    logits = (queries @ items[1:].T).float()
    return F.cross_entropy(logits, targets - 1, reduction="sum")


def sampled_softmax(queries: Tensor, targets: Tensor, items: Tensor, sample: Sample) -> Tensor:
    """Return the summed cross-entropy with the partition function estimated from a sample.

    Each sampled logit is corrected by the log of its expected count (Bengio and Senécal
    2008), so that an often-drawn item does not count more than once. An item drawn that is
    the target itself is left out.

    Shapes: queries (P, D), items (R, D), targets (P,) and sample.rows (C,) places in `items`.
    """
    wanted, drawn = F.embedding(targets, items), F.embedding(sample.rows, items)
    positive = (queries * wanted).sum(-1).float()  # (P,)
    negative = (queries @ drawn.T).float() - sample.log_expected  # (P, C)
    place = torch.searchsorted(sample.rows, targets).clamp(max=len(sample.rows) - 1)
    own = torch.where(sample.rows[place] == targets, float("-inf"), 0.0)
    negative = negative.scatter_add(1, place.unsqueeze(1), own.unsqueeze(1))
    return (torch.logaddexp(positive, negative.logsumexp(1)) - positive).sum()
