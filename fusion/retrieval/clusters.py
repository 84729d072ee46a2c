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
FEWEST_READ = 16


class Clusters:
    """An approximate index in the memory of one process.

    Shapes: B queries, C products, N items, W width of a vector.

    Args:
        keys: (N,) product keys.
        vectors: (N, W), at least one.
        seed: of the sample that is clustered.
    """

    def __init__(self, keys: Tensor, vectors: Tensor, *, seed: int = 0) -> None:
        known, width = _array(vectors), vectors.shape[1]
        wanted = int(LISTS_PER_ROOT * math.sqrt(len(known)))
        lists = max(min(wanted, len(known) // SAMPLE_PER_LIST), 1)
        self._quantizer = faiss.IndexFlatIP(width)  # kept: the index only points to it
        self._index = faiss.IndexIVFScalarQuantizer(
            self._quantizer,
            width,
            lists,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
            False,  # the vectors themselves, not what sets them apart from their cluster
        )
        # Where each product is: taking one out looks at that one, not at all of them.
        by_key = faiss.DirectMap.Hashtable  # type: ignore[attr-defined]
        self._index.set_direct_map_type(by_key)
        self._index.cp.niter, self._index.cp.max_points_per_centroid = ROUNDS, SAMPLE_PER_LIST
        self._index.nprobe = max(lists // SHARE_READ, min(lists, FEWEST_READ))
        self._using = threading.Lock()
        rng = np.random.default_rng(seed)
        size = min(len(known), lists * SAMPLE_PER_LIST)
        faiss.omp_set_num_threads(torch.get_num_threads())
        self._index.train(known[rng.choice(len(known), size, replace=False)])
        self._index.add_with_ids(known, keys.cpu().numpy())

    def search(self, queries: Tensor, k: int) -> Tensor:
        """Return (B, k) int64 product keys for (B, W) queries, 0 where there are no more."""
        # Threads that wait for each other cost more than one question takes.
        threads = torch.get_num_threads() if len(queries) > 1 else 1
        with self._using:
            faiss.omp_set_num_threads(threads)
            _, keys = self._index.search(_array(queries), k)
        return torch.from_numpy(keys.clip(min=0)).to(queries.device)

    def put(self, keys: Tensor, vectors: Tensor) -> None:
        """Add (C,) product keys with their (C, W) vectors, in place of what they had."""
        self.remove(keys)
        with self._using:
            self._index.add_with_ids(_array(vectors), keys.cpu().numpy())

    def remove(self, keys: Tensor) -> None:
        """Take (C,) product keys out; those that are not there are none."""
        gone = keys.cpu().numpy()
        with self._using:
            self._index.remove_ids(faiss.IDSelectorArray(len(gone), faiss.swig_ptr(gone)))


def _array(vectors: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.ascontiguousarray(vectors.float().cpu().numpy())
