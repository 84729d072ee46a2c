"""Histories as tensors: what every network reads."""

from typing import NamedTuple

import torch
from torch import Tensor

from fusion.dataset.batches import HistoryBatch


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


def newest(states: Tensor, lengths: Tensor) -> Tensor:
    """Return the state after the newest event: (B, L, D) and (B,) to (B, D).

    A shopper without history gets zeros: no evidence, no preference.
    """
    last = (lengths - 1).clamp(min=0)
    picked = states[torch.arange(len(states), device=states.device), last]
    return picked * (lengths > 0).unsqueeze(-1)
