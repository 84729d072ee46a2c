"""What everybody buys, of all time and lately."""

import numpy as np
import torch
from torch import Tensor

from benchmarks.quality.fitted import Fitted, Peer, Settings, scored
from benchmarks.quality.questions import Asked
from benchmarks.quality.study import Study


def _popularity(study: Study, settings: Settings) -> Fitted:
    """Score by the number of interactions."""
    return _by_item(study.counts)


def _recent_popularity(study: Study, settings: Settings) -> Fitted:
    """Score by interactions that halve in weight per `half_life`, a share of the training span."""
    moments = study.learn.occurred_at
    age = (moments.max() - moments) / max(int(np.ptp(moments)), 1)
    weight = 0.5 ** (age / settings["half_life"])
    summed = np.bincount(study.learn.item, weight, minlength=study.data.num_items + 1)
    return _by_item(torch.from_numpy(summed).float())


def _by_item(scores: Tensor) -> Fitted:
    def score(asked: Asked) -> Tensor:
        return scores.expand(len(asked), -1)

    return scored(score)


PEERS = {
    "popularity": Peer("peer", _popularity),
    "recent_popularity": Peer(
        "peer", _recent_popularity, tuple({"half_life": h} for h in (0.02, 0.05, 0.1, 0.25, 0.5))
    ),
}
