"""A small causal transformer over a history (after SASRec, Kang and McAuley 2018)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.config import SequenceConfig


class CausalAttention(nn.Module):
    """Multi-head self-attention in which an event sees itself and older events only.

    Order enters as a learned bias per head and distance (as in T5, Raffel et al. 2020), so a
    history reads the same wherever a window starts.

    Shapes: B shoppers, L history length, D embedding_dim.
    """

    def __init__(self, dim: int, heads: int, dropout: float, max_length: int) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.project_in = nn.Linear(dim, 3 * dim)
        self.project_out = nn.Linear(dim, dim)
        self.distance_bias = nn.Parameter(torch.zeros(heads, max_length))

    def forward(self, x: Tensor) -> Tensor:
        """Mix (B, L, D) states, oldest first; L may not exceed max_length."""
        batch, length, dim = x.shape
        query, key, value = map(self._by_head, self.project_in(x).chunk(3, dim=-1))
        mixed = F.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=self._bias(length),
            dropout_p=self.dropout if self.training else 0.0,
        )
        out: Tensor = self.project_out(mixed.transpose(1, 2).reshape(batch, length, dim))
        return out

    def newest_first_bias(self) -> Tensor:
        """Return (heads, L, L), L the longest: what is added where states come newest first."""
        return self._bias(self.distance_bias.shape[1]).detach().transpose(1, 2).contiguous()

    def _by_head(self, part: Tensor) -> Tensor:
        """Turn (B, L, D) into (B, heads, L, D / heads)."""
        return part.view(*part.shape[:2], self.heads, -1).transpose(1, 2)

    def _bias(self, length: int) -> Tensor:
        """Return (heads, L, L): the bias of each distance, minus infinity for the future."""
        places = torch.arange(length, device=self.distance_bias.device)
        distance = places.unsqueeze(1) - places
        bias = self.distance_bias[:, distance.clamp(min=0)]
        return bias.masked_fill(distance < 0, float("-inf"))


class SequenceEncoder(nn.Module):
    """Pre-norm transformer blocks; with zero blocks it returns its input, normalised.

    Padding sits on the right, where causal attention cannot see it.
    """

    def __init__(self, config: SequenceConfig, *, max_length: int) -> None:
        super().__init__()
        self.max_length = max_length
        dim, dropout = config.embedding_dim, config.dropout
        self.blocks = nn.ModuleList(
            nn.ModuleDict(
                {
                    "norm_attention": nn.LayerNorm(dim),
                    "attention": CausalAttention(dim, config.heads, dropout, max_length),
                    "norm_feed_forward": nn.LayerNorm(dim),
                    "feed_forward": nn.Sequential(
                        nn.Linear(dim, 2 * dim),
                        nn.GELU(),
                        nn.Dropout(dropout),
                        nn.Linear(2 * dim, dim),
                    ),
                }
            )
            for _ in range(config.layers)
        )
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        """Turn (B, L, D) item vectors into (B, L, D) states, one after each event."""
        x = self.dropout(x)
        for block in self.blocks:
            assert isinstance(block, nn.ModuleDict)
            x = x + self.dropout(block["attention"](block["norm_attention"](x)))
            x = x + self.dropout(block["feed_forward"](block["norm_feed_forward"](x)))
        out: Tensor = self.norm(x)
        return out
