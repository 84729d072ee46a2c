"""What every vector index does, whichever library or engine is behind it."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor


class VectorIndex(Protocol):
    """Finds the rows whose vectors have the largest inner product with a query.

    It may miss some: what it names is scored again, exactly, with what the item-to-item tables
    name. It is changed in place, and safe to use from several threads.

    Shapes: B queries, C rows, W width of a vector.
    """

    def search(self, queries: Tensor, k: int) -> Tensor:
        """Return (B, k) int64 rows for (B, W) queries, 0 where there are no more.

        Raises:
            RetrievalError: there is no answer now.
        """
        ...

    def put(self, rows: Tensor, vectors: Tensor) -> None:
        """Add (C,) rows with their (C, W) vectors, in place of what they had."""
        ...

    def remove(self, rows: Tensor) -> None:
        """Take (C,) rows out; those that are not there are none."""
        ...


class RetrievalError(Exception):
    """The index does not answer; the catalogue can be scored in full instead."""


Retrieval = Callable[[Tensor], VectorIndex]  # makes an index of an (N+1, W) matrix; row 0 is none
