"""Requests to ranked items: used by the evaluation and by the serve worker alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fusion.dataset.batches import HistoryBatch, gather, shopper_spans
from fusion.dataset.data import Interactions, ModalityFeatures
from fusion.network.history import History
from fusion.network.recommender import Recommender
from fusion.serving.item_index import ItemIndex, Queries

FUSED = "fused"


@dataclass(frozen=True)
class RankRequest:
    """One shopper's question.

    Attributes:
        history: (product_pk, weight, occurred_at) oldest first; unknown products are skipped.
        k: how many items are wanted.
        exclude: products that must not appear.
        candidates: rank these products only; None means the whole catalogue.
        branch_weights: factors on the fitted branch weights; an absent branch counts 1.
    """

    history: Sequence[tuple[int, float, int]]
    k: int
    exclude: frozenset[int] = frozenset()
    candidates: Sequence[int] | None = None
    branch_weights: dict[str, float] | None = None


@dataclass(frozen=True)
class RankedItem:
    """One item of an answer; the contributions add up to the score.

    `behaviour` holds what sequence, co-occurrence and popularity say together: all three are
    what shoppers did.
    """

    product_pk: int
    score: float
    contributions: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Top:
    """The best items of B requests as tensors.

    Attributes:
        rows: (B, K) item rows, best first.
        scores: (B, K) fused scores; minus infinity where a request has fewer than K items.
        contributions: (B, K, M) what each branch adds.
    """

    rows: Tensor
    scores: Tensor
    contributions: Tensor


class Ranker:
    """Answers requests with one recommender; safe to share between threads.

    Args:
        device: where the network and the index live.
        branches: the branches that may speak; None means all.

    Attributes:
        hidden: (N+1,) rows that are switched off.
    """

    def __init__(
        self,
        recommender: Recommender,
        *,
        device: str = "cpu",
        branches: Collection[str] | None = None,
    ) -> None:
        self.recommender = recommender.to(device).eval()
        self.device = device
        self._branches = branches
        self.index = ItemIndex(self.recommender, branches)
        self._vocabulary = recommender.vocabulary()
        self.hidden = torch.zeros(len(self._vocabulary), dtype=torch.bool, device=device)

    def rank(self, requests: Sequence[RankRequest]) -> list[list[RankedItem]]:
        """Answer all requests with one forward pass.

        A request with an empty or unknown history gets the popular items, their whole score
        under "behaviour".
        """
        if not requests:
            return []
        history = History.from_batch(self._histories(requests), self.device)
        top = self.top(
            history,
            max(request.k for request in requests),
            forbidden=self._forbidden(requests),
            multipliers=self._multipliers(requests),
        )
        return self._answers(top, requests)

    @torch.inference_mode()
    def top(
        self,
        history: History,
        k: int,
        *,
        forbidden: Tensor | None = None,
        multipliers: Tensor | None = None,
    ) -> Top:
        """Rank for B histories.

        Args:
            forbidden: (B, N+1) bool, True where an item must not appear for a shopper.
            multipliers: (B, S) factors on the fitted signal weights.
        """
        queries = self.index.queries(history, multipliers)
        scores = self.index.scores(queries)
        scores = scores.masked_fill_(self.hidden, float("-inf"))
        if forbidden is not None:
            scores = scores.masked_fill_(forbidden, float("-inf"))
        values, rows = self.index.top_k(scores, k)
        contributions = self._contributions(queries, rows)
        # Their sum, not the product of the long vectors: the two differ by rounding.
        values = contributions.sum(-1).masked_fill(values.isinf(), float("-inf"))
        return Top(rows, values, contributions)

    @torch.inference_mode()
    def place(self, request: RankRequest, product_pk: int) -> tuple[int, RankedItem] | None:
        """Return the place of one product in the whole ranking, from 1, and what it scores there.

        Exact at any depth: it counts the products that may be shown and rank before it. None
        where the product is unknown.
        """
        row = self.rows([product_pk])
        if int(row) == 0:
            return None
        history = History.from_batch(self._histories([request]), self.device)
        queries = self.index.queries(history, self._multipliers([request]))
        scores = self.index.scores(queries)[0]
        own = scores[row].clone()
        scores[self.hidden | self._forbidden([request])[0]] = float("-inf")
        is_before = (scores > own) | ((scores == own) & (self.index.product_pks < product_pk))
        parts = self._contributions(queries, row.unsqueeze(0))[0, 0].tolist()
        names = self.recommender.branches
        item = RankedItem(product_pk, float(own), dict(zip(names, parts, strict=True)))
        return int(is_before[1:].sum()) + 1, item

    def _contributions(self, queries: Queries, rows: Tensor) -> Tensor:
        """Return (B, K, M): what each branch adds to the scores of (B, K) rows."""
        signals = self.index.signals(queries, rows)
        branch_of = torch.tensor(self.index.branch_of, device=rows.device)
        per_branch = signals.new_zeros(*rows.shape, len(self.recommender.branches))
        return per_branch.index_add_(2, branch_of, signals)

    def similar(self, product_pk: int, k: int, by: str = FUSED) -> list[RankedItem]:
        """Return the products that go with one product, popularity left aside.

        Empty where the product is unknown or the branch has nothing on it.

        Raises:
            ValueError: there is no branch of that name.
        """
        branches = self.recommender.branches
        if by != FUSED and by not in branches:
            raise ValueError(f"There is no branch {by!r}; use 'fused' or one of {branches}.")
        row = int(self._vocabulary.rows([product_pk])[0])
        speaking = self.index.present[row]
        if row == 0 or not bool(speaking.any() if by == FUSED else speaking[branches.index(by)]):
            return []
        chosen = {name: float(by in (FUSED, name)) for name in branches}
        request = RankRequest([(product_pk, 1.0, 0)], k, frozenset({product_pk}), None, chosen)
        history = History.from_batch(self._histories([request]), self.device)
        multipliers = self._multipliers([request])
        multipliers[:, self.recommender.fusion.signals.index("popularity")] = 0
        forbidden = self._forbidden([request])
        top = self.top(history, k, forbidden=forbidden, multipliers=multipliers)
        return [item for item in self._answers(top, [request])[0] if item.score > 0]

    def with_products(
        self, product_pks: NDArray[np.int64], modalities: dict[str, ModalityFeatures]
    ) -> Self:
        """Return a ranker that also knows these products; no retraining, weights are shared.

        Args:
            product_pks: (C,) int64.
            modalities: features of C+1 rows; row c + 1 belongs to product c.
        """
        grown = self.recommender.with_products(product_pks, modalities)
        ranker = type(self)(grown, device=self.device, branches=self._branches)
        ranker.hidden[: len(self.hidden)] = self.hidden
        return ranker

    def without_products(self, product_pks: Sequence[int]) -> Self:
        """Return a ranker sharing everything with this one that hides exactly these products."""
        ranker = type(self).__new__(type(self))
        ranker.__dict__.update(self.__dict__)
        ranker.hidden = torch.zeros_like(self.hidden)
        ranker.hidden[self.rows(product_pks)] = True
        return ranker

    def rows(self, product_pks: Collection[int]) -> Tensor:
        """Return the rows of the known products among these; row 0 stands for the others."""
        return torch.from_numpy(self._vocabulary.rows(list(product_pks))).to(self.device)

    def _histories(self, requests: Sequence[RankRequest]) -> HistoryBatch:
        """Read the histories of all requests, unknown products left out."""
        events = [(b, *event) for b, request in enumerate(requests) for event in request.history]
        columns = np.array(events, dtype=np.float64).reshape(-1, 4)
        rows = self._vocabulary.rows(columns[:, 1].astype(np.int64))
        read = Interactions(
            shopper=columns[:, 0].astype(np.int32),
            item=rows.astype(np.int32),
            occurred_at=columns[:, 3].astype(np.int64),
            weight=columns[:, 2].astype(np.float32),
        ).select(rows > 0)
        spans = shopper_spans(read, len(requests))
        return gather(read, spans, self.recommender.config.history_length)

    def _forbidden(self, requests: Sequence[RankRequest]) -> Tensor:
        """Return (B, N+1): excluded products, and all that are no candidates where given."""
        shape = (len(requests), len(self._vocabulary))
        forbidden = torch.zeros(shape, dtype=torch.bool, device=self.device)
        for b, request in enumerate(requests):
            if request.candidates is not None:
                forbidden[b] = True
                forbidden[b, self.rows(request.candidates)] = False
            forbidden[b, self.rows(request.exclude)] = True
        return forbidden

    def _multipliers(self, requests: Sequence[RankRequest]) -> Tensor:
        """Return (B, S) factors on the signal weights."""
        names = self.recommender.branches
        rows = [[(r.branch_weights or {}).get(name, 1.0) for name in names] for r in requests]
        return torch.tensor(rows, device=self.device)[:, list(self.index.branch_of)]

    def _answers(self, top: Top, requests: Sequence[RankRequest]) -> list[list[RankedItem]]:
        """Turn tensors into items, dropping the places no item may take."""
        names = self.recommender.branches
        pks = self.index.product_pks[top.rows].tolist()
        scores, parts = top.scores.tolist(), top.contributions.tolist()
        return [
            [
                RankedItem(pk, score, dict(zip(names, part, strict=True)))
                for pk, score, part in zip(pks[b], scores[b], parts[b], strict=True)
                if score > float("-inf")
            ][: request.k]
            for b, request in enumerate(requests)
        ]
