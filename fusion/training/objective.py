"""The loss of one batch as a module: what processes average and a GPU compiles."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from torch import Tensor, nn
from torch.nn import functional as F

from fusion.network.losses import DenseNetwork, full_softmax, sampled_softmax
from fusion.training.lesson import Batch


class Trainable(DenseNetwork, Protocol):
    """A module the loop can train: a network with queries, item vectors and parameters."""

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """Return what the optimizer changes."""
        ...

    def modules(self) -> Iterator[nn.Module]:
        """Return the module and all inside it."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Return all weights by name."""
        ...

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any:
        """Take over weights."""
        ...

    def train(self, mode: bool = True) -> Any:
        """Switch dropout on."""
        ...

    def eval(self) -> Any:
        """Switch dropout off."""
        ...

    def to(self, device: Any) -> Any:
        """Move all weights."""
        ...


class Objective(nn.Module):
    """Score a batch by one network. Each distinct item's vector is computed once."""

    def __init__(self, network: Trainable) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Batch) -> Tensor:
        """Return the cross-entropy summed over the P choices of the batch."""
        items = self.network.item_vectors(batch.rows)
        states = self.network.queries(batch.inputs, items).flatten(0, 1)  # (B * L, D)
        queries = F.embedding(batch.asked, states)
        if batch.sample is None:
            return full_softmax(queries, batch.targets, items)
        return sampled_softmax(queries, batch.targets, items, batch.sample)
