"""Who is compared in a report: simple baselines, each branch alone, and the fusions."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fusion.network.early_fusion import EarlyFusionNetwork
from fusion.network.history import History
from fusion.network.item_to_item import ItemToItem, NeighbourTable
from fusion.network.late_fusion import LateFusion
from fusion.network.recommender import Recommender
from fusion.serving.item_index import ItemIndex
from fusion.serving.ranker import Ranker
from fusion.training.branches import LessonPlan
from fusion.training.neighbours import all_pairs, neighbour_table
from fusion.training.run import Run
from fusion.training.seed import torch_seeded
from fusion.training.validation import Scorer, dense_scorer, validation_ndcg

SHRINKAGES = (0.0, 10.0, 50.0)  # of item-kNN, tried on validation

# (B, L) history, K, (B, N+1) forbidden rows to (B, K) rows, best first, 0 where none is left.
Contestant = Callable[[History, int, Tensor], Tensor]


@dataclass(frozen=True)
class RankedBy:
    """A contestant that is served: it ranks through the serving code itself."""

    ranker: Ranker

    def __call__(self, history: History, k: int, forbidden: Tensor) -> Tensor:
        """Return (B, K) rows."""
        top = self.ranker.top(history, k, forbidden=forbidden)
        return torch.where(top.scores.isfinite(), top.rows, 0)


@dataclass(frozen=True)
class ScoredBy:
    """A contestant outside the fusion, searched with the same index and filters."""

    score: Scorer
    index: ItemIndex

    def __call__(self, history: History, k: int, forbidden: Tensor) -> Tensor:
        """Return (B, K) rows."""
        scores = self.score(history).masked_fill(forbidden, float("-inf"))
        values, rows = self.index.top_k(scores, k)
        return torch.where(values.isfinite(), rows, 0)


def popularity(counts: Tensor) -> Scorer:
    """Score every item by how often it was chosen."""

    def score(history: History) -> Tensor:
        return counts.expand(len(history.items), -1).clone()

    return score


def tuned_item_knn(run: Run, neighbours: int) -> Scorer:
    """Score by cosine neighbours of the history (Sarwar et al. 2001), shrinkage from validation."""
    known = run.split.interactions.select(run.split.train)
    pairs = all_pairs(
        known,
        run.data.num_shoppers,
        run.data.num_items,
        kernels=[(0.5, shrinkage) for shrinkage in SHRINKAGES],
        neighbours=neighbours,
    )
    scorers = [
        _item_knn(neighbour_table(pairs, neighbours=neighbours, exponent=0.5, shrinkage=each))
        for each in SHRINKAGES
    ]

    def value(scorer: Scorer) -> float:
        length = run.config.history_length
        return validation_ndcg(scorer, run.split.interactions, run.watched, length)

    return max(scorers, key=value)


def _item_knn(table: NeighbourTable) -> Scorer:
    """Score by one table, all events of the history alike."""
    width, neighbours = table.neighbours.shape
    network = ItemToItem(num_items=width - 1, neighbours=neighbours)
    network.fill(table, 1.0)

    def score(history: History) -> Tensor:
        return network.scores(history, width)

    return score


def early_fusion(run: Run, recommender: Recommender) -> Scorer:
    """Train early fusion like a branch: same data, same loop, same stopping rule."""
    features = [recommender.content_network(name).features for name in recommender.content]
    config, length = run.config.sequence, run.config.history_length
    with torch_seeded(run.config.seed, "early_fusion"):
        network = EarlyFusionNetwork(config, features=torch.cat(features, 1), max_length=length)
    known = run.split.interactions.select(run.split.train)
    lesson = LessonPlan(run, "measured", known, recommender.counts, None)
    lesson.fit("early_fusion", network, config, 0.0)
    return dense_scorer(network)


def equal_weights(recommender: Recommender) -> Recommender:
    """Return the recommender with every signal weighted alike: the plain sum of z-scores."""
    plain = copy.copy(recommender)
    plain._modules = dict(recommender._modules)
    plain.fusion = LateFusion(recommender.branches, lexical=recommender.shape.lexical > 0)
    return plain


def without(recommender: Recommender, branch: str) -> Ranker:
    """Return a ranker that hears all branches but one."""
    return Ranker(recommender, branches=[b for b in recommender.branches if b != branch])


def to_rows(lists: list[Tensor]) -> NDArray[np.int64]:
    """Join batches of rows into one (S, K) array."""
    return torch.cat(lists).cpu().numpy().astype(np.int64)
