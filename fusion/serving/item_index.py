"""Exact scores from one inner product that holds every branch.

The late fusion's weights factorise into shopper and item parts, so each item is ONE vector,
[g_1 v_1, g_2 v_2, …], each request one query, [w_1 u_1 / d_1, w_2 u_2 / d_2, …], and the fused
score their product. Only the item-to-item tables are no such product: they are added.

d_s, the spread of a signal over the catalogue for this shopper, needs no pass over the items: it
is sqrt(uᵀ C u) with C the covariance of the item vectors. Item vectors are centred, so a signal's
mean over the catalogue is 0 and an item without the branch (a zero vector) is neither
favoured nor hurt. Means and covariances are those of the catalogue the version was trained on:
products that join or change later move nobody else's score, and all workers agree.
"""

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional as F

from fusion.network.content_network import ContentReader
from fusion.network.history import History, Latest
from fusion.network.item_to_item import Entries
from fusion.network.recommender import Recommender
from fusion.network.sequence_network import SequenceReader
from fusion.retrieval.short_vectors import ShortVectors

EPSILON = 1e-8
SEQUENCE, POPULARITY = "sequence", "popularity"


@dataclass(frozen=True)
class Block:
    """The columns of one signal in the concatenated vectors, and its spread.

    Attributes:
        mean: (D,) that is taken off the vectors of items that have this signal.
        covariance: (D, D) of the centred vectors.
    """

    signal: int
    columns: slice
    mean: Tensor
    covariance: Tensor


@dataclass(frozen=True)
class Queries:
    """What B requests ask the index.

    Attributes:
        vectors: (B, W) concatenated weighted queries.
        tables: weighted and gated entries of each item-to-item table, by signal.
        are_typical: whether all have a history and leave the fitted weights as they are.
    """

    vectors: Tensor
    tables: dict[int, Entries]
    are_typical: bool

    def of(self, chosen: list[int]) -> "Queries":
        """Return what some of the requests ask."""
        tables = {s: Entries(t.rows[chosen], t.values[chosen]) for s, t in self.tables.items()}
        return Queries(self.vectors[chosen], tables, self.are_typical)


