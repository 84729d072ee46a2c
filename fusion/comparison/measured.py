"""NDCG and recall of two versions on the same shoppers, with paired intervals."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from fusion.evaluation import metrics
from fusion.evaluation.bootstrap import Floats, interval, paired
from fusion.evaluation.gate import CANDIDATE, MIN_SHOPPERS

RESAMPLES = 2000
MEASURES: dict[str, Callable[[metrics.Ranks], Floats]] = {
    "ndcg@10": lambda ranks: metrics.ndcg(ranks, 10),
    "recall@20": lambda ranks: metrics.recall(ranks, 20),
    "mrr": lambda ranks: metrics.reciprocal_rank(ranks, 20),
}


def on_news(first: Sequence[int], second: Sequence[int]) -> dict[str, Any]:
    """Compare by the ranks, from 1 or 0, that each version gave to what shoppers met next."""
    ranks: list[metrics.Ranks] = [np.array(each, dtype=np.int64) for each in (first, second)]
    scores = {name: [measure(each) for each in ranks] for name, measure in MEASURES.items()}
    return {"shoppers": len(first)} | _compared(scores)


def on_holdout(first: Path, second: Path) -> dict[str, Any] | None:
    """Compare by what two artifacts keep of each held-out shopper.

    None unless both were trained on the same data and tested on the same shoppers.
    """
    ours, theirs = _gate_inputs(first), _gate_inputs(second)
    same = ("data_hash", "shoppers", "occurred_at")
    if ours is None or theirs is None or any(ours[key] != theirs[key] for key in same):
        return None
    pair = [np.array(each["ndcg@10"][CANDIDATE], dtype=np.float64) for each in (ours, theirs)]
    return {"shoppers": len(pair[0])} | _compared({"ndcg@10": pair})


def _gate_inputs(folder: Path) -> Mapping[str, Any] | None:
    try:
        gate = json.loads((folder / "report.json").read_text(encoding="utf-8")).get("gate")
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except OSError:
        return None
    return {**gate, "data_hash": manifest["data_hash"]} if gate else None


def _compared(scores: Mapping[str, Sequence[Floats]]) -> dict[str, Any]:
    """Return means, differences and their intervals; no metrics for too few shoppers."""
    if any(len(pair[0]) < MIN_SHOPPERS for pair in scores.values()):
        return {"metrics": {}}
    rng = np.random.default_rng(0)
    return {
        "metrics": {
            name: {
                "first": asdict(interval(ours, resamples=RESAMPLES, rng=rng)),
                "second": asdict(interval(theirs, resamples=RESAMPLES, rng=rng)),
                "difference": asdict(paired(theirs, ours, resamples=RESAMPLES, rng=rng)),
            }
            for name, (ours, theirs) in scores.items()
        }
    }
