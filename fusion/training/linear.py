"""Fit the item-to-item table of a small catalogue as a ridge regression.

EASE (Steck 2019) asks how each item follows from all others of a history. Here the Gram matrix
fades with the moments between two interactions, so that near ones explain most: the same closed
form, for histories whose order tells something.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from fusion.network.item_to_item import NeighbourTable
from fusion.training.neighbours import Pairs


def linear_table(pairs: Pairs, *, neighbours: int, penalty: float) -> NeighbourTable:
    """Return the strongest positive coefficients of each item.

    Holds two dense (N+1, N+1) float64 matrices and takes about 2 N^3 operations: for catalogues
    of some thousand items.

    Args:
        pairs: ties of interactions, fading with the moments between them.
        penalty: of the ridge; the larger, the less rare pairs count.
    """
    coefficients = torch.from_numpy(_coefficients(pairs, penalty).astype(np.float32))
    best = coefficients.topk(min(neighbours, len(coefficients)), dim=1)
    strengths = best.values.clamp(min=0)
    rows = torch.where(strengths > 0, best.indices, 0)
    return NeighbourTable(rows.to(torch.int32), strengths)


def _coefficients(pairs: Pairs, penalty: float) -> NDArray[np.float64]:
    """Return the (N+1, N+1) regression of every item on all others."""
    gram = pairs.ties.toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] = pairs.counts + penalty
    inverse = np.linalg.inv(gram)
    coefficients: NDArray[np.float64] = -inverse / np.diag(inverse)
    coefficients[np.diag_indices_from(coefficients)] = 0
    return coefficients
