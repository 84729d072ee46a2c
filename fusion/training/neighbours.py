"""Fit the co-occurrence table: EASE where its matrix fits in memory, cosine beyond.

EASE is the ridge regression of every item on all others with a zero diagonal (Steck 2019); its
closed form is one inverse of the Gram matrix. Items too rare for it, and all items of a large
catalogue, get cosine neighbours, which need no dense matrix.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from fusion.config import CoOccurrenceConfig
from fusion.dataset.data import Interactions
from fusion.network.item_to_item import NeighbourTable

CHUNK = 2048  # items whose neighbours are computed together; bounds the memory


def interaction_matrix(
    interactions: Interactions, num_shoppers: int, num_items: int
) -> sparse.csr_matrix:
    """Return the (shoppers, N+1) matrix of who met what, 1 per pair."""
    ones = np.ones(len(interactions), dtype=np.float32)
    places = (interactions.shopper, interactions.item)
    matrix = sparse.csr_matrix((ones, places), shape=(num_shoppers, num_items + 1))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def cosine_table(
    matrix: sparse.csr_matrix, *, neighbours: int, shrinkage: float = 1.0
) -> NeighbourTable:
    """Return the neighbours with the highest cosine, small counts shrunk towards 0."""
    width = matrix.shape[1]
    norms = np.sqrt(np.asarray(matrix.sum(axis=0)).ravel())
    columns = matrix.tocsc()
    found = [
        _top_of_sparse(
            columns[:, start : start + CHUNK], columns, start, norms, neighbours, shrinkage
        )
        for start in range(0, width, CHUNK)
    ]
    rows, values = (np.concatenate(part) for part in zip(*found, strict=True))
    return NeighbourTable(torch.from_numpy(rows), torch.from_numpy(values))


def _top_of_sparse(
    chunk: sparse.csc_matrix,
    columns: sparse.csc_matrix,
    start: int,
    norms: NDArray[np.float32],
    neighbours: int,
    shrinkage: float,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return (C, K) neighbours and cosines of one chunk of items."""
    shared = (chunk.T @ columns).tocoo()
    row, column = shared.row, shared.col
    cosine = shared.data / (norms[row + start] * norms[column] + shrinkage)
    keep = column != row + start
    return _best(row[keep], column[keep], cosine[keep], chunk.shape[1], neighbours)


def _best(
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    value: NDArray[np.float32],
    num_rows: int,
    neighbours: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Keep the K largest of each row, as two (num_rows, K) arrays padded with 0."""
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    kept = place < neighbours
    columns = np.zeros((num_rows, neighbours), dtype=np.int32)
    values = np.zeros((num_rows, neighbours), dtype=np.float32)
    columns[row[kept], place[kept]] = column[kept]
    values[row[kept], place[kept]] = value[kept]
    return columns, values


def ease_table(
    matrix: sparse.csr_matrix, config: CoOccurrenceConfig, *, ridge: float
) -> NeighbourTable:
    """Return EASE's strongest weights among the frequent items, cosine neighbours for the rest."""
    table = cosine_table(matrix, neighbours=config.neighbours)
    frequent = frequent_items(matrix, config)
    if len(frequent) == 0:
        return table
    part = matrix[:, frequent]
    gram = torch.from_numpy((part.T @ part).toarray())
    gram.diagonal().add_(ridge)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram))
    weights = -inverse / inverse.diagonal()  # (from, to): a column divides by its own diagonal
    weights.fill_diagonal_(0)
    strengths, places = weights.topk(min(config.neighbours, len(frequent)), dim=1)
    _write(table, torch.from_numpy(frequent), places, strengths.clamp(min=0))
    return table


def frequent_items(matrix: sparse.csr_matrix, config: CoOccurrenceConfig) -> NDArray[np.int64]:
    """Return the rows EASE can treat: often enough met, and no more than memory allows."""
    counts = np.asarray(matrix.sum(axis=0)).ravel()
    order = np.lexsort((np.arange(len(counts)), -counts))[: config.dense_items_up_to]
    return np.sort(order[counts[order] >= config.min_count]).astype(np.int64)


def _write(table: NeighbourTable, frequent: Tensor, places: Tensor, strengths: Tensor) -> None:
    """Replace the rows of the frequent items."""
    kept = places.shape[1]
    table.neighbours[frequent] = 0
    table.strengths[frequent] = 0
    table.neighbours[frequent, :kept] = frequent[places].to(torch.int32)
    table.strengths[frequent, :kept] = strengths
