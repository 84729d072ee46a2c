"""Exact search over one inner product that holds every branch.

The late fusion's weights factorise into shopper and item parts, so each item is ONE vector,
[g_1 v_1, g_2 v_2, …], each request one query, [w_1 u_1 / d_1, w_2 u_2 / d_2, …], and the fused
score their product. Only the item-to-item tables are no such product: they are added.

d_s, the spread of a signal over the catalogue for this shopper, needs no pass over the items: it
is sqrt(uᵀ C u) with C the covariance of the item vectors. Item vectors are centred, so a signal's
mean over the catalogue is 0 and an item without the branch (a zero vector) is neither
favoured nor hurt.
"""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from fusion.network.history import History, newest
from fusion.network.recommender import Recommender

EPSILON = 1e-8


@dataclass(frozen=True)
class Block:
    """The columns of one signal in the concatenated vectors, and its spread.

    Attributes:
        covariance: (D, D) of the centred vectors of items that have this signal.
    """

    signal: int
    columns: slice
    covariance: Tensor


@dataclass(frozen=True)
class Queries:
    """What B requests ask the index.

    Attributes:
        vectors: (B, W) concatenated weighted queries.
        tables: (B, N+1) weighted and gated scores of each item-to-item table, by signal.
    """

    vectors: Tensor
    tables: dict[int, Tensor]


