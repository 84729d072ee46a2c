"""Lists to per-shopper scores, and scores to means with intervals."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.quality.fitted import DEPTH, Lists
from fusion.evaluation import metrics
from fusion.evaluation.bootstrap import interval, paired, paired_ratio
from fusion.evaluation.hits import Hits, hits_of

Scores = NDArray[np.float64]
MEASURES: dict[str, Callable[[Hits], Scores]] = {
    "ndcg@10": lambda hits: hits.ndcg(10),
    "ndcg@20": lambda hits: hits.ndcg(20),
    "recall@10": lambda hits: hits.recall(10),
    "recall@20": lambda hits: hits.recall(20),
    "mrr@10": lambda hits: hits.reciprocal_rank(10),
    "mrr@20": lambda hits: hits.reciprocal_rank(20),
    "precision@10": lambda hits: hits.precision(10),
    "map@10": lambda hits: hits.average_precision(10),
}


def per_shopper(lists: list[Lists], relevant: sparse.csr_matrix) -> dict[str, Scores]:
    """Return (S,) scores by measure, each shopper's mean over the seeds."""
    hits = [hits_of(each, relevant) for each in lists]
    return {
        name: np.mean([measure(each) for each in hits], axis=0)
        for name, measure in MEASURES.items()
    }


def with_intervals(scores: dict[str, Scores], resamples: int) -> dict[str, Any]:
    """Return means with 95 % intervals."""
    rng = np.random.default_rng(0)
    return {
        name: asdict(interval(each, resamples=resamples, rng=rng)) for name, each in scores.items()
    }


def of_lists(lists: list[Lists], counts: Scores) -> dict[str, float]:
    """Return what the lists say about the catalogue, the mean over the seeds."""
    items = len(counts) - 1
    found = {
        f"coverage@{DEPTH}": [metrics.coverage(each, items) for each in lists],
        f"gini@{DEPTH}": [metrics.gini(each, items) for each in lists],
        f"novelty@{DEPTH}": [metrics.novelty(each, counts) for each in lists],
    }
    return {name: float(np.mean(values)) for name, values in found.items()}


def pair(ours: Scores, theirs: Scores, resamples: int) -> dict[str, Any]:
    """Return the paired difference and ratio of two contestants on the same shoppers."""
    seed = np.random.default_rng
    return {
        "difference": asdict(paired(ours, theirs, resamples=resamples, rng=seed(0))),
        "ratio": asdict(paired_ratio(ours, theirs, resamples=resamples, rng=seed(0))),
    }
