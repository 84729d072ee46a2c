"""Neighbourhood models: item-kNN, user-kNN and RP3beta, all sparse."""

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from benchmarks.quality.fitted import Fitted, Peer, Settings, scored
from benchmarks.quality.questions import Asked
from benchmarks.quality.study import Study
from fusion.training.neighbours import Pairs, all_pairs, neighbour_table


def _item_knn(study: Study, settings: Settings) -> Fitted:
    """Cosine neighbours of items with shrinkage (Sarwar et al. 2001)."""
    if "pairs" not in study.memo:
        data = study.data
        study.memo["pairs"] = all_pairs(study.learn, data.num_shoppers, data.num_items)
    pairs: Pairs = study.memo["pairs"]
    table = neighbour_table(
        pairs,
        neighbours=min(settings["neighbours"], study.data.num_items),
        exponent=0.5,
        shrinkage=settings["shrinkage"],
    )
    rows = np.repeat(np.arange(len(table.neighbours)), table.neighbours.shape[1])
    places = (rows, table.neighbours.numpy().ravel())
    values = table.strengths.numpy().ravel()
    return item_to_item(sparse.csr_matrix((values, places), shape=pairs.ties.shape))


def _rp3beta(study: Study, settings: Settings) -> Fitted:
    """Three random steps from shopper to item, popular items divided down (Paudel et al. 2017)."""
    met = study.matrix
    to_item = _rows_to_one(met).power(settings["alpha"])
    to_shopper = _rows_to_one(met.T.tocsr()).power(settings["alpha"])
    counts = np.maximum(study.counts.numpy(), 1) ** settings["beta"]
    walked = (to_shopper @ to_item).tocsr() @ sparse.diags(1 / counts)
    walked.setdiag(0)
    return item_to_item(strongest(walked.tocsr(), settings["neighbours"]))


def item_to_item(table: sparse.csr_matrix) -> Fitted:
    """Score by the sum of what each met item says about the others."""
    table = table.astype(np.float32)

    def score(asked: Asked) -> Tensor:
        return torch.from_numpy((asked.known @ table).toarray())

    return scored(score)


def _user_knn(study: Study, settings: Settings) -> Fitted:
    """Sum over the items of the most similar shoppers (Resnick et al. 1994), cosine, shrunk."""
    met = study.matrix
    sizes = np.sqrt(np.asarray(met.sum(axis=1)).ravel())

    def score(asked: Asked) -> Tensor:
        shared = (asked.known @ met.T).tocoo()
        own = np.sqrt(np.asarray(asked.known.sum(axis=1)).ravel())
        size = own[shared.row] * sizes[shared.col] + settings["shrinkage"]
        other = shared.col != asked.shopper[shared.row]  # a shopper is no neighbour of its own
        likeness = (shared.data / size * other).astype(np.float32)
        near = sparse.csr_matrix((likeness, (shared.row, shared.col)), shape=shared.shape)
        return torch.from_numpy((strongest(near, settings["neighbours"]) @ met).toarray())

    return scored(score)


def strongest(table: sparse.csr_matrix, kept: int) -> sparse.csr_matrix:
    """Return the table with only the `kept` largest values of each row."""
    order = np.lexsort((-table.data, np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))))
    place = np.arange(table.nnz) - np.repeat(table.indptr[:-1], np.diff(table.indptr))
    chosen = order[place < kept]
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))[chosen]
    return sparse.csr_matrix((table.data[chosen], (rows, table.indices[chosen])), table.shape)


def _rows_to_one(table: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the table with rows that sum to 1."""
    sums = np.maximum(np.asarray(table.sum(axis=1)).ravel(), 1e-9)
    return sparse.csr_matrix(sparse.diags(1 / sums) @ table)


PEERS = {
    "item_knn": Peer(
        "peer",
        _item_knn,
        tuple(
            {"neighbours": neighbours, "shrinkage": shrinkage}
            for neighbours in (50, 300)
            for shrinkage in (0.0, 10.0, 50.0)
        ),
    ),
    "user_knn": Peer(
        "peer",
        _user_knn,
        tuple(
            {"neighbours": neighbours, "shrinkage": shrinkage}
            for neighbours in (20, 80, 300)
            for shrinkage in (0.0, 5.0)
        ),
    ),
    "rp3beta": Peer(
        "peer",
        _rp3beta,
        tuple(
            {"alpha": alpha, "beta": beta, "neighbours": 300}
            for alpha in (0.6, 1.0)
            for beta in (0.2, 0.4, 0.7)
        ),
    ),
}
