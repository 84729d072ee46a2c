"""The report of a run: every contestant on the same shoppers, with intervals."""

import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fusion.config import TrainingConfig
from fusion.dataset.data import TrainingData
from fusion.dataset.holdout import Holdout
from fusion.evaluation import metrics
from fusion.evaluation.ablation import ablation
from fusion.evaluation.bootstrap import interval, paired
from fusion.evaluation.contestants import (
    Contestant,
    RankedBy,
    ScoredBy,
    early_fusion,
    equal_weights,
    popularity,
    tuned_item_knn,
    without,
)
from fusion.evaluation.listening import listening
from fusion.evaluation.ranking import DEPTH, Lists, ranked_lists
from fusion.evaluation.slices import slices
from fusion.network.history import History
from fusion.network.late_fusion import HISTORY_EDGES
from fusion.network.recommender import Recommender
from fusion.serving.ranker import Ranker
from fusion.training.progress import Progress
from fusion.training.run import Run
from fusion.training.seed import generator
from fusion.training.train import fit_measured, start

REPORT_SHARE = 0.45  # of an evaluation; what comes before was done when the run was trained
MEASURES: dict[str, Callable[[metrics.Ranks], metrics.Floats]] = {
    "recall@10": lambda ranks: metrics.recall(ranks, 10),
    "recall@20": lambda ranks: metrics.recall(ranks, 20),
    "ndcg@10": lambda ranks: metrics.ndcg(ranks, 10),
    "ndcg@20": lambda ranks: metrics.ndcg(ranks, 20),
    "mrr": lambda ranks: metrics.reciprocal_rank(ranks, DEPTH),
}


def evaluate(
    data: TrainingData, config: TrainingConfig, *, progress: Progress, checkpoint_dir: Path
) -> dict[str, Any]:
    """Measure a run of these settings on the test holdout, read once.

    With the checkpoint folder of `train` its finished stages are used again. Full ranking over
    all items the shopper has not met, through the serving code.

    Returns:
        The report, ready for JSON; `gate` holds what `gate.decide` needs.
    """
    began = time.monotonic()
    run = start(data, config, progress=progress, checkpoint_dir=checkpoint_dir)
    recommender, _ = fit_measured(run)
    test = test_holdout(run)
    lists = _all_lists(run, recommender, test)
    report = build_report(run, recommender, test, lists)
    report |= anatomy(run, recommender, test, lists)
    return report | {"seconds": round(time.monotonic() - began, 1)}


def _all_lists(run: Run, recommender: Recommender, test: Holdout) -> dict[str, Lists]:
    """Let everyone rank, one after the other, so that a person sees how far it is."""
    named = contestants(run, recommender)
    lists = {}
    for name, contestant in named.items():
        run.tell("report", REPORT_SHARE / len(named), f"Ranking by {name.replace('_', ' ')}.")
        lists[name] = ranked_lists(contestant, run, test)
    return lists


def test_holdout(run: Run) -> Holdout:
    """Return the test shoppers of the report, all or a sample."""
    size = run.config.evaluation.shoppers
    return run.split.test.sample(size, generator(run.config.seed, "test"))


def contestants(run: Run, recommender: Recommender) -> dict[str, Contestant]:
    """Return everyone who is compared, by name."""
    fused = Ranker(recommender)
    named: dict[str, Contestant] = {
        "popularity": ScoredBy(popularity(recommender.counts), fused.index),
        "item_knn": ScoredBy(tuned_item_knn(run, recommender.shape.neighbours), fused.index),
    }
    for branch in recommender.branches:
        named[branch] = RankedBy(Ranker(recommender, branches=[branch]))
    if run.config.evaluation.early_fusion and recommender.content:
        named["early_fusion"] = ScoredBy(early_fusion(run, recommender), fused.index)
    named["late_fusion_equal"] = RankedBy(Ranker(equal_weights(recommender)))
    for branch in recommender.branches[1:]:
        named[f"late_fusion_without_{branch}"] = RankedBy(without(recommender, branch))
    named["late_fusion"] = RankedBy(fused)
    return named


def anatomy(
    run: Run, recommender: Recommender, test: Holdout, lists: dict[str, Lists]
) -> dict[str, Any]:
    """Take the fusion apart on samples of the test shoppers, so that it costs little."""
    targets = test.target.astype(np.int64)
    ranks = {name: metrics.ranks_of(rows, targets) for name, rows in lists.items()}
    return {
        "ablation": ablation(run, recommender, test, ranks),
        "listening": listening(run, recommender, test),
    }


