"""The text and image branches: trained heads over frozen encoder vectors."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.config import ContentConfig
from fusion.network.history import History, Latest
from fusion.network.sequence_encoder import SequenceEncoder


class ContentNetwork(nn.Module):
    """Compare products by content, and the history with products.

    Everything learned is added to a cosine similarity: the head and the transformer
    start at zero, so an untrained branch ranks by the cosine of the encoder vectors to
    the recency-weighted mean of the history, and training can only depart from there.
    A product without this modality has a zero vector: it neither asks nor scores.

    Shapes: B shoppers, L history length, N items, R raw encoder dims, D features.

    Args:
        raw_dim: R.
        num_items: N; row 0 is padding.
    """

    projection_mean: Tensor
    projection: Tensor
    features: Tensor
    present: Tensor

    def __init__(
        self, config: ContentConfig, *, raw_dim: int, num_items: int, max_length: int
    ) -> None:
        super().__init__()
        dim = config.sequence.embedding_dim
        self.register_buffer("projection_mean", torch.zeros(raw_dim))
        self.register_buffer("projection", torch.zeros(raw_dim, dim))
        self.register_buffer("features", torch.zeros(num_items + 1, dim))
        self.register_buffer("present", torch.zeros(num_items + 1, dtype=torch.bool))
        self.head = nn.Sequential(
            nn.Linear(dim, config.hidden), nn.GELU(), nn.Linear(config.hidden, dim)
        )
        self.encoder = SequenceEncoder(config.sequence, max_length=max_length)
        self.departure = nn.Linear(dim, dim)
        for layer in (self.head[2], self.departure):
            assert isinstance(layer, nn.Linear)
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.decay_logit = nn.Parameter(torch.tensor(2.0))  # sigmoid(2) = .88 per event
        self.log_scale = nn.Parameter(torch.tensor(2.3))  # softmax temperature 1 / 10

    def project(self, vectors: Tensor) -> Tensor:
        """Project (C, R) encoder vectors on the (C, D) components kept of the catalogue."""
        return F.normalize((vectors - self.projection_mean) @ self.projection, dim=-1)

    def item_vectors(self, rows: Tensor | None = None) -> Tensor:
        """Return (N+1, D) unit vectors, or those of the given rows; zero where absent."""
        features = self.features if rows is None else self.features[rows]
        present = self.present if rows is None else self.present[rows]
        # Components of a unit vector are tiny; scaled to 1 the head learns several times faster.
        departed: Tensor = features + self.head(features * features.shape[-1] ** 0.5)
        return F.normalize(departed, dim=-1) * present.unsqueeze(-1)

    def queries(self, history: History, items: Tensor | None = None) -> Tensor:
        """Return (B, L, D): the recency-weighted mean of the history and what is learned.

        With `items`, the (N+1, D) item vectors, the head need not run on the history.
        """
        if items is None:
            vectors = self.item_vectors(history.items)
        else:
            vectors = F.embedding(history.items, items)
        taste = self._decayed_sum(vectors * history.weights.unsqueeze(-1))
        seen = vectors.detach().any(-1).cumsum(1) > 0  # nothing to go by before that
        learned: Tensor = self.departure(self.encoder(vectors * vectors.shape[-1] ** 0.5))
        return (F.normalize(taste, dim=-1) + learned) * seen.unsqueeze(-1) * self.log_scale.exp()

    def newest_query(self, latest: Latest, items: Tensor) -> Tensor:
        """Return (B, D), the row of `queries` after the newest event; 0 without any."""
        vectors = F.embedding(latest.items, items)
        ages = torch.arange(vectors.shape[1], device=items.device)
        pull = torch.sigmoid(self.decay_logit) ** ages * latest.weights  # (B, L)
        taste = (pull.unsqueeze(1) @ vectors).squeeze(1)
        state = self.encoder.newest(vectors * vectors.shape[-1] ** 0.5, latest.unread)
        learned: Tensor = self.departure(state)
        seen = vectors.flatten(1).any(1, keepdim=True)
        return (F.normalize(taste, dim=-1) + learned) * seen * self.log_scale.exp()

    def _decayed_sum(self, vectors: Tensor) -> Tensor:
        """Sum (B, L, D) vectors up to each event, older ones counting less."""
        places = torch.arange(vectors.shape[1], device=vectors.device)
        distance = (places.unsqueeze(1) - places).to(vectors.dtype)
        decay = torch.sigmoid(self.decay_logit) ** distance.clamp(min=0)
        return torch.einsum("ts,bsd->btd", decay * (distance >= 0), vectors)
