"""Histories as tensors: what every network reads."""

from typing import NamedTuple

import torch
from torch import Tensor

from fusion.dataset.batches import HistoryBatch

UNREAD = -1e9  # in place of minus infinity, whose softmax over nothing is no number


class History(NamedTuple):
    """Histories of B shoppers, oldest first, padded with row 0 on the right.

    Attributes:
        items: (B, L) int64 item rows.
        weights: (B, L) float32 strength of each event; 0 on padding.
        lengths: (B,) int64 events per shopper.
    """

    items: Tensor
    weights: Tensor
    lengths: Tensor

    @classmethod
    def from_batch(cls, batch: HistoryBatch, device: torch.device | str = "cpu") -> "History":
        """Move one numpy batch to `device`."""
        arrays = (batch.items, batch.weights, batch.lengths)
        return cls(*(torch.from_numpy(array) for array in arrays)).to(device)

    def to(self, device: torch.device | str) -> "History":
        """Return the histories on a device."""
        return History(*(each.to(device) for each in self))

    def last(self, length: int) -> "History":
        """Return at most the newest `length` events of each shopper."""
        width = self.items.shape[1]
        if width <= length:
            return self
        kept = self.lengths.clamp(max=length)
        places = torch.arange(length, device=self.items.device)
        source = ((self.lengths - kept).unsqueeze(1) + places).clamp(max=width - 1)
        is_event = places < kept.unsqueeze(1)
        items = self.items.gather(1, source).masked_fill(~is_event, 0)
        return History(items, self.weights.gather(1, source).masked_fill(~is_event, 0.0), kept)


class Latest(NamedTuple):
    """The same histories the other way round: newest first, so that place is age.

    Attributes:
        items: (B, L) int64 item rows, row 0 on padding.
        weights: (B, L) float32; 0 on padding.
        unread: (B, 1, 1, L) 0, or UNREAD on padding; None where there is no padding.
    """

    items: Tensor
    weights: Tensor
    unread: Tensor | None

    @classmethod
    def of(cls, history: History) -> "Latest":
        """Turn histories round."""
        items, weights, lengths = history
        if len(items) == 1:
            return cls(items.flip(1), weights.flip(1), None)
        places = torch.arange(items.shape[1], device=items.device)
        older = lengths.unsqueeze(1) - 1 - places
        source = older.clamp(min=0)
        is_read = older >= 0
        unread = weights.new_zeros(items.shape).masked_fill_(~is_read, UNREAD)[:, None, None]
        return cls(items.gather(1, source) * is_read, weights.gather(1, source) * is_read, unread)


def newest(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the state after the newest event: (B, L, D) and (B,) to (B, D).

    A shopper without history gets zeros: no evidence, no preference.
    """
    last = (lengths - 1).clamp(min=0)
    picked = states[torch.arange(len(states), device=states.device), last]
    return picked * (lengths > 0).unsqueeze(-1)
