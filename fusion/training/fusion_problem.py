"""Held-out choices as numbers: what every signal said about the item and its rivals."""

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from fusion.dataset.batches import gather, met_items
from fusion.dataset.data import Interactions
from fusion.dataset.holdout import Holdout
from fusion.network.history import History
from fusion.network.recommender import Recommender
from fusion.serving.item_index import ItemIndex

BATCH = 128


@dataclass(frozen=True)
class FusionProblem:
    """V held-out choices among C candidates each; the chosen item is candidate 0.

    Attributes:
        signals: (V, C, S) scaled signals, unweighted; a repeated candidate is minus infinity
            in `bias` instead of being dropped.
        rows: (V, C) the candidates' item rows.
        patterns: (V, C) presence patterns of the candidates.
        buckets: (V,) history buckets.
        bias: (V, C) 0, or minus infinity where the candidate repeats another.
    """

    signals: Tensor
    rows: Tensor
    patterns: Tensor
    buckets: Tensor
    bias: Tensor

    def fused(self, shopper_weights: Tensor, item_gates: Tensor) -> Tensor:
        """Return (V, C) fused scores under (H, S) weights and (P, S) gates."""
        weights = shopper_weights[self.buckets].unsqueeze(1) * item_gates[self.patterns]
        return (self.signals * weights).sum(-1) + self.bias

    def part(self, chosen: Tensor) -> "FusionProblem":
        """Return the chosen shoppers' share of the problem."""
        return FusionProblem(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def with_absent(self, items: Tensor, pattern: int) -> "FusionProblem":
        """Return the problem as if (N+1,) bool `items` had the branches of `pattern` at most."""
        return replace(
            self, patterns=torch.where(items[self.rows], self.patterns & pattern, self.patterns)
        )

    def with_new(self, items: Tensor) -> "FusionProblem":
        """Return the problem as if (N+1,) bool `items` had come after the training.

        Rivals that really are without behaviour are left out: whether those are new or dead
        stock nobody can say yet.
        """
        has_behaviour = self.patterns % 2  # bit 0
        unknown = has_behaviour == 0
        unknown[:, 0] = False
        return replace(
            self,
            patterns=torch.where(items[self.rows], self.patterns - has_behaviour, self.patterns),
            bias=self.bias.masked_fill(unknown, float("-inf")),
        )


@torch.inference_mode()
def collect(
    recommender: Recommender, interactions: Interactions, holdout: Holdout, *, candidates: int
) -> FusionProblem:
    """Gather each signal's `candidates` strongest rivals of every held-out item.

    The recommender's own fusion weights must be neutral: all ones.

    Raises:
        ValueError: there is nothing held out.
    """
    if len(holdout) == 0:
        raise ValueError("The fusion needs held-out interactions to be fitted on.")
    index = ItemIndex(recommender)
    parts = [
        _collect_batch(recommender, index, interactions, holdout, start, candidates)
        for start in range(0, len(holdout), BATCH)
    ]
    return FusionProblem(*(torch.cat(part) for part in zip(*parts, strict=True)))


def _collect_batch(
    recommender: Recommender,
    index: ItemIndex,
    interactions: Interactions,
    holdout: Holdout,
    start: int,
    candidates: int,
) -> tuple[Tensor, ...]:
    """Collect one batch; the parts of a FusionProblem in order."""
    chosen = holdout.take(torch.arange(start, min(start + BATCH, len(holdout))).numpy())
    length = recommender.config.history_length
    history = History.from_batch(gather(interactions, chosen.history, length))
    queries = index.queries(history)
    total = index.scores(queries).clamp(min=-1e9)
    hidden = total.new_zeros(total.shape, dtype=torch.bool)
    hidden.scatter_(1, torch.from_numpy(met_items(interactions, chosen.history)), value=True)
    hidden[:, 0] = True
    count = min(candidates, total.shape[1] - 1)
    lists = [torch.from_numpy(chosen.target).long().unsqueeze(1)]
    tables = (table.dense(total.shape[1]) for table in queries.tables.values())
    for part in (total, *tables, *_by_block(index, queries.vectors)):
        lists.append(part.masked_fill(hidden, float("-inf")).topk(count, dim=1).indices)
    rows = torch.cat(lists, dim=1)
    bias = _repeated(rows).logical_or(hidden.gather(1, rows))
    bias[:, 0] = False
    fusion = recommender.fusion
    return (
        index.signals(queries, rows),
        rows,
        fusion.patterns(index.present)[rows],
        fusion.buckets(history.lengths),
        torch.zeros(rows.shape).masked_fill(bias, float("-inf")),
    )


def _by_block(index: ItemIndex, vectors: Tensor) -> list[Tensor]:
    """Return the (B, N+1) scores of each inner-product signal."""
    return [vectors[:, b.columns] @ index.matrix[:, b.columns].T for b in index.blocks]


def _repeated(rows: Tensor) -> Tensor:
    """Mark in (B, C) rows each one that stands further left as well."""
    order = rows.sort(dim=1, stable=True)
    same = torch.zeros_like(rows, dtype=torch.bool)
    same[:, 1:] = order.values[:, 1:] == order.values[:, :-1]
    return torch.zeros_like(same).scatter_(1, order.indices, same)
