"""EASE: the linear item-to-item model with a closed form (Steck 2019)."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu
from torch import Tensor

from benchmarks.quality.fitted import Fitted, Peer, Settings, scored
from benchmarks.quality.questions import Asked
from benchmarks.quality.study import Study

RARE_UP_TO = 2  # interactions of an item that is eliminated sparsely
Floats = NDArray[np.float32]


def _ease(study: Study, settings: Settings) -> Fitted:
    """Solve for the item-to-item weights with a zero diagonal; items never met keep none."""
    met = np.flatnonzero(study.counts.numpy() > 0)
    together = study.matrix[:, met]
    inverse = inverse_of((together.T @ together).tocsr(), settings["ridge"])
    inverse /= -np.diag(inverse).copy()
    np.fill_diagonal(inverse, 0.0)

    def score(asked: Asked) -> Tensor:
        out = torch.zeros(len(asked), study.data.num_items + 1)
        out[:, torch.from_numpy(met)] = torch.from_numpy(asked.known[:, met] @ inverse)
        return out

    return scored(score)


def inverse_of(gram: sparse.csr_matrix, ridge: float) -> Floats:
    """Return the dense inverse of a sparse Gram matrix plus `ridge` on its diagonal.

    Exact. Items met once or twice touch few others, so they are eliminated sparsely and only the
    Schur complement of the rest is inverted densely: on a long tail several times cheaper.
    """
    full = (gram + ridge * sparse.identity(gram.shape[0])).tocsr()
    rare = gram.diagonal() <= RARE_UP_TO
    order = np.concatenate([np.flatnonzero(rare), np.flatnonzero(~rare)])
    few = int(rare.sum())
    own, across = full[order[:few]][:, order[:few]], full[order[:few]][:, order[few:]]
    rest = full[order[few:]][:, order[few:]]
    inverse = np.empty(full.shape, dtype=np.float32)
    solved, eliminated = _eliminated(own, across)
    core = _dense_inverse((rest - across.T @ solved).toarray())
    side = -(solved @ core)  # (few, rest)
    inverse[np.ix_(order[few:], order[few:])] = core
    inverse[np.ix_(order[:few], order[few:])] = side
    inverse[np.ix_(order[few:], order[:few])] = side.T
    inverse[np.ix_(order[:few], order[:few])] = eliminated - (solved @ side.T).T
    return inverse


def _eliminated(
    own: sparse.csr_matrix, across: sparse.csr_matrix
) -> tuple[sparse.csr_matrix, NDArray[np.float64]]:
    """Return own⁻¹ across, sparse, and own⁻¹, dense."""
    if own.shape[0] == 0:
        return across, np.zeros((0, 0))
    alone = splu(own.tocsc()).solve(np.eye(own.shape[0]))
    return sparse.csr_matrix(alone) @ across, alone


def _dense_inverse(matrix: NDArray[np.float64]) -> Floats:
    """Return the inverse in single precision; torch inverts about twice as fast as LAPACK here."""
    inverse: Floats = torch.linalg.inv(torch.from_numpy(matrix.astype(np.float32))).numpy()
    return inverse


PEERS = {"ease": Peer("peer", _ease, tuple({"ridge": r} for r in (5.0, 20.0, 80.0, 200.0, 500.0)))}
