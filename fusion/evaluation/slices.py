"""The same numbers for parts of the shoppers: where a model is strong, and where not."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion.dataset.holdout import Holdout
from fusion.evaluation import metrics
from fusion.network.recommender import Recommender
from fusion.training.run import Run

RARE_UP_TO = 4  # training interactions
SHORT_UP_TO = 3  # events of history; a long one has 4, so 5 with the held-out one


def slices(
    run: Run, recommender: Recommender, test: Holdout, ranks: dict[str, metrics.Ranks]
) -> dict[str, Any]:
    """Return shoppers and mean NDCG@10 of every contestant, by slice name."""
    return {
        name: {
            "shoppers": int(chosen.sum()),
            "ndcg@10": {
                contestant: float(metrics.ndcg(each[chosen], 10).mean())
                for contestant, each in ranks.items()
            },
        }
        for name, chosen in _masks(run, recommender, test).items()
        if chosen.any()
    }


def kinds_of_items(recommender: Recommender, test: Holdout) -> dict[str, NDArray[np.bool_]]:
    """Return which (S,) shoppers' held-out item has no, few or many training interactions."""
    seen = recommender.counts.cpu().numpy()[test.target]
    return {
        "cold item": seen == 0,
        "rare item": (seen > 0) & (seen <= RARE_UP_TO),
        "warm item": seen > RARE_UP_TO,
    }


def _masks(run: Run, recommender: Recommender, test: Holdout) -> dict[str, NDArray[np.bool_]]:
    """Return which (S,) shoppers belong to each slice."""
    length = test.history.stop - test.history.start
    masks = kinds_of_items(recommender, test) | {
        "short history": length <= SHORT_UP_TO,
        "long history": length > SHORT_UP_TO,
    }
    for name, features in run.data.modalities.items():
        masks[f"item without {name}"] = ~features.present[test.target]
    return masks
