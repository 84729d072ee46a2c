"""The text and image branches: trained heads over frozen encoder vectors."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.config import ContentConfig
from fusion.network.history import History, Latest
from fusion.network.newest_reader import Linear, NewestReader, after_norm, layer_of
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

    def _decayed_sum(self, vectors: Tensor) -> Tensor:
        """Sum (B, L, D) vectors up to each event, older ones counting less."""
        places = torch.arange(vectors.shape[1], device=vectors.device)
        distance = (places.unsqueeze(1) - places).to(vectors.dtype)
        decay = torch.sigmoid(self.decay_logit) ** distance.clamp(min=0)
        return torch.einsum("ts,bsd->btd", decay * (distance >= 0), vectors)


class ContentReader:
    """The rows of G content networks' queries after the newest event, quickly."""

    def __init__(self, networks: Sequence[ContentNetwork]) -> None:
        self._read = NewestReader([network.encoder for network in networks])
        self._departure = Linear.of(
            [after_norm(each.encoder.norm, layer_of(each.departure)) for each in networks]
        )
        decays = torch.stack([torch.sigmoid(each.decay_logit.detach()) for each in networks])
        ages = torch.arange(networks[0].encoder.max_length, device=decays.device)
        self._pulls = decays[:, None, None] ** ages  # (G, 1, L)
        self._scales = torch.stack([each.log_scale.detach().exp() for each in networks])

    def __call__(self, latest: Latest, items: Sequence[Tensor]) -> Tensor:
        """Return (G, B, D) queries, 0 without any event that has content.

        Args:
            items: G times (N+1, D) item vectors.
        """
        vectors = torch.stack([F.embedding(latest.items, each) for each in items])  # (G, B, L, D)
        pull = self._pulls[:, :, : vectors.shape[2]] * latest.weights  # (G, B, L)
        taste = (pull.unsqueeze(2) @ vectors).squeeze(2)
        state = self._read(vectors * vectors.shape[-1] ** 0.5, latest.unread)
        seen = vectors.flatten(2).any(2, keepdim=True) * self._scales[:, None, None]
        return (F.normalize(taste, dim=-1) + self._departure(state)) * seen
