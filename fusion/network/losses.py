"""The next-item loss: a softmax over all items, or over a corrected sample of them."""

from typing import Protocol

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

        `items` are the (N+1, D) item vectors where they are known already.
        """
        ...


def full_softmax(queries: Tensor, targets: Tensor, items: Tensor) -> Tensor:
    """Return the mean cross-entropy of (P,) target rows over all items but the padding row.

    Shapes: queries (P, D), items (N+1, D).
    """
    return F.cross_entropy(queries @ items[1:].T, targets - 1)


def sampled_softmax(
    queries: Tensor, targets: Tensor, network: DenseNetwork, sample: "Sample"
) -> Tensor:
    """Return the cross-entropy with the partition function estimated from a shared sample.

    Each sampled logit is corrected by the log of its expected count (Bengio and Senécal
    2008), so that an often-drawn item does not count more than once. An item drawn that is
    the target itself is left out.

    Shapes: queries (P, D), targets (P,), sample.rows (C,).
    """
    positive = (queries * network.item_vectors(targets)).sum(-1, keepdim=True)  # (P, 1)
    negative = queries @ network.item_vectors(sample.rows).T - sample.log_expected  # (P, C)
    hits = targets.unsqueeze(1) == sample.rows
    logits = torch.cat([positive, negative.masked_fill(hits, float("-inf"))], dim=1)
    return F.cross_entropy(logits, torch.zeros_like(targets))


class Sample:
    """Items drawn as negatives, half by popularity and half evenly.

    Args:
        counts: (N+1,) how often each item was chosen; row 0 is never drawn.
        size: how many to draw.
    """

    def __init__(self, counts: Tensor, size: int, generator: torch.Generator) -> None:
        even = (torch.arange(len(counts), device=counts.device) > 0).float()
        popular = counts * even
        chance = even / even.sum() + popular / popular.sum().clamp(min=1)
        chance = chance / chance.sum()
        drawn = torch.multinomial(chance, size, replacement=True, generator=generator)
        self.rows, times = drawn.unique(return_counts=True)
        # Each distinct row stands for all its draws.
        self.log_expected = (size * chance[self.rows]).log() - times.float().log()
