"""The behaviour branch's sequence signal: what comes after this history, by item id."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.config import SequenceConfig
from fusion.network.history import History, Latest
from fusion.network.newest_reader import NewestReader
from fusion.network.sequence_encoder import SequenceEncoder


class SequenceNetwork(nn.Module):
    """A transformer over item ids whose output is compared with the same item vectors.

    Shapes: B shoppers, L history length, N items, D embedding_dim.

    Args:
        num_items: N; row 0 of every item matrix is padding.
        max_length: L at most.
    """

    def __init__(self, config: SequenceConfig, *, num_items: int, max_length: int) -> None:
        super().__init__()
        dim = config.embedding_dim
        self.items = nn.Embedding(num_items + 1, dim, padding_idx=0)
        nn.init.normal_(self.items.weight, std=0.05)
        with torch.no_grad():
            self.items.weight[0] = 0
        self.strength = nn.Parameter(torch.zeros(dim))  # how a strong event differs from a weak one
        self.encoder = SequenceEncoder(config, max_length=max_length)

    def item_vectors(self, rows: Tensor | None = None) -> Tensor:
        """Return (N+1, D) item vectors, or those of the given rows."""
        return self.items.weight if rows is None else self.items(rows)

    def queries(self, history: History, items: Tensor | None = None) -> Tensor:
        """Return (B, L, D): what the shopper seems to want after each event."""
        out: Tensor = self.encoder(self.events(history.items, history.weights, items))
        return out

    def events(self, rows: Tensor, weights: Tensor, items: Tensor | None) -> Tensor:
        """Return the (B, L, D) vectors of the events, the strength of each mixed in."""
        read = self.items(rows) if items is None else F.embedding(rows, items)
        scale: float = self.items.embedding_dim**0.5
        return read * scale + (weights - 1).unsqueeze(-1) * self.strength


class SequenceReader:
    """The row of a sequence network's queries after the newest event, quickly."""

    def __init__(self, network: SequenceNetwork) -> None:
        self._network = network
        self._read = NewestReader([network.encoder])

    def __call__(self, latest: Latest, items: Tensor) -> Tensor:
        """Return (B, D) queries, 0 without any event.

        Args:
            items: (N+1, D) item vectors.
        """
        events = self._network.events(latest.items, latest.weights, items)
        norm = self._network.encoder.norm
        state = self._read(events.unsqueeze(0), latest.unread)[0] * norm.weight + norm.bias
        return state * (latest.items[:, :1] > 0)
