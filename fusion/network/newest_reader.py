"""Reads histories for the state after the newest event alone, with few operations.

An answer asks every network about one short history: the number of operations costs, not their
size. So encoders of one shape are read side by side, normalisation is folded into the layer that
follows it, and so are the matrices of queries and keys, of values and output: each head compares
the normalised states themselves, and what it finds is mapped once.

Shapes: G encoders, B shoppers, L history length, D embedding_dim, H heads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.network.sequence_encoder import CausalAttention, SequenceEncoder

Layer = tuple[Tensor, Tensor]  # (to, from) weight and (to,) bias


@dataclass(frozen=True)
class Linear:
    """G linear layers side by side.

    Attributes:
        weight: (G, from, to).
        bias: (G, 1, to).
    """

    weight: Tensor
    bias: Tensor

    @classmethod
    def of(cls, layers: Sequence[Layer]) -> Self:
        """Put layers side by side."""
        weight = torch.stack([weight.T for weight, _ in layers])
        return cls(weight.float(), torch.stack([bias for _, bias in layers])[:, None].float())

    def __call__(self, x: Tensor) -> Tensor:
        """Map (G, C, from) to (G, C, to)."""
        return self.bias.baddbmm(x, self.weight)


@dataclass(frozen=True)
class ReaderBlock:
    """G transformer blocks side by side.

    Attributes:
        bias: (G, H, L, L) added to the logits of states that come newest first.
    """

    asks: Linear
    bias: Tensor
    finds: Linear
    widens: Linear
    narrows: Linear

    @classmethod
    def of(cls, blocks: Sequence[nn.ModuleDict]) -> Self:
        """Put blocks side by side."""
        return cls(
            asks=Linear.of([_asking(block) for block in blocks]),
            bias=torch.stack([_attention(block).newest_first_bias() for block in blocks]),
            finds=Linear.of([_finding(block) for block in blocks]),
            widens=Linear.of([_widening(block) for block in blocks]),
            narrows=Linear.of([layer_of(_feed_forward(block, 3)) for block in blocks]),
        )

    def __call__(self, x: Tensor, unread: Tensor | None, *, num_asking: int) -> Tensor:
        """Return the newest (G, B, num_asking, D) states after the block.

        Args:
            x: (G, B, L, D) states before it, newest first.
            unread: (B, 1, 1, L) as in `Latest`.
        """
        mixed = self._mixed(_normalised(x), unread, num_asking)
        states = x[:, :, :num_asking].flatten(1, 2) + self.finds(mixed)
        states = states + self.narrows(F.gelu(self.widens(_normalised(states))))
        return states.view(*x.shape[:2], num_asking, -1)

    def _mixed(self, x: Tensor, unread: Tensor | None, num_asking: int) -> Tensor:
        """Return (G, B * num_asking, H * D): what each head finds among (G, B, L, D)."""
        encoders, shoppers, length, dim = x.shape
        states = x.flatten(0, 1)
        asked = self.asks(x[:, :, :num_asking].flatten(1, 2))
        asked = asked.view(len(states), num_asking, -1, dim).transpose(1, 2).flatten(1, 2)
        bias = self.bias[:, None, :, :num_asking, :length]
        if unread is not None:
            bias = bias + unread
        bias = bias.expand(-1, shoppers, -1, -1, -1).flatten(2, 3).flatten(0, 1)
        shares = bias.baddbmm(asked, states.transpose(1, 2)).softmax(-1)
        found = shares.bmm(states).view(len(states), -1, num_asking, dim)
        return found.transpose(1, 2).reshape(encoders, shoppers * num_asking, -1)


class NewestReader:
    """What G encoders of one shape say after the newest event, without dropout.

    It holds a copy of their parameters as they are now.
    """

    def __init__(self, encoders: Sequence[SequenceEncoder]) -> None:
        layers = zip(*(encoder.blocks for encoder in encoders), strict=True)
        self._blocks = [
            ReaderBlock.of([cast(nn.ModuleDict, block) for block in layer]) for layer in layers
        ]

    def __call__(self, x: Tensor, unread: Tensor | None) -> Tensor:
        """Return the (G, B, D) states after the newest of (G, B, L, D) events, newest first.

        What `SequenceEncoder.forward` says there before the scale and shift of its last norm; see
        `after_norm`. The last block runs for that event only.

        Args:
            unread: (B, 1, 1, L) as in `Latest`.
        """
        for block in self._blocks[:-1]:
            x = block(x, unread, num_asking=x.shape[2])
        for block in self._blocks[-1:]:
            x = block(x, unread, num_asking=1)
        return _normalised(x[:, :, 0])


def after_norm(norm: nn.LayerNorm, layer: Layer) -> Layer:
    """Return a layer that does the scale and shift of the norm before it as well."""
    weight, bias = layer
    return weight * norm.weight.detach().double(), bias + weight @ norm.bias.detach().double()


def layer_of(linear: nn.Linear) -> Layer:
    """Return a linear layer's weight and bias as they are now, exact enough to be multiplied."""
    return linear.weight.detach().double(), linear.bias.detach().double()


def _asking(block: nn.ModuleDict) -> Layer:
    """Return what turns a state into what each head compares the other states with.

    The bias of the keys moves all logits of a head alike, so it falls away.
    """
    attention = _attention(block)
    weight, bias = after_norm(_norm(block, "norm_attention"), layer_of(attention.project_in))
    dim = weight.shape[1]
    by_head = weight[: 2 * dim].view(2, attention.heads, -1, dim)
    query, key = by_head * by_head.shape[2] ** -0.25
    asked = bias[:dim].view(attention.heads, -1, 1) * by_head.shape[2] ** -0.25
    return (key.mT @ query).flatten(0, 1), (key.mT @ asked).flatten()


def _finding(block: nn.ModuleDict) -> Layer:
    """Return what maps the mean states that the heads found to the attention's output."""
    attention = _attention(block)
    weight, bias = after_norm(_norm(block, "norm_attention"), layer_of(attention.project_in))
    dim = weight.shape[1]
    out_weight, out_bias = layer_of(attention.project_out)
    out = out_weight.view(dim, attention.heads, -1).transpose(0, 1)  # (H, D, D / H)
    value = weight[2 * dim :].view(attention.heads, -1, dim)
    return torch.cat([*(out @ value)], dim=1), out_bias + out_weight @ bias[2 * dim :]


def _widening(block: nn.ModuleDict) -> Layer:
    return after_norm(_norm(block, "norm_feed_forward"), layer_of(_feed_forward(block, 0)))


def _feed_forward(block: nn.ModuleDict, place: int) -> nn.Linear:
    return cast(nn.Linear, cast(nn.Sequential, block["feed_forward"])[place])


def _norm(block: nn.ModuleDict, name: str) -> nn.LayerNorm:
    return cast(nn.LayerNorm, block[name])


def _attention(block: nn.ModuleDict) -> CausalAttention:
    return cast(CausalAttention, block["attention"])


def _normalised(x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:])
