"""Clusters of vectors, of which a search reads the nearest few (Jégou et al. 2011, IVF), by faiss.

Vectors are kept as bytes, a quarter of their size: whoever asks scores the finds again.
"""

import math
import threading

import faiss
import numpy as np
import torch
from torch import Tensor

LISTS_PER_ROOT = 4  # clusters per square root of the number of items
SAMPLE_PER_LIST = 48  # vectors per cluster that the clustering looks at
ROUNDS = 8  # of k-means
SHARE_READ = 16  # one in so many clusters is read


class Clusters:
    """An approximate index of one process.

    Shapes: B queries, C rows, N items, W width of a vector.

    Args:
        matrix: (N+1, W) vectors; row 0 is left out.
        seed: of the sample that is clustered.
    """

    def __init__(self, matrix: Tensor, *, seed: int = 0) -> None:
        vectors = _array(matrix[1:])
        lists = max(int(LISTS_PER_ROOT * math.sqrt(len(vectors))), 1)
        lists = min(lists, max(len(vectors) // SAMPLE_PER_LIST, 1))
        # Kept: the index only points to it.
        self._quantizer = faiss.IndexFlatIP(vectors.shape[1])
        self._index = faiss.IndexIVFScalarQuantizer(
            self._quantizer,
            vectors.shape[1],
            lists,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
            False,  # the vectors themselves, not what sets them apart from their cluster
        )
        self._index.cp.niter, self._index.cp.max_points_per_centroid = ROUNDS, SAMPLE_PER_LIST
        self._index.nprobe = max(lists // SHARE_READ, min(lists, 16))
        # Where each row is: taking one out looks at that one, not at all of them.
        by_row = faiss.DirectMap.Hashtable  # type: ignore[attr-defined]
        self._index.set_direct_map_type(by_row)
        self._changing = threading.Lock()
        rng = np.random.default_rng(seed)
        size = min(len(vectors), lists * SAMPLE_PER_LIST)
        self._index.train(vectors[rng.choice(len(vectors), size, replace=False)])
        self._index.add_with_ids(vectors, np.arange(1, len(vectors) + 1))

    def search(self, queries: Tensor, k: int) -> Tensor:
        """Return (B, k) int64 rows for (B, W) queries, 0 where there are no more."""
        with self._changing:
            _, rows = self._index.search(_array(queries), k)
        return torch.from_numpy(rows.clip(min=0)).to(queries.device)

    def put(self, rows: Tensor, vectors: Tensor) -> None:
        """Add (C,) rows with their (C, W) vectors, in place of what they had."""
        self.remove(rows)
        with self._changing:
            self._index.add_with_ids(_array(vectors), rows.cpu().numpy())

    def remove(self, rows: Tensor) -> None:
        """Take (C,) rows out; those that are not there are none."""
        ids = rows.cpu().numpy()
        with self._changing:
            self._index.remove_ids(faiss.IDSelectorArray(len(ids), faiss.swig_ptr(ids)))


def _array(vectors: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.ascontiguousarray(vectors.float().cpu().numpy())
