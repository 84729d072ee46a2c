"""What every contestant is asked: a history each, and what the shopper went on to choose."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from fusion.dataset.batches import HistoryBatch, Spans, gather
from fusion.dataset.data import Interactions
from fusion.dataset.holdout import Holdout
from fusion.network.history import History

BATCH = 256


@dataclass(frozen=True)
class Asked:
    """B shoppers to rank for.

    Attributes:
        interactions: what the histories are slices of.
        shopper: (B,) shopper numbers.
        history: B slices, all that was known when the question was asked.
        num_items: N.
        candidates: (N+1,) bool, the items in the running; None means all.
    """

    interactions: Interactions
    shopper: NDArray[np.int32]
    history: Spans
    num_items: int
    candidates: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        """Return B."""
        return len(self.shopper)

    def recent(self, length: int) -> History:
        """Return the newest `length` events of each history."""
        return History.from_batch(gather(self.interactions, self.history, length))

    @cached_property
    def everything(self) -> HistoryBatch:
        """Return the histories as they are, padded."""
        return gather(self.interactions, self.history, max(len(self.interactions), 1))

    @cached_property
    def known(self) -> sparse.csr_matrix:
        """Return (B, N+1), 1 where the shopper has met an item."""
        met = self.weighed(1.0)
        met.data[:] = 1
        return met

    def weighed(self, decay: float) -> sparse.csr_matrix:
        """Return (B, N+1) sums of decay ** (newer events) over each shopper's events."""
        batch = self.everything
        age = batch.lengths[:, None] - 1 - np.arange(batch.items.shape[1])
        owner, place = np.nonzero(batch.items)
        pull = (decay ** age[owner, place]).astype(np.float32)
        shape = (len(self), self.num_items + 1)
        return sparse.csr_matrix((pull, (owner, batch.items[owner, place])), shape=shape)

    @cached_property
    def forbidden(self) -> Tensor:
        """Return (B, N+1) bool: items already met, items out of the running, and row 0."""
        items = torch.from_numpy(self.everything.items)
        out = torch.zeros(len(self), self.num_items + 1, dtype=torch.bool)
        if self.candidates is not None:
            out |= ~torch.from_numpy(self.candidates)
        out.scatter_(1, items, value=True)
        out[:, 0] = True
        return out


@dataclass(frozen=True)
class Questions:
    """S questions with their answers.

    Attributes:
        asked: the S shoppers.
        relevant: (S, N+1) non-zero where the shopper went on to choose an item.
    """

    asked: Asked
    relevant: sparse.csr_matrix

    def __len__(self) -> int:
        """Return S."""
        return len(self.asked)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Questions":
        """Return the chosen questions."""
        asked = self.asked
        part = replace(asked, shopper=asked.shopper[chosen], history=asked.history.take(chosen))
        return Questions(part, self.relevant[chosen])

    def among(self, candidates: NDArray[np.bool_]) -> "Questions":
        """Return the same questions with only (N+1,) candidates in the running."""
        return Questions(replace(self.asked, candidates=candidates), self.relevant)

    def batches(self) -> Iterator[Asked]:
        """Yield the questions, without answers, in batches."""
        for first in range(0, len(self), BATCH):
            yield self.take(np.arange(first, min(first + BATCH, len(self)))).asked


def from_holdout(interactions: Interactions, holdout: Holdout, num_items: int) -> Questions:
    """Return one question per held-out item, that item being the answer."""
    asked = Asked(interactions, holdout.shopper, holdout.history, num_items)
    places = (np.arange(len(holdout)), holdout.target)
    ones = np.ones(len(holdout), dtype=np.float32)
    shape = (len(holdout), num_items + 1)
    return Questions(asked, sparse.csr_matrix((ones, places), shape=shape))
