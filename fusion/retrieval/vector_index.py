"""What every vector index does, whichever library or engine is behind it."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor


class VectorIndex(Protocol):
    """Finds the products whose vectors have the largest inner product with a query.

    It may miss some: what it names is scored again, exactly, with what the item-to-item tables
    name. It is changed in place, and safe to use from several threads.

    Shapes: B queries, C products, W width of a vector.
    """

    def search(self, queries: Tensor, k: int) -> Tensor:
        """Return (B, k) int64 product keys for (B, W) queries, 0 where there are no more.

        Raises:
            RetrievalError: there is no answer now.
        """
        ...

    def put(self, keys: Tensor, vectors: Tensor) -> None:
        """Add (C,) product keys with their (C, W) vectors, in place of what they had."""
        ...

    def remove(self, keys: Tensor) -> None:
        """Take (C,) product keys out; those that are not there are none."""
        ...


class RetrievalError(Exception):
    """The index does not answer; the catalogue can be scored in full instead."""


# Makes an index of (N,) product keys, all above 0, and their (N, W) vectors.
Retrieval = Callable[[Tensor, Tensor], VectorIndex]