class ItemIndex:
    """All item vectors of one recommender, ready to be searched.

    Shapes: B requests, N items, M branches, S signals, W width of all blocks together.

    Args:
        branches: the branches that may speak; None means all. An item is then weighed as if
            the others were absent.
    """

    def __init__(self, recommender: Recommender, branches: Collection[str] | None = None) -> None:
        fusion = recommender.fusion
        enabled = [branches is None or name in branches for name in fusion.branches]
        self._recommender = recommender
        self.product_pks = recommender.item_ids
        self.present = recommender.present() & torch.tensor(enabled, device=self.product_pks.device)
        self.gates = fusion.item_gates[fusion.patterns(self.present)]  # (N+1, S)
        self.branch_of = fusion.branch_of
        self.blocks: list[Block] = []
        speaking = {s for s, m in zip(fusion.signals, self.branch_of, strict=True) if enabled[m]}
        # Kept apart from the matrix: the items of a history are looked up here.
        self._vectors = {s: v for s, v in signal_vectors(recommender).items() if s in speaking}
        self._item_to_item = {s: t for s, t in recommender.tables().items() if s in speaking}
        self.matrix = self._build()

    @torch.inference_mode()
    def _build(self) -> Tensor:
        """Concatenate the gated, centred item vectors of all inner-product signals."""
        parts: list[Tensor] = []
        width = 0
        for name, vectors in self._vectors.items():
            signal = self._recommender.fusion.signals.index(name)
            has = self.present[:, self.branch_of[signal]].unsqueeze(-1).to(vectors.dtype)
            total = has.sum().clamp(min=1)
            # Popularity keeps its zero: a product without sales must not look average.
            mean = 0.0 if name == "popularity" else (vectors * has).sum(0) / total
            centred = (vectors - mean) * has
            columns = slice(width, width + vectors.shape[1])
            self.blocks.append(Block(signal, columns, centred.T @ centred / total))
            parts.append(centred * self.gates[:, signal : signal + 1])
            width = columns.stop
        return torch.cat(parts, dim=1)

    @torch.inference_mode()
    def queries(self, history: History, multipliers: Tensor | None = None) -> Queries:
        """Turn histories into queries; an empty history asks for popularity only.

        Args:
            history: of B shoppers.
            multipliers: (B, S) factors on the fitted weights; None means 1.
        """
        fusion = self._recommender.fusion
        weights = fusion.shopper_weights[fusion.buckets(history.lengths)]  # (B, S)
        if multipliers is not None:
            weights = weights * multipliers
        raw = signal_queries(self._recommender, history, self._vectors)
        parts = []
        for block in self.blocks:
            query = raw[fusion.signals[block.signal]]
            variance = torch.einsum("bd,de,be->b", query, block.covariance, query)
            scale = weights[:, block.signal] * (variance + EPSILON).rsqrt()
            parts.append(query * scale.unsqueeze(-1))
        return Queries(torch.cat(parts, dim=1), self._tables(history, weights))

    def _tables(self, history: History, weights: Tensor) -> dict[int, Tensor]:
        """Return the scores of the item-to-item tables under (B, S) weights."""
        found = {}
        for name, table in self._item_to_item.items():
            signal = self._recommender.fusion.signals.index(name)
            scores = table.scores(history, len(self.product_pks))
            found[signal] = scores * weights[:, signal : signal + 1] * self.gates[:, signal]
        return found

    @torch.inference_mode()
    def scores(self, queries: Queries) -> Tensor:
        """Return (B, N+1) fused scores; column 0, the padding row, is minus infinity."""
        scores = queries.vectors @ self.matrix.T
        for table in queries.tables.values():
            scores += table
        scores[:, 0] = float("-inf")
        return scores

    @torch.inference_mode()
    def signals(self, queries: Queries, rows: Tensor) -> Tensor:
        """Return (B, C, S): what each signal adds to the scores of (B, C) rows."""
        out = queries.vectors.new_zeros(*rows.shape, self.gates.shape[1])
        items = self.matrix[rows]
        for block in self.blocks:
            product = items[..., block.columns] * queries.vectors[:, None, block.columns]
            out[..., block.signal] = product.sum(-1)
        for signal, table in queries.tables.items():
            out[..., signal] = table.gather(1, rows)
        return out

    @torch.inference_mode()
    def top_k(self, scores: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """Return the (B, K) best scores and rows, best first, ties by product key.

        Rows that may not be shown must hold minus infinity; K is at most N+1.
        """
        k = min(k, scores.shape[1])
        values, rows = scores.topk(k, dim=1)
        crowded = (scores >= values[:, -1:]).sum(1) > k
        for b in (crowded & values[:, -1].isfinite()).nonzero()[:, 0].tolist():
            tied = (scores[b] == values[b, -1]).nonzero()[:, 0]
            sure = int((scores[b] > values[b, -1]).sum())
            rows[b, sure:] = tied[self.product_pks[tied].argsort()[: k - sure]]
        by_key = self.product_pks[rows].argsort(dim=1)
        values, rows = values.gather(1, by_key), rows.gather(1, by_key)
        values, order = values.sort(dim=1, descending=True, stable=True)
        return values, rows.gather(1, order)


@torch.inference_mode()
def signal_vectors(recommender: Recommender) -> dict[str, Tensor]:
    """Return the (N+1, D) item vectors of every inner-product signal, by signal name."""
    width = len(recommender.item_ids)
    vectors = {}
    for name, network in recommender.dense_networks().items():
        own = network.item_vectors()
        # Products that joined after training have no behaviour vector.
        vectors[name] = torch.cat([own, own.new_zeros(width - len(own), own.shape[1])])
    vectors["popularity"] = recommender.counts.log1p().unsqueeze(-1)
    return vectors


def signal_queries(
    recommender: Recommender, history: History, vectors: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Return the (B, D) query of every inner-product signal after the newest event.

    `vectors` are those of `signal_vectors`, or some of them: only their signals are asked.
    """
    queries = {}
    for name, network in recommender.dense_networks().items():
        if name not in vectors:
            continue
        read = history
        if name == "sequence":
            trained = history.items <= recommender.shape.num_items
            read = history._replace(items=torch.where(trained, history.items, 0))
        queries[name] = newest(network.queries(read, vectors[name]), history.lengths)
    queries["popularity"] = history.weights.new_ones(len(history.items), 1)
    return queries