def build_report(
    run: Run, recommender: Recommender, test: Holdout, lists: dict[str, Lists]
) -> dict[str, Any]:
    """Turn ranked lists into numbers with intervals."""
    ranks = {
        name: metrics.ranks_of(rows, test.target.astype(np.int64)) for name, rows in lists.items()
    }
    scores = {name: metrics.ndcg(each, 10) for name, each in ranks.items()}
    return {
        "protocol": "leave-last-out, full ranking over unmet items",
        "measured_on": "branches trained without the holdouts, fusion fitted on validation only",
        "served_trained_on": "all interactions" if run.config.refit else "all but the holdouts",
        "shoppers": len(test),
        "items": run.data.num_items,
        "contestants": {
            name: _measured(run, ranks[name], lists[name], recommender) for name in lists
        },
        "against": _against(run, scores),
        "slices": slices(run, recommender, test, ranks),
        "weights": _weights(recommender),
        "gate": {
            "shoppers": test.shopper.tolist(),
            "occurred_at": test.occurred_at.tolist(),
            "ndcg@10": {n: scores[n].tolist() for n in ("popularity", "item_knn", "late_fusion")},
        },
        "environment": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "machine": platform.machine(),
            "threads": torch.get_num_threads(),
        },
    }


def _measured(run: Run, ranks: metrics.Ranks, lists: Lists, recommender: Recommender) -> Any:
    """Return all metrics of one contestant."""
    if len(ranks) == 0:
        return {}
    rng = generator(run.config.seed, "bootstrap")
    resamples = run.config.evaluation.resamples
    counts = recommender.counts.cpu().numpy().astype(np.float64)
    measured: dict[str, Any] = {
        name: asdict(interval(measure(ranks), resamples=resamples, rng=rng))
        for name, measure in MEASURES.items()
    }
    measured["coverage@20"] = metrics.coverage(lists, run.data.num_items)
    measured["gini@20"] = metrics.gini(lists, run.data.num_items)
    measured["novelty@20"] = metrics.novelty(lists, counts)
    return measured


def _against(run: Run, scores: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
    """Return the paired NDCG@10 difference of late fusion to every other contestant."""
    ours = scores["late_fusion"]
    rng = generator(run.config.seed, "paired")
    resamples = run.config.evaluation.resamples
    return {
        name: asdict(paired(ours, theirs, resamples=resamples, rng=rng))
        for name, theirs in scores.items()
        if name != "late_fusion" and len(ours)
    }


def _weights(recommender: Recommender) -> dict[str, Any]:
    """Return the fitted fusion weights, by history bucket, for people to read."""
    fusion = recommender.fusion
    return {
        "signals": list(fusion.signals),
        "history_edges": list(HISTORY_EDGES),  # events at which the next row of weights begins
        "by_history": fusion.shopper_weights.tolist(),
        "gates": fusion.item_gates.tolist(),
    }


def active_scores(
    active: Recommender, data: TrainingData, config: TrainingConfig, *, trained_until: int
) -> list[float | None]:
    """Return the active version's NDCG@10 on the shoppers of a candidate's report.

    Args:
        trained_until: cutoff of the active version's training data in unix seconds. A shopper
            whose held-out interaction is older gets None: that version has seen the answer.
    """
    run = Run(data, config, _silent, Path())
    test = test_holdout(run)
    ranker = Ranker(active)
    vocabulary = active.vocabulary()
    rows = vocabulary.rows(data.item_ids)  # the candidate's rows as the active version's
    to_ours = np.zeros(len(vocabulary), dtype=np.int64)
    to_ours[rows] = np.arange(len(rows))
    to_ours[0] = 0

    def translated(history: History, k: int, forbidden: Tensor) -> Tensor:
        theirs = torch.from_numpy(rows)
        hidden = torch.ones(len(forbidden), len(vocabulary), dtype=torch.bool)
        hidden[:, theirs] = forbidden
        hidden[:, 0] = True
        # The active version may have been trained on shorter histories.
        read = history._replace(items=theirs[history.items]).last(active.config.history_length)
        top = ranker.top(read, k, forbidden=hidden)
        return torch.from_numpy(to_ours)[torch.where(top.scores.isfinite(), top.rows, 0)]

    ranks = metrics.ranks_of(ranked_lists(translated, run, test), test.target.astype(np.int64))
    comparable = test.occurred_at >= trained_until
    pairs = zip(metrics.ndcg(ranks, 10).tolist(), comparable.tolist(), strict=True)
    return [score if fair else None for score, fair in pairs]


def _silent(stage: str, done: float, message: str = "", **curve_point: float) -> None:
    """Report nothing."""
