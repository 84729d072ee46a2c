"""Late fusion: weights over branch scores, by shopper and by item, as plain numbers.

A branch gives one or more SIGNALS (behaviour: sequence, co_occurrence, popularity; text: text,
lexical; image: image). The fused score is

    score(u, i) = sum_s  w_s(u) g_s(i) z_s(u, i)

with z_s the signal, scaled for each shopper to unit spread over the catalogue (item-to-item tables:
by one factor for all); w_s(u) looked up
by the length of the history and g_s(i) by which branches the item is present in. The two factors
make the whole sum one inner product of concatenated vectors, whatever the weights are.

Shapes: B shoppers, N items, M branches, S signals, H history buckets, P = 2^M patterns.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

BEHAVIOUR, TEXT = "behaviour", "text"
LEXICAL = "lexical"
BEHAVIOUR_SIGNALS = ("sequence", "co_occurrence", "popularity")
HISTORY_EDGES = (2, 5, 20)  # buckets: 1, 2-4, 5-19, 20 and more events


class LateFusion(nn.Module):
    """The two weight tables, and which signal belongs to which branch.

    Args:
        branches: the M branch names; the first is always "behaviour".
        lexical: whether the text branch also brings the lexical signal.

    Attributes:
        shopper_weights: (H, S) w, never negative.
        item_gates: (P, S) g, by presence pattern; 0 where the pattern lacks the signal's branch.
    """

    shopper_weights: Tensor
    item_gates: Tensor
    edges: Tensor

    def __init__(self, branches: Sequence[str], *, lexical: bool = False) -> None:
        super().__init__()
        self.branches = tuple(branches)
        self.signals = BEHAVIOUR_SIGNALS + self.branches[1:]
        self.branch_of = (0,) * len(BEHAVIOUR_SIGNALS) + tuple(range(1, len(self.branches)))
        if lexical:
            self.signals += (LEXICAL,)
            self.branch_of += (self.branches.index(TEXT),)
        self.register_buffer(
            "shopper_weights", torch.ones(len(HISTORY_EDGES) + 1, len(self.signals))
        )
        self.register_buffer("item_gates", self.possible())
        self.register_buffer("edges", torch.tensor(HISTORY_EDGES), persistent=False)

    def possible(self) -> Tensor:
        """Return (P, S): 1 where the pattern has the signal's branch, else 0."""
        patterns = torch.arange(2 ** len(self.branches)).unsqueeze(1)
        bits = torch.tensor(self.branch_of).unsqueeze(0)
        return ((patterns >> bits) & 1).float()

    def patterns(self, present: Tensor) -> Tensor:
        """Return (N+1,) pattern numbers of (N+1, M) presence: bit m is set where branch m is."""
        bits = 2 ** torch.arange(len(self.branches), device=present.device)
        return (present.long() * bits).sum(-1)

    def buckets(self, lengths: Tensor) -> Tensor:
        """Return (B,) history buckets of (B,) lengths."""
        return torch.bucketize(lengths, self.edges, right=True)
