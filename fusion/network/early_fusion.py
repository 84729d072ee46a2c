"""Early fusion, the textbook rival: features are joined first, one network, one loss.

It is measured, never served: every report shows it beside the late fusion.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.config import SequenceConfig
from fusion.network.history import History
from fusion.network.sequence_encoder import SequenceEncoder


class EarlyFusionNetwork(nn.Module):
    """A transformer over items whose vector mixes id, text and picture from the start.

    Shapes: B shoppers, L history length, N items, F features of all modalities, D embedding_dim.

    Args:
        features: (N+1, F) content features side by side; zero where a modality is absent.
    """

    features: Tensor

    def __init__(self, config: SequenceConfig, *, features: Tensor, max_length: int) -> None:
        super().__init__()
        dim = config.embedding_dim
        self.register_buffer("features", features)
        self.items = nn.Embedding(len(features), dim, padding_idx=0)
        nn.init.normal_(self.items.weight, std=0.05)
        self.mix = nn.Linear(dim + features.shape[1], dim)
        self.encoder = SequenceEncoder(config, max_length=max_length)

    def item_vectors(self, rows: Tensor | None = None) -> Tensor:
        """Return (N+1, D) mixed item vectors, or those of the given rows."""
        ids = self.items.weight if rows is None else self.items(rows)
        features = self.features if rows is None else self.features[rows]
        mixed: Tensor = self.mix(torch.cat([ids, features], dim=-1))
        return mixed

    def queries(self, history: History, items: Tensor | None = None) -> Tensor:
        """Return (B, L, D): what the shopper seems to want after each event."""
        if items is None:
            vectors = self.item_vectors(history.items)
        else:
            vectors = F.embedding(history.items, items)
        out: Tensor = self.encoder(vectors * (history.items > 0).unsqueeze(-1))
        return out
