"""All results as one JSON object."""

import math
from typing import Any

import numpy as np

from benchmarks.quality.contest import Result
from benchmarks.quality.measures import of_lists, pair, per_shopper, with_intervals
from benchmarks.quality.peers.ours import OURS
from benchmarks.quality.slices import LONG, slices
from benchmarks.quality.splits import Exam

SLICED = ("ndcg@10", "recall@20")


def cost_of(result: Result) -> dict[str, Any]:
    """Return how the settings were chosen, the seconds and the memory of one contestant."""
    return {
        "kind": result.kind,
        "settings_tried": [
            {
                "settings": tried.settings,
                "validation_ndcg@10": tried.ndcg,
                "fit_seconds": round(tried.fit.seconds, 2),
            }
            for tried in result.tried
        ],
        "chosen": result.chosen.settings | result.found,
        "validation_ndcg@10": result.chosen.ndcg,
        "seconds": {
            "choosing": round(result.choosing_seconds, 2),
            "fit_of_chosen": round(result.chosen.fit.seconds, 2),
            "refit": round(result.refit.seconds, 2),
            "ranking": round(result.ranking.seconds, 2),
        },
        "peak_memory_mib": round(result.peak_mib),
    }


def test_part(exam: Exam, results: dict[str, Result], resamples: int) -> dict[str, Any]:
    """Return what the test says: means, pairs with ours, slices."""
    counts = exam.final.counts.numpy().astype(np.float64)
    everyone = np.arange(len(exam.test))
    whole = {n: per_shopper(r.lists, exam.test.relevant) for n, r in results.items()}
    found: dict[str, Any] = {
        "shoppers": len(everyone),
        "contestants": {
            name: with_intervals(whole[name], resamples)
            | of_lists(result.lists, counts)
            | {"ndcg@10_by_seed": _by_seed(result, exam)}
            for name, result in results.items()
        },
        "slices": _slices(exam, results),
    }
    if OURS in results:
        long = {name: at for name, at, _ in slices(exam.final, exam.test)}.get(LONG, everyone[:0])
        parts = {"all": everyone, LONG: long}
        ndcg = {name: scores["ndcg@10"] for name, scores in whole.items()}
        found["late_fusion_against"] = {
            part: {n: pair(ndcg[OURS][at], s[at], resamples) for n, s in ndcg.items() if n != OURS}
            for part, at in parts.items()
            if len(at)
        }
    return found


def arrivals_part(exam: Exam, results: dict[str, Result], resamples: int) -> dict[str, Any]:
    """Return the same exam with only cold items in the running."""
    return {
        name: with_intervals(per_shopper(result.arrivals, exam.test.relevant), resamples)
        for name, result in results.items()
    }


def _slices(exam: Exam, results: dict[str, Result]) -> dict[str, Any]:
    """Return means of every contestant by slice."""
    found = {}
    for name, at, relevant in slices(exam.final, exam.test):
        scores = {
            n: per_shopper([lists[at] for lists in r.lists], relevant) for n, r in results.items()
        }
        found[name] = {"shoppers": len(at)} | {
            measure: {n: float(each[measure].mean()) for n, each in scores.items()}
            for measure in SLICED
        }
    return found


def _by_seed(result: Result, exam: Exam) -> list[float]:
    """Return the mean NDCG@10 of each seed."""
    single = [per_shopper([each], exam.test.relevant)["ndcg@10"] for each in result.lists]
    return [float(each.mean()) for each in single]


def plain(value: Any) -> Any:
    """Return the value with what JSON has no word for as text: a ratio to 0 is infinite."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "infinite"
    return value
