"""What is lost, and what is spared, where not every product is scored exactly.

`python -m benchmarks.first_look --data DIR [--vectors DIR] [--quick] [--shoppers N] [--json FILE]`
trains the product's model on DIR (interactions.csv, items.csv; vectors as benchmarks.quality keeps
them) without its holdouts, and asks for 200 products for each validation and test shopper: scored
in full, by a first look, and by clusters of vectors. It prints NDCG@10, the share of the exact
lists that is found, and milliseconds of one ranking, the ways taking turns. The exit status says
whether a first look finds .99 of each.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.datasets import load
from benchmarks.environment import environment
from fusion.config import TrainingConfig
from fusion.dataset.holdout import Holdout
from fusion.evaluation.evaluate import test_holdout
from fusion.evaluation.metrics import ndcg, ranks_of
from fusion.evaluation.ranking import questions
from fusion.network.recommender import Recommender
from fusion.retrieval.clusters import Clusters
from fusion.serving.ranker import Ranker, RankRequest
from fusion.training.run import Run
from fusion.training.train import fit_measured, start

K = 200
CUTS = (10, 20, 100, K)
BAR = 0.99
Figures = dict[str, Any]


def main() -> None:
    """Run, print, and write the JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--quick", action="store_true", help="train the small model")
    parser.add_argument("--shoppers", type=int, default=1_500, help="of each holdout")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    config = TrainingConfig.preset("quick" if options.quick else "standard")
    with tempfile.TemporaryDirectory() as folder:
        data = load(options.data, options.vectors)
        run = start(data, config, progress=lambda *_, **__: None, checkpoint_dir=Path(folder))
        found = measured(run, fit_measured(run)[0], options.shoppers)
    text = json.dumps({"environment": environment(), **found}, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text)
    raise SystemExit(not all(check["holds"] for check in found["checks"]))


def measured(run: Run, recommender: Recommender, shoppers: int) -> Figures:
    """Compare the ways on both holdouts, at most so many shoppers of each."""
    ways = {
        "exact": Ranker(recommender),
        "first look": Ranker(recommender, looks_first=True),
        "clusters": Ranker(recommender, retrieval=Clusters),
    }
    short = ways["first look"]._short_vectors
    holdouts = {"validation": run.watched, "test": test_holdout(run)}
    rng = np.random.default_rng(run.config.seed)
    found = {}
    for name, holdout in holdouts.items():
        chosen = holdout.take(np.sort(rng.permutation(len(holdout))[:shoppers]))
        found[name] = _compared(ways, _requests(run, chosen), run.data.item_ids[chosen.target])
    return {
        "products": run.data.num_items,
        "numbers_of_a_vector": ways["exact"].index.matrix.shape[1],
        "numbers_of_a_short_vector": None if short is None else len(short.columns),
        **found,
        "checks": [_check(name, found[name]["first look"]) for name in holdouts],
    }


def _requests(run: Run, holdout: Holdout) -> list[RankRequest]:
    """Return what each shopper asks: products they have not met."""
    found = []
    for history, forbidden in questions(run, holdout):
        for b, length in enumerate(history.lengths.tolist()):
            events = zip(history.items[b, :length], history.weights[b, :length], strict=True)
            met = frozenset(forbidden[b].nonzero()[:, 0].tolist())
            read = [(int(run.data.item_ids[item]), float(weight), 0) for item, weight in events]
            found.append(RankRequest(read, K, frozenset(run.data.item_ids[[*met]].tolist())))
    return found


def _compared(
    ways: dict[str, Ranker], requests: Sequence[RankRequest], target: NDArray[np.int64]
) -> Figures:
    """Ask one by one, the ways taking turns, so that other work on the cores meets them alike."""
    lists: dict[str, list[list[int]]] = {way: [] for way in ways}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for request in requests:
        for way, ranker in ways.items():
            started = time.perf_counter()
            answer = ranker.rank([request])[0]
            seconds[way].append(time.perf_counter() - started)
            lists[way].append([*answer.product_pks, *[0] * K][:K])
    exact = np.array(lists["exact"])
    return {
        way: {
            "n": len(requests),
            "ndcg@10": round(float(ndcg(ranks_of(np.array(found), target), 10).mean()), 5),
            **{f"recall@{cut}": _recall(found, exact, cut) for cut in CUTS},
            "p50_ms": round(float(np.median(seconds[way])) * 1000, 3),
        }
        for way, found in lists.items()
    }


def _recall(found: Sequence[list[int]], exact: NDArray[np.int64], cut: int) -> float:
    """Return the share of the exact first products that is among the first found."""
    pairs = zip(found, exact.tolist(), strict=True)
    return round(
        float(np.mean([len({*a[:cut]} & {*b[:cut]}) / len({*b[:cut]}) for a, b in pairs])), 4
    )


def _check(name: str, figures: Figures) -> Figures:
    least = min(figures[f"recall@{cut}"] for cut in CUTS)
    said = f"{name}: share of the exact list that a first look finds, the lowest of @{CUTS}"
    return {"name": said, "value": least, "bar": f">= {BAR}", "holds": least >= BAR}


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
