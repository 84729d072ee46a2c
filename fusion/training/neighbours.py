"""Fit the co-occurrence table: which items are met close together, rare pairs shrunk.

Two interactions of one shopper count more the fewer moments lie between them, so the same table
works for baskets (one moment) and for long histories, where nearness says far more than
belonging to the same shopper. Ties are summed for some items at a time and pruned before the
next: nothing is items x items, and all pairs never lie in memory together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from fusion.config import CoOccurrenceConfig
from fusion.dataset.batches import moments
from fusion.dataset.data import Interactions
from fusion.network.item_to_item import NeighbourTable
from fusion.training.blocks import blocks

PAIRS = 2**21  # ties summed and pruned together; bounds the memory

Kernel = tuple[float, float]  # exponent and shrinkage
Rows = Callable[[int, int], sparse.csr_matrix]  # first and stop to the ties of those items
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """How strongly items are tied, before any normalisation.

    Attributes:
        ties: (N+1, N+1) sparse, without a diagonal; of each item those that are among the
            strongest under some kernel.
        counts: (N+1,) interactions per item, weighted.
    """

    ties: sparse.csr_matrix
    counts: Floats


def near_pairs(interactions: Interactions, num_items: int, config: CoOccurrenceConfig) -> Pairs:
    """Tie each interaction to the `reach` ones around it, less by `fade` per moment between.

    Memory: 24 bytes per interaction, and the ties that are kept.
    """
    order = np.argsort(interactions.item, kind="stable")
    edges = np.searchsorted(interactions.item[order], np.arange(num_items + 2))
    moment, step = moments(interactions), max(PAIRS // (2 * config.reach), 1)

    def rows(first: int, stop: int) -> sparse.csr_matrix:
        shape, last = (stop - first, num_items + 1), max(edges[stop], edges[first] + 1)
        parts = (
            _near(
                interactions,
                moment,
                order[start : min(start + step, edges[stop])],
                config,
                first,
                shape,
            )
            for start in range(edges[first], last, step)
        )
        return reduce(add, parts)

    counts = np.bincount(interactions.item, interactions.weight, minlength=num_items + 1)
    work = np.diff(edges) * 2 * config.reach
    return _pruned(rows, work, counts.astype(np.float64), config.kernels, config.neighbours)


def all_pairs(
    interactions: Interactions,
    num_shoppers: int,
    num_items: int,
    *,
    kernels: Sequence[Kernel] = (),
    neighbours: int = 0,
) -> Pairs:
    """Tie any two items of one shopper alike, however far apart: what item-kNN counts.

    Without kernels no tie is pruned.
    """
    ones = np.ones(len(interactions), dtype=np.float32)
    places = (interactions.shopper, interactions.item)
    met = sparse.csr_matrix((ones, places), shape=(num_shoppers, num_items + 1))
    met.data[:] = 1  # csr_matrix has summed repetitions
    shoppers = met.T.tocsr()

    def rows(first: int, stop: int) -> sparse.csr_matrix:
        return (shoppers[first:stop] @ met).tocsr()

    counts = np.asarray(met.sum(axis=0), dtype=np.float64).ravel()
    work = (shoppers @ np.diff(met.indptr)).astype(np.int64)
    return _pruned(rows, work, counts, kernels, neighbours)


def neighbour_table(
    pairs: Pairs, *, neighbours: int, exponent: float, shrinkage: float
) -> NeighbourTable:
    """Return the strongest neighbours of each item.

    The tie of i to j is divided by count(i)^(1 - exponent) count(j)^exponent + shrinkage: with
    .5 and 0 this is the cosine; a smaller exponent leaves popular j their advantage, and
    shrinkage keeps two items met together once from looking like twins.
    """
    size = (pairs.ties.shape[0], neighbours)
    columns, values = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=np.float32)
    for first, stop in blocks(np.diff(pairs.ties.indptr), PAIRS):
        ties = pairs.ties[first:stop].tocoo()
        strength = _strength(ties, first, pairs.counts, (exponent, shrinkage))
        place = _place(ties, strength)
        kept = place < neighbours
        at = (ties.row[kept] + first, place[kept])
        columns[at], values[at] = ties.col[kept], strength[kept]
    return NeighbourTable(torch.from_numpy(columns), torch.from_numpy(values))


def _near(
    interactions: Interactions,
    moment: NDArray[np.int64],
    own: NDArray[np.int64],
    config: CoOccurrenceConfig,
    first: int,
    shape: tuple[int, int],
) -> sparse.csr_matrix:
    """Sum the ties of the interactions at `own`; row 0 of the result is item `first`."""
    lags = np.setdiff1d(np.arange(-config.reach, config.reach + 1), [0])
    place = own[:, None] + lags
    other = np.clip(place, 0, len(interactions) - 1)
    is_met = (interactions.shopper[other] == interactions.shopper[own][:, None]) & (other == place)
    own, other = np.repeat(own, is_met.sum(1)), other[is_met]
    between = np.maximum(np.abs(moment[own] - moment[other]) - 1, 0)
    strength = np.sqrt(interactions.weight[own] * interactions.weight[other])
    strength = (strength * (config.fade ** np.arange(config.reach))[between]).astype(np.float32)
    at = (interactions.item[own] - first, interactions.item[other])
    return sparse.csr_matrix((strength, at), shape=shape)


def _pruned(
    rows: Rows, work: NDArray[np.int64], counts: Floats, kernels: Sequence[Kernel], neighbours: int
) -> Pairs:
    """Collect the ties of all items, of each only those a table of some kernel can hold.

    Args:
        work: (N+1,) what the ties of each item cost before they are summed.
    """
    parts = []
    for first, stop in blocks(work, PAIRS):
        ties = rows(first, stop).tocoo()
        strengths = [_strength(ties, first, counts, kernel) for kernel in kernels]
        kept = np.full(len(ties.data), not kernels)
        for strength in strengths:
            kept |= _place(ties, strength) < neighbours
        kept &= ties.row + first != ties.col
        at = (ties.row[kept], ties.col[kept])
        parts.append(sparse.csr_matrix((ties.data[kept], at), shape=ties.shape))
    return Pairs(sparse.vstack(parts, format="csr"), counts)


def _strength(
    ties: sparse.coo_matrix, first: int, counts: Floats, kernel: Kernel
) -> NDArray[np.float32]:
    """Return the normalised strength of each tie; 0 for that of an item to itself."""
    exponent, shrinkage = kernel
    own = (counts ** (1 - exponent))[ties.row + first]
    size = own * (counts**exponent)[ties.col] + shrinkage
    strength = ties.data / size
    return np.where(ties.row + first == ties.col, 0, strength).astype(np.float32)


def _place(ties: sparse.coo_matrix, strength: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the rank of each tie in its row, from 0; the smaller column first among equals."""
    order = np.lexsort((ties.col, -strength, ties.row))
    row = ties.row[order]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.searchsorted(row, row)
    return place
