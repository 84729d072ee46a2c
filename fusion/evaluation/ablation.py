"""What each branch is worth: every subset of the branches, by how well known the item is."""

from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion.dataset.holdout import Holdout
from fusion.evaluation import metrics
from fusion.evaluation.bootstrap import interval, paired
from fusion.evaluation.contestants import RankedBy
from fusion.evaluation.ranking import ranked_lists
from fusion.evaluation.slices import kinds_of_items
from fusion.network.recommender import Recommender
from fusion.serving.ranker import Ranker
from fusion.training.run import Run
from fusion.training.seed import generator

SHOPPERS = 700  # of each kind of item; a subset more costs no more than these
Subset = tuple[str, ...]
Scores = dict[Subset, NDArray[np.float64]]  # (S,) NDCG@10 of each shopper


def ablation(
    run: Run, recommender: Recommender, test: Holdout, ranks: dict[str, metrics.Ranks]
) -> dict[str, Any]:
    """Compare all non-empty subsets of the branches on the same shoppers.

    A branch that is left out is treated as in an answer: its products are weighed as if they
    lacked that modality, and no weight is fitted again.

    Args:
        ranks: of the report's contestants, for all of `test`; subsets among them are not
            ranked a second time.

    Returns:
        `shoppers` by kind of held-out item, and for each of the `subsets` its `branches`,
        NDCG@10 by kind, and the paired difference to all branches by kind.
    """
    kinds = _sampled(run, kinds_of_items(recommender, test))
    asked = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *kinds.values()]))
    scores = _scores(run, recommender, test.take(asked), {n: r[asked] for n, r in ranks.items()})
    places = {kind: np.searchsorted(asked, chosen) for kind, chosen in kinds.items()}
    return {
        "shoppers": {kind: len(chosen) for kind, chosen in kinds.items()},
        "subsets": [_line(run, subset, scores, places) for subset in scores],
    }


def subsets(branches: Subset) -> list[Subset]:
    """Return the non-empty subsets, the largest first."""
    sizes = range(len(branches), 0, -1)
    return [subset for size in sizes for subset in combinations(branches, size)]


def _sampled(run: Run, kinds: dict[str, NDArray[np.bool_]]) -> dict[str, NDArray[np.int64]]:
    """Draw at most SHOPPERS places of each kind that has any."""
    rng = generator(run.config.seed, "ablation")
    found = {kind: np.flatnonzero(mask) for kind, mask in kinds.items() if mask.any()}
    return {
        kind: np.sort(rng.choice(places, min(SHOPPERS, len(places)), replace=False))
        for kind, places in found.items()
    }


def _scores(
    run: Run, recommender: Recommender, part: Holdout, ranks: dict[str, metrics.Ranks]
) -> Scores:
    """Return NDCG@10 of every subset for these shoppers."""
    known = _names(recommender.branches)
    scores: Scores = {}
    for subset in subsets(recommender.branches):
        measured = ranks.get(known.get(subset, ""))
        if measured is None:
            contestant = RankedBy(Ranker(recommender, branches=subset))
            lists = ranked_lists(contestant, run, part)
            measured = metrics.ranks_of(lists, part.target.astype(np.int64))
        scores[subset] = metrics.ndcg(measured, 10)
    return scores


def _names(branches: Subset) -> dict[Subset, str]:
    """Return the subsets that are contestants of the report, by their names there."""
    names: dict[Subset, str] = {
        tuple(each for each in branches if each != gone): f"late_fusion_without_{gone}"
        for gone in branches[1:]
    }
    return names | {(branch,): branch for branch in branches} | {branches: "late_fusion"}


def _line(
    run: Run, subset: Subset, scores: Scores, places: dict[str, NDArray[np.int64]]
) -> dict[str, Any]:
    """Return one subset's numbers for JSON."""
    ours, whole = scores[subset], next(iter(scores.values()))
    resamples = run.config.evaluation.resamples
    rng = generator(run.config.seed, "ablation intervals")
    return {
        "branches": list(subset),
        "ndcg@10": {
            kind: asdict(interval(ours[at], resamples=resamples, rng=rng))
            for kind, at in places.items()
        },
        "against_all": {
            kind: asdict(paired(ours[at], whole[at], resamples=resamples, rng=rng))
            for kind, at in places.items()
        },
    }
