"""Requests to ranked items: used by the evaluation and by the serve worker alike."""

import copy
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fusion.dataset.batches import HistoryBatch
from fusion.dataset.data import ModalityFeatures
from fusion.network.history import History
from fusion.network.recommender import Recommender
from fusion.retrieval.short_vectors import ShortVectors
from fusion.retrieval.vector_index import Retrieval, VectorIndex
from fusion.serving.first_look import first_look
from fusion.serving.item_index import ItemIndex, Queries
from fusion.serving.ranking import Ranking, no_items
from fusion.serving.shortlists import likely_keys, with_strongest

FUSED = "fused"
GATHERED_COSTS = 10  # times what a row costs that is read in its turn
FEWEST_PASS, SHARE_PASSES = 400, 50  # more rows than wanted pass a first look; or one in so many


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
        retrieval: makes the vector index that names the likely items of a large catalogue;
            None means that all items are scored for each request.
        looks_first: whether all items are scored by short vectors first where that is quicker,
            and only the best of them exactly.

    Attributes:
        hidden: (N+1,) rows that are switched off.
    """

    def __init__(
        self,
        recommender: Recommender,
        *,
        device: str = "cpu",
        branches: Collection[str] | None = None,
        retrieval: Retrieval | None = None,
        looks_first: bool = False,
    ) -> None:
        self.recommender = recommender.to(device).eval()
        self.device = device
        self.index = ItemIndex(self.recommender, branches, is_scanned=retrieval is None)
        self._vocabulary = recommender.vocabulary()
        self.hidden = torch.zeros(len(self._vocabulary), dtype=torch.bool, device=device)
        self._branch_of = torch.tensor(self.index.branch_of, device=device)
        self._retrieval: VectorIndex | None = None
        if retrieval is not None:
            self._retrieval = retrieval(self.index.product_pks[1:], self.index.matrix[1:])
        self._short_vectors = first_look(self.index) if looks_first else None

    @torch.inference_mode()
    def rank(self, requests: Sequence[RankRequest]) -> list[Ranking]:
        """Answer all requests with one forward pass.

        A request with an empty or unknown history gets the popular items, their whole score
        under "behaviour".
        """
        if not requests:
            return []
        return self._ranked(self._queries(requests), requests)

    def _queries(self, requests: Sequence[RankRequest]) -> Queries:
        return self.index.queries(self._histories(requests), self._multipliers(requests))

    def _ranked(self, queries: Queries, requests: Sequence[RankRequest]) -> list[Ranking]:
        """Rank the few rows that a request is about, or that are likely for it, else all rows."""
        answers = self._short(queries, requests)
        rest = [b for b in range(len(requests)) if b not in answers]
        if rest:
            chosen = [requests[b] for b in rest]
            asked = queries if len(rest) == len(requests) else queries.of(rest)
            k = max(r.k for r in chosen)
            top = self._scan(asked, k, partial(self._hide, chosen), self._first_look(asked, k))
            answers |= dict(zip(rest, self._answers(top, chosen), strict=True))
        return [answers[b] for b in range(len(requests))]

    def _short(self, queries: Queries, requests: Sequence[RankRequest]) -> dict[int, Ranking]:
        """Return the answers, by request, that need no pass over the whole catalogue."""
        answers = {}
        wide = []
        for b, request in enumerate(requests):
            if request.candidates is None:
                wide.append(b)
            elif len(request.candidates) * GATHERED_COSTS < len(self._vocabulary):
                rows = self._shown(self.rows(request.candidates), request)
                answers[b] = self._among(queries.of([b]), rows, request)
        if wide and self._retrieval is not None:
            for b, rows in zip(wide, self._likely(queries, requests, wide), strict=True):
                if len(rows) >= requests[b].k:
                    answers[b] = self._among(queries.of([b]), rows, requests[b])
        return answers

    def _likely(
        self, queries: Queries, requests: Sequence[RankRequest], wide: list[int]
    ) -> Iterator[Tensor]:
        """Give the likely rows of some requests; none where the vector index is out of order."""
        assert self._retrieval is not None
        asked = queries.of(wide)
        most = max(requests[b].k + len(requests[b].exclude) for b in wide)
        keys = likely_keys(self._retrieval, asked, min(most, len(self._vocabulary)))
        known = self._vocabulary.rows(keys.cpu().numpy().ravel()).reshape(keys.shape)
        found = torch.from_numpy(known).to(self.device)
        if not found.shape[1]:
            return iter([found[0]] * len(wide))
        rows = with_strongest(found, asked)
        return (self._shown(each, requests[b]) for each, b in zip(rows, wide, strict=True))

    def _among(self, queries: Queries, rows: Tensor, request: RankRequest) -> Ranking:
        """Rank (C,) rows for one request."""
        if not len(rows):
            return no_items(self.recommender.branches)
        scores = self.index.contributions(queries, rows.unsqueeze(0)).sum(-1)
        _, best = self.index.top_k(scores, request.k, rows.unsqueeze(0))
        contributions = self.index.contributions(queries, best)
        return self._answers(Top(best, contributions.sum(-1), contributions), [request])[0]

    def _shown(self, rows: Tensor, request: RankRequest) -> Tensor:
        """Return each known row once that a request may show, in order."""
        rows = torch.unique(rows)
        is_out = self.hidden[rows] | torch.isin(rows, self.rows(request.exclude))
        return rows[~is_out & (rows > 0)]

    @torch.inference_mode()
    def top(
        self,
        history: History,
        k: int,
        *,
        forbidden: Tensor | None = None,
        multipliers: Tensor | None = None,
    ) -> Top:
        """Rank all items for B histories, exactly.

        Args:
            forbidden: (B, N+1) bool, True where an item must not appear for a shopper.
            multipliers: (B, S) factors on the fitted signal weights.
        """

        def hide(scores: Tensor) -> None:
            if forbidden is not None:
                scores.masked_fill_(forbidden, float("-inf"))

        return self._scan(self.index.queries(history, multipliers), k, hide)

    def _first_look(self, queries: Queries, k: int) -> ShortVectors | None:
        """Return the short vectors where they spare work and are made for such queries."""
        read = len(queries.vectors) * self._num_passing(k) * GATHERED_COSTS
        spares_work = queries.are_typical and read < len(self._vocabulary)
        return self._short_vectors if spares_work else None

    def _num_passing(self, k: int) -> int:
        return k + max(FEWEST_PASS, len(self._vocabulary) // SHARE_PASSES)

    def _scan(
        self,
        queries: Queries,
        k: int,
        hide: Callable[[Tensor], None],
        short: ShortVectors | None = None,
    ) -> Top:
        """Score every item; `hide` writes minus infinity over (B, N+1) scores.

        Args:
            short: names the items that are scored exactly; None means all.
        """
        scores = self.index.scores(queries, short).masked_fill_(self.hidden, float("-inf"))
        hide(scores)
        values, rows = self.index.top_k(scores, k if short is None else self._num_passing(k))
        contributions = self.index.contributions(queries, rows)
        # Their sum, not the product of the long vectors: the two differ by rounding.
        values = contributions.sum(-1).masked_fill(values == float("-inf"), float("-inf"))
        if short is not None:
            # Stable: what is alike keeps its order, which is that of the keys.
            values, order = values.sort(dim=1, descending=True, stable=True)
            values, places = values[:, :k], order[:, :k]
            rows, contributions = rows.gather(1, places), _taken(contributions, places)
        return Top(rows, values, contributions)

    @torch.inference_mode()
    def place(self, request: RankRequest, product_pk: int) -> tuple[int, Ranking] | None:
        """Return the place of one product in the whole ranking, from 1, and the product alone.

        Exact at any depth: it counts the products that may be shown and rank before it. None
        where the product is unknown.
        """
        row = self.rows([product_pk])
        if int(row) == 0:
            return None
        queries = self._queries([request])
        table = self.index.scores(queries)
        scores, own = table[0], table[0, row]
        table.masked_fill_(self.hidden, float("-inf"))
        self._hide([request], table)
        is_before = (scores > own) | ((scores == own) & (self.index.product_pks < product_pk))
        contributions = self.index.contributions(queries, row.unsqueeze(0))
        [only] = self._answers(Top(row.unsqueeze(0), own.unsqueeze(0), contributions), [request])
        return int(is_before[1:].sum()) + 1, only

    @torch.inference_mode()
    def similar(self, product_pk: int, k: int, by: str = FUSED) -> Ranking:
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
            return no_items(branches)
        chosen = {name: float(by in (FUSED, name)) for name in branches}
        request = RankRequest([(product_pk, 1.0, 0)], k, frozenset({product_pk}), None, chosen)
        multipliers = self._multipliers([request])
        assert multipliers is not None
        multipliers[:, self.recommender.fusion.signals.index("popularity")] = 0
        [found] = self._ranked(
            self.index.queries(self._histories([request]), multipliers), [request]
        )
        return found[: int((found.scores > 0).sum())]

    def with_products(
        self, product_pks: NDArray[np.int64], modalities: dict[str, ModalityFeatures]
    ) -> Self:
        """Return a ranker that also knows these products; no retraining, weights are shared.

        The vector index is one and the same: it is changed in place.

        Args:
            product_pks: (C,) int64.
            modalities: features of C+1 rows; row c + 1 belongs to product c.
        """
        ranker = copy.copy(self)
        ranker.recommender = self.recommender.with_products(product_pks, modalities)
        ranker._vocabulary = ranker.recommender.vocabulary()
        rows = ranker.rows(product_pks)
        ranker.index = self.index.grown(ranker.recommender, rows)
        ranker.hidden = F.pad(self.hidden, (0, len(ranker._vocabulary) - len(self._vocabulary)))
        ranker._have_found(rows[~ranker.hidden[rows]])
        if self._short_vectors is not None:
            ranker._short_vectors = self._short_vectors.grown(ranker.index.matrix, rows)
        return ranker

    def without_products(self, product_pks: Sequence[int]) -> Self:
        """Return a ranker sharing everything with this one that hides exactly these products."""
        ranker = copy.copy(self)
        ranker.hidden = torch.zeros_like(self.hidden)
        ranker.hidden[self.rows(product_pks)] = True
        gone = (ranker.hidden & ~self.hidden).nonzero()[:, 0]
        if self._retrieval is not None and len(gone):
            self._retrieval.remove(self.index.product_pks[gone])
        self._have_found((self.hidden & ~ranker.hidden).nonzero()[:, 0])
        return ranker

    def _have_found(self, rows: Tensor) -> None:
        """Let the vector index know (C,) rows as they are now."""
        if self._retrieval is not None and len(rows):
            self._retrieval.put(self.index.product_pks[rows], self.index.matrix[rows])

    def rows(self, product_pks: Collection[int]) -> Tensor:
        """Return the rows of the known products among these; row 0 stands for the others."""
        return torch.from_numpy(self._vocabulary.rows(list(product_pks))).to(self.device)

    def _histories(self, requests: Sequence[RankRequest]) -> History:
        """Read the histories of all requests, unknown products left out."""
        read = [self._history(request) for request in requests]
        lengths = np.array([len(rows) for rows, _ in read])
        shape = len(read), max(int(lengths.max()), 1)
        items, weights = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
        for b, (own_rows, own_weights) in enumerate(read):
            items[b, : lengths[b]] = own_rows
            weights[b, : lengths[b]] = own_weights
        return History.from_batch(HistoryBatch(items, weights, lengths), self.device)

    def _history(self, request: RankRequest) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows and the weights of the newest known products."""
        rows = self._vocabulary.rows([pk for pk, _, _ in request.history])
        weights = np.array([weight for _, weight, _ in request.history], dtype=np.float32)
        known = rows.nonzero()[0][-self.recommender.config.history_length :]
        return rows[known], weights[known]

    def _hide(self, requests: Sequence[RankRequest], scores: Tensor) -> None:
        """Write minus infinity over (B, N+1) scores of excluded items and of no candidates."""
        for of_request, request in zip(scores, requests, strict=True):
            if request.candidates is not None:
                is_out = torch.ones_like(self.hidden)
                is_out[self.rows(request.candidates)] = False
                of_request.masked_fill_(is_out, float("-inf"))
            if request.exclude:
                of_request[self.rows(request.exclude)] = float("-inf")

    def _multipliers(self, requests: Sequence[RankRequest]) -> Tensor | None:
        """Return (B, S) factors on the signal weights; None where all are 1."""
        if not any(request.branch_weights for request in requests):
            return None
        names = self.recommender.branches
        rows = [[(r.branch_weights or {}).get(name, 1.0) for name in names] for r in requests]
        return torch.tensor(rows, device=self.device)[:, self._branch_of]

    def _answers(self, top: Top, requests: Sequence[RankRequest]) -> list[Ranking]:
        """Take the places that no item may take off the end of each answer."""
        counts = top.scores.isfinite().sum(1).tolist()  # the rest of a row is minus infinity
        pks = self.index.product_pks.take(top.rows).tolist()
        scores, parts = top.scores.cpu().numpy(), top.contributions.cpu().numpy()
        return [
            Ranking(self.recommender.branches, pks[b][:n], scores[b, :n], parts[b, :n])
            for b, n in enumerate(map(min, counts, (request.k for request in requests)))
        ]


def _taken(values: Tensor, places: Tensor) -> Tensor:
    """Return (B, K, M) of (B, C, M) at (B, K) places."""
    return values.gather(1, places.unsqueeze(-1).expand(-1, -1, values.shape[2]))