class ItemIndex:
    """All item vectors of one recommender, ready to be scored.

    Shapes: B requests, N items, M branches, S signals, W width of all blocks together.

    Args:
        branches: the branches that may speak; None means all. An item is then weighed as if
            the others were absent.
        is_scanned: whether whole catalogues are scored often; that takes a second copy of the
            matrix, in the order in which a processor reads it three times as fast.

    Attributes:
        matrix: (N+1, W) gated, centred item vectors of all inner-product signals.
        gates: (S, N+1) what each item weighs for each signal.
    """

    def __init__(
        self,
        recommender: Recommender,
        branches: Collection[str] | None = None,
        *,
        is_scanned: bool = True,
    ) -> None:
        fusion = recommender.fusion
        enabled = [branches is None or name in branches for name in fusion.branches]
        speaking = [
            signal
            for signal, branch in zip(fusion.signals, fusion.branch_of, strict=True)
            if enabled[branch]
        ]
        self.branch_of = fusion.branch_of
        self._enabled = torch.tensor(enabled, device=recommender.item_ids.device)
        self._adopt(recommender)
        # Kept apart from the matrix: the items of a history are looked up here.
        self._vectors = {s: v for s, v in signal_vectors(recommender).items() if s in speaking}
        self._ask = SignalQueries(recommender, self._vectors)
        self._item_to_item = {s: t for s, t in recommender.tables().items() if s in speaking}
        self.blocks = self._blocks()
        signal_of = torch.eye(len(fusion.signals), device=recommender.item_ids.device)
        self._columns_of_signal = _selector(self.blocks, signal_of)
        branch_of = torch.eye(len(fusion.branches), device=signal_of.device)[[*self.branch_of]]
        self._columns_of_branch = _selector(self.blocks, branch_of)
        self._covariance = torch.block_diag(*(block.covariance for block in self.blocks))
        self.matrix = self._placed(slice(None))
        self._columns = self.matrix.T
        if is_scanned and self.matrix.is_cpu:
            self._columns = self._columns.contiguous()

    def _adopt(self, recommender: Recommender) -> None:
        """Take over which items there are, and what each has."""
        fusion = recommender.fusion
        self._recommender = recommender
        self.product_pks = recommender.item_ids
        self.present = recommender.present() & self._enabled
        gates = fusion.item_gates[fusion.patterns(self.present)]
        self.gates = gates.T.contiguous()

    @torch.inference_mode()
    def _blocks(self) -> list[Block]:
        """Measure each inner-product signal over the items that have it."""
        blocks: list[Block] = []
        start = 0
        for name, vectors in self._vectors.items():
            signal = self._recommender.fusion.signals.index(name)
            has = self.present[:, self.branch_of[signal]].unsqueeze(-1).to(vectors.dtype)
            total = has.sum().clamp(min=1)
            mean = (vectors * has).sum(0) / total
            if name == POPULARITY:  # keeps its zero: without sales is not average
                mean = torch.zeros_like(mean)
            centred = (vectors - mean) * has
            columns = slice(start, start + vectors.shape[1])
            blocks.append(Block(signal, columns, mean, centred.T @ centred / total))
            start = columns.stop
        return blocks

    @torch.inference_mode()
    def _placed(self, rows: Tensor | slice) -> Tensor:
        """Return the (C, W) concatenated vectors of some rows."""
        parts = []
        for block, vectors in zip(self.blocks, self._vectors.values(), strict=True):
            has = self.present[rows, self.branch_of[block.signal]].unsqueeze(-1)
            gate = self.gates[block.signal, rows].unsqueeze(-1)
            parts.append((vectors[rows] - block.mean) * (has * gate))
        return torch.cat(parts, dim=1)

    @torch.inference_mode()
    def grown(self, recommender: Recommender, rows: Tensor) -> Self:
        """Return an index of a recommender that grew from this one's.

        Args:
            rows: (C,) of products that joined or changed; only these are computed.
        """
        index = copy.copy(self)
        index._adopt(recommender)
        joined = len(index.product_pks) - len(self.product_pks)
        index._vectors = {s: F.pad(v, (0, 0, 0, joined)) for s, v in self._vectors.items()}
        for name in index._vectors.keys() & recommender.content.keys():
            index._vectors[name][rows] = recommender.content_network(name).item_vectors(rows)
        index._item_to_item = {s: t for s, t in recommender.tables().items() if s in _of(self)}
        index.matrix = F.pad(self.matrix, (0, 0, 0, joined))
        index.matrix[rows] = index._placed(rows)
        index._columns = index.matrix.T
        if self._columns.is_contiguous():
            index._columns = F.pad(self._columns, (0, joined))
            index._columns[:, rows] = index.matrix[rows].T
        return index

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
        latest = Latest.of(history)
        raw = self._ask(latest, self._vectors)
        plain = torch.cat([raw[fusion.signals[block.signal]] for block in self.blocks], dim=1)
        variance = (plain @ self._covariance * plain) @ self._columns_of_signal.T  # (B, S)
        scale = weights * (variance + EPSILON).rsqrt()
        vectors = plain * (scale @ self._columns_of_signal)
        are_typical = multipliers is None and bool(history.lengths.all())
        return Queries(vectors, self._tables(latest, weights), are_typical)

    def _tables(self, latest: Latest, weights: Tensor) -> dict[int, Entries]:
        """Return what the item-to-item tables say under (B, S) weights."""
        found = {}
        for name, table in self._item_to_item.items():
            signal = self._recommender.fusion.signals.index(name)
            rows, values = table.entries(latest)
            gates = self.gates[signal].take(rows)
            found[signal] = Entries(rows, values * weights[:, signal : signal + 1] * gates)
        return found

    @torch.inference_mode()
    def scores(self, queries: Queries, short: ShortVectors | None = None) -> Tensor:
        """Return (B, N+1) fused scores; column 0, the padding row, is minus infinity.

        Args:
            short: foretells the inner products instead; what the tables say stays exact.
        """
        asked = queries.vectors
        scores = asked @ self._columns if short is None else short.scores(asked)
        for table in queries.tables.values():
            scores.scatter_add_(1, table.rows, table.values)
        scores[:, 0] = float("-inf")
        return scores

    @torch.inference_mode()
    def signals(self, queries: Queries, rows: Tensor) -> Tensor:
        """Return (B, C, S): what each signal adds to the scores of (B, C) rows."""
        places = range(len(self._columns_of_signal))
        return self._parts(queries, rows, self._columns_of_signal, places)

    @torch.inference_mode()
    def contributions(self, queries: Queries, rows: Tensor) -> Tensor:
        """Return (B, C, M): what each branch adds to the scores of (B, C) rows."""
        return self._parts(queries, rows, self._columns_of_branch, self.branch_of)

    def _parts(
        self, queries: Queries, rows: Tensor, columns_of_part: Tensor, part_of: Sequence[int]
    ) -> Tensor:
        """Return (B, C, P) scores taken apart.

        Args:
            columns_of_part: (P, W) selector.
            part_of: by signal.
        """
        by_part = queries.vectors.unsqueeze(1) * columns_of_part  # (B, P, W)
        # The few rows come first: the other way round takes five times as long.
        out = by_part.bmm(F.embedding(rows, self.matrix).mT).mT
        for signal, table in queries.tables.items():
            out[..., part_of[signal]] += table.at(rows, len(self.matrix))
        return out

    @torch.inference_mode()
    def top_k(self, scores: Tensor, k: int, rows: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the (B, K) best scores and rows, best first, ties by product key.

        Rows that may not be shown must hold minus infinity; K is at most C.

        Args:
            scores: (B, C).
            rows: (B, C) whose scores these are; None means all, in order.
        """
        k = min(k, scores.shape[1])
        values, places = scores.topk(min(k + 1, scores.shape[1]), dim=1)
        if (values[:, 1:] == values[:, :-1]).any():
            pks = self.product_pks.expand_as(scores) if rows is None else self.product_pks[rows]
            values, places = _settled(scores, values[:, :k], places[:, :k], pks)
        values, places = values[:, :k], places[:, :k]
        return values, places if rows is None else rows.gather(1, places)


def _settled(scores: Tensor, values: Tensor, places: Tensor, pks: Tensor) -> tuple[Tensor, Tensor]:
    """Return the (B, K) best values and their places, with ties in the order of the keys.

    Args:
        scores: (B, C).
        pks: (B, C) product keys.
    """
    k = values.shape[1]
    crowded = (scores >= values[:, -1:]).sum(1) > k
    for b in (crowded & values[:, -1].isfinite()).nonzero()[:, 0].tolist():
        tied = (scores[b] == values[b, -1]).nonzero()[:, 0]
        sure = int((scores[b] > values[b, -1]).sum())
        places[b, sure:] = tied[pks[b, tied].argsort()[: k - sure]]
    by_key = pks.gather(1, places).argsort(dim=1)
    values, places = values.gather(1, by_key), places.gather(1, by_key)
    values, order = values.sort(dim=1, descending=True, stable=True)
    return values, places.gather(1, order)


def _of(index: ItemIndex) -> Collection[str]:
    return index._item_to_item.keys()


def _selector(blocks: list[Block], part_of_signal: Tensor) -> Tensor:
    """Return (P, W): 1 where a column belongs to a part; (S, P) says so of the signals."""
    widths = torch.tensor([len(block.mean) for block in blocks], device=part_of_signal.device)
    of_blocks = part_of_signal[[block.signal for block in blocks]]
    return of_blocks.repeat_interleave(widths, dim=0).T.contiguous()


@torch.inference_mode()
def signal_vectors(recommender: Recommender) -> dict[str, Tensor]:
    """Return the (N+1, D) item vectors of every inner-product signal, by signal name."""
    width = len(recommender.item_ids)
    vectors = {}
    for name, network in recommender.dense_networks().items():
        own = network.item_vectors()
        # Products that joined after training have no behaviour vector.
        vectors[name] = torch.cat([own, own.new_zeros(width - len(own), own.shape[1])])
    vectors[POPULARITY] = recommender.counts.log1p().unsqueeze(-1)
    return vectors


class SignalQueries:
    """The queries of inner-product signals after the newest event.

    Args:
        signals: the names of those that are asked.
    """

    def __init__(self, recommender: Recommender, signals: Collection[str]) -> None:
        self._content_names = [name for name in recommender.content if name in signals]
        content = [recommender.content_network(name) for name in self._content_names]
        self._content = ContentReader(content) if content else None
        self._sequence = SequenceReader(recommender.sequence) if SEQUENCE in signals else None

    def __call__(self, latest: Latest, vectors: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return (B, D) queries by signal.

        Args:
            vectors: (N+1, D) by signal, as of `signal_vectors`.
        """
        queries = {POPULARITY: latest.weights.new_ones(len(latest.items), 1)}
        # Products that joined after training are zeros among the vectors: nothing to read.
        if self._sequence is not None:
            queries[SEQUENCE] = self._sequence(latest, vectors[SEQUENCE])
        if self._content is not None:
            found = self._content(latest, [vectors[name] for name in self._content_names])
            queries |= zip(self._content_names, found, strict=True)
        return queries
