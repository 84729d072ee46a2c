"""SAR: affinity times item similarity (Simple Algorithm for Recommendation, recommenders-team).

With ratings as weights, Jaccard and a half-life of 30 days it reproduces the published row of the
ml-100k table: the proof that splits, ranking and metrics here are those of that table.
"""

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from benchmarks.quality.fitted import Fitted, Settings, scored
from benchmarks.quality.questions import Asked
from benchmarks.quality.study import Study

HALF_LIFE = 30 * 24 * 3600  # seconds


def sar(study: Study, settings: Settings) -> Fitted:
    """Score by decayed, weighted affinities times the Jaccard similarity of items."""
    learn, met = study.learn, study.matrix
    both = (met.T @ met).toarray()
    own = np.diag(both)
    either = own[:, None] + own[None, :] - both
    likeness = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    age = learn.occurred_at.max() - learn.occurred_at
    weight = learn.weight * 0.5 ** (age / HALF_LIFE)
    affinity = sparse.csr_matrix((weight, (learn.shopper, learn.item)), shape=met.shape)
    table = affinity.astype(np.float64)

    def score(asked: Asked) -> Tensor:
        return torch.from_numpy(table[asked.shopper] @ likeness.astype(np.float64))

    return scored(score)
