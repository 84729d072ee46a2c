"""Signals from item-to-item tables: what goes with the items of this history.

Co-occurrence (behaviour) and shared words (text) are both of this kind.
"""

import copy
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.network.history import History, Latest

DENSE_FACTOR = 50  # rows per entry up to which writing all of them is cheaper than searching
SCALE = 10.0  # mean score of the best neighbour, about what a scaled dense signal reaches


class NeighbourTable(NamedTuple):
    """The strongest neighbours of each item.

    Attributes:
        neighbours: (N+1, K) int32 rows; 0 where an item has fewer than K.
        strengths: (N+1, K) float32; 0 where there is no neighbour, below where one speaks against.
    """

    neighbours: Tensor
    strengths: Tensor


class Entries(NamedTuple):
    """What a table says of the items it points to: E of them for each shopper, 0 of all others.

    Attributes:
        rows: (B, E) int64; one may stand in several places, whose values add up. Row 0 is nothing.
        values: (B, E) float32.
    """

    rows: Tensor
    values: Tensor

    def dense(self, width: int) -> Tensor:
        """Return (B, width) scores."""
        out = self.values.new_zeros(len(self.rows), width)
        return out.scatter_add_(1, self.rows, self.values)

    def at(self, rows: Tensor, width: int) -> Tensor:
        """Return the (B, C) scores of (B, C) rows of `width`."""
        if width <= DENSE_FACTOR * self.rows.shape[1]:
            return self.dense(width).gather(1, rows)
        ordered = rows.sort(dim=1).values
        last = ordered.shape[1] - 1
        # Of equal rows, the first place stands for all.
        places = torch.searchsorted(ordered, self.rows).clamp(max=last)
        values = self.values * (ordered.gather(1, places) == self.rows)
        sums = self.values.new_zeros(rows.shape).scatter_add_(1, places, values)
        return sums.gather(1, torch.searchsorted(ordered, rows))


class ItemToItem(nn.Module):
    """Scores from a pruned item-to-item matrix, summed over the history.

    Shapes: B shoppers, L history length, N items, K neighbours.
    """

    neighbours: Tensor
    strengths: Tensor
    decay: Tensor

    def __init__(self, *, num_items: int, neighbours: int) -> None:
        super().__init__()
        shape = (num_items + 1, neighbours)
        self.register_buffer("neighbours", torch.zeros(shape, dtype=torch.int32))
        self.register_buffer("strengths", torch.zeros(shape))
        self.register_buffer("decay", torch.tensor(1.0))  # weight of an event per newer one

    def fill(self, table: NeighbourTable, decay: float) -> None:
        """Take over fitted neighbours, scaled for the whole table alike.

        Unlike the other signals this one is not scaled per shopper: little evidence must stay
        a small score, so that other branches decide then.
        """
        self.neighbours.copy_(table.neighbours)
        strongest = table.strengths.amax(dim=1)
        unit = strongest[strongest > 0].mean() if bool((strongest > 0).any()) else 1.0
        self.strengths.copy_(table.strengths * (SCALE / unit))
        self.decay.fill_(decay)

    def without(self, rows: Tensor) -> Self:
        """Return a table in which nothing points to or from (C,) rows: they mean something new."""
        grown = copy.copy(self)
        grown._buffers = dict(self._buffers)
        gone = torch.zeros(len(self.neighbours), dtype=torch.bool, device=self.neighbours.device)
        gone[rows] = True
        hidden = gone.unsqueeze(-1) | gone[self.neighbours.long()]
        grown.strengths = self.strengths.masked_fill(hidden, 0.0)
        return grown

    def entries(self, latest: Latest) -> Entries:
        """Return what the histories point to, older events counting less."""
        known = latest.items * (latest.items < len(self.neighbours))
        ages = torch.arange(known.shape[1], device=known.device)
        pull = latest.weights * self.decay**ages  # (B, L)
        values = F.embedding(known, self.strengths) * pull.unsqueeze(-1)  # (B, L, K)
        rows = F.embedding(known, self.neighbours)
        return Entries(rows.flatten(1).long(), values.flatten(1))

    def scores(self, history: History, width: int) -> Tensor:
        """Return (B, width) scores; 0 where nothing in the history points to an item.

        `width` is N+1, or more when products joined after training.
        """
        return self.entries(Latest.of(history)).dense(width)
