"""One step of training: how far which weights move."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from fusion.config import SequenceConfig
from fusion.training.objective import Trainable

CLIP = 5.0  # largest norm of a gradient
# A row that is seldom touched misses the momentum between: it takes longer strides.
TABLE_STRIDE = 4.0
WARM_UP, LAST = 0.03, 0.02  # share of the way up to the full rate; share of it at the end


class Descent:
    """Adam for all weights, on tables of item vectors only where a batch has been.

    A step over the whole table would cost as much for a million items as thousands of batches.

    Args:
        is_sparse: whether a batch touches few rows of a table.
    """

    def __init__(self, network: Trainable, config: SequenceConfig, *, is_sparse: bool) -> None:
        self._rate = config.learning_rate
        tables: list[Tensor] = []
        for module in network.modules():
            if isinstance(module, nn.Embedding):
                module.sparse = is_sparse
                tables += [module.weight] if is_sparse else []
        known = {id(table) for table in tables}
        self._dense: list[Tensor] = [
            p for p in network.parameters() if p.requires_grad and id(p) not in known
        ]
        decay = config.weight_decay
        self._optimizers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(self._dense, lr=self._rate, weight_decay=decay, fused=True)
        ]
        self._strides = [1.0]
        if tables:
            self._optimizers.append(torch.optim.SparseAdam(tables, lr=self._rate))
            self._strides.append(TABLE_STRIDE)

    def step(self, loss: Tensor, way: float) -> None:
        """Move all weights by one batch; `way` is how much of the training is behind us."""
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._dense, CLIP)
        for optimizer, stride in zip(self._optimizers, self._strides, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = stride * self._rate * schedule(way)
            # torch warns unless it is told whether to check each sparse gradient.
            with torch.sparse.check_sparse_tensor_invariants(enable=False):
                optimizer.step()

    def state_dict(self) -> list[dict[str, Any]]:
        """Return all that a later process needs to go on."""
        return [optimizer.state_dict() for optimizer in self._optimizers]

    def load_state_dict(self, states: list[dict[str, Any]]) -> None:
        """Take over what `state_dict` returned."""
        for optimizer, state in zip(self._optimizers, states, strict=True):
            optimizer.load_state_dict(state)


def schedule(way: float) -> float:
    """Return the share of the full rate: up in a line, down by a cosine."""
    if way < WARM_UP:
        return max(way, 1e-3) / WARM_UP
    left = 0.5 * (1 + math.cos(math.pi * (way - WARM_UP) / (1 - WARM_UP)))
    return LAST + (1 - LAST) * left
