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
    """Return the strongest coefficients of each item, of either sign.

    What speaks against an item tells as much as what speaks for it: without them the table ranks
    worse than the regression it is taken from.

    Holds two dense (N+1, N+1) float64 matrices and takes about 2 N^3 operations: for catalogues
    of some thousand items.

    Args:
        pairs: all ties of interactions, fading with the moments between them.
        penalty: of the ridge; the larger, the less rare pairs count.
    """
    coefficients = torch.from_numpy(_coefficients(pairs, penalty).astype(np.float32))
    rows = coefficients.abs().topk(min(neighbours, len(coefficients)), dim=1).indices
    strengths = coefficients.gather(1, rows)
    return NeighbourTable(torch.where(strengths != 0, rows, 0).to(torch.int32), strengths)


def _coefficients(pairs: Pairs, penalty: float) -> NDArray[np.float64]:
    """Return the (N+1, N+1) regression of every item on all others."""
    gram = pairs.ties.toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] = pairs.counts + penalty
    inverse = np.linalg.inv(gram)
    coefficients: NDArray[np.float64] = -inverse / np.diag(inverse)
    coefficients[np.diag_indices_from(coefficients)] = 0
    return coefficients
