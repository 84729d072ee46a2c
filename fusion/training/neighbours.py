"""Fit the co-occurrence table: which items are met close together, rare pairs shrunk.

Two interactions of one shopper count more the fewer moments lie between them, so the same table
works for baskets (one moment) and for long histories, where nearness says far more than
belonging to the same shopper. One pass of sparse sums; nothing is items x items dense.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from fusion.config import CoOccurrenceConfig
from fusion.dataset.data import Interactions
from fusion.network.item_to_item import NeighbourTable

CHUNK = 4096  # items whose neighbours are chosen together; bounds the memory


@dataclass(frozen=True)
class Pairs:
    """How strongly items are tied, before any normalisation.

    Attributes:
        ties: (N+1, N+1) sparse and symmetric, without a diagonal.
        counts: (N+1,) interactions per item, weighted.
    """

    ties: sparse.csr_matrix
    counts: NDArray[np.float64]


def near_pairs(interactions: Interactions, num_items: int, config: CoOccurrenceConfig) -> Pairs:
    """Tie each interaction to the `reach` ones before it, less by `fade` per moment between.

    Memory: the distinct pairs, at most `reach` per interaction.
    """
    moments = _moments(interactions)
    size = (num_items + 1, num_items + 1)
    nothing = np.zeros(0, dtype=np.int32)
    ties = sparse.csr_matrix((nothing.astype(np.float32), (nothing, nothing)), shape=size)
    for lag in range(1, config.reach + 1):
        same = np.flatnonzero(interactions.shopper[lag:] == interactions.shopper[:-lag])
        if len(same) == 0:
            break
        older, newer = interactions.select(same), interactions.select(same + lag)
        between = np.maximum(moments[same + lag] - moments[same] - 1, 0)
        strength = np.sqrt(older.weight * newer.weight) * config.fade**between
        step = sparse.csr_matrix(
            (strength.astype(np.float32), (older.item, newer.item)), shape=size
        )
        ties = ties + step
    both = (ties + ties.T).tocsr()
    both.setdiag(0)
    both.eliminate_zeros()
    counts = np.bincount(interactions.item, interactions.weight, minlength=num_items + 1)
    return Pairs(both, counts.astype(np.float64))


def all_pairs(interactions: Interactions, num_shoppers: int, num_items: int) -> Pairs:
    """Tie any two items of one shopper alike, however far apart: what item-kNN counts."""
    ones = np.ones(len(interactions), dtype=np.float32)
    places = (interactions.shopper, interactions.item)
    met = sparse.csr_matrix((ones, places), shape=(num_shoppers, num_items + 1))
    met.data[:] = 1  # csr_matrix has summed repetitions
    ties = (met.T @ met).tocsr()
    ties.setdiag(0)
    ties.eliminate_zeros()
    return Pairs(ties, np.asarray(met.sum(axis=0), dtype=np.float64).ravel())


def neighbour_table(
    pairs: Pairs, *, neighbours: int, exponent: float, shrinkage: float
) -> NeighbourTable:
    """Return the strongest neighbours of each item.

    The tie of i to j is divided by count(i)^(1 - exponent) count(j)^exponent + shrinkage: with
    .5 and 0 this is the cosine; a smaller exponent leaves popular j their advantage, and
    shrinkage keeps two items met together once from looking like twins.
    """
    found = [
        _strongest(pairs, first, neighbours, exponent, shrinkage)
        for first in range(0, pairs.ties.shape[0], CHUNK)
    ]
    rows, values = (np.concatenate(part) for part in zip(*found, strict=True))
    return NeighbourTable(torch.from_numpy(rows), torch.from_numpy(values))


def _moments(interactions: Interactions) -> NDArray[np.int64]:
    """Return (E,) numbers that rise by 1 with every new moment of a shopper."""
    changed = (np.diff(interactions.shopper) != 0) | (np.diff(interactions.occurred_at) != 0)
    return np.concatenate([[0], np.cumsum(changed)])


def _strongest(
    pairs: Pairs, first: int, neighbours: int, exponent: float, shrinkage: float
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return (C, K) neighbours and strengths of one chunk of items, padded with 0."""
    ties = pairs.ties[first : first + CHUNK].tocoo()
    row, column = ties.row, ties.col
    size = pairs.counts[row + first] ** (1 - exponent) * pairs.counts[column] ** exponent
    value = (ties.data / (size + shrinkage)).astype(np.float32)
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    kept = place < neighbours
    columns = np.zeros((ties.shape[0], neighbours), dtype=np.int32)
    values = np.zeros((ties.shape[0], neighbours), dtype=np.float32)
    columns[row[kept], place[kept]] = column[kept]
    values[row[kept], place[kept]] = value[kept]
    return columns, values
