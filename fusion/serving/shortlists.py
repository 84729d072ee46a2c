"""The likely items of a request, to be scored exactly: by their vectors, and by the tables."""

import copy
import logging
from collections.abc import Iterator
from typing import Self

import torch
from torch import Tensor

from fusion.network.item_to_item import Entries
from fusion.retrieval.vector_index import RetrievalError, VectorIndex
from fusion.serving.item_index import ItemIndex, Queries

logger = logging.getLogger(__name__)
BEST_ENTRIES = 500  # of each item-to-item table that join what the vectors name
SPARE = 2  # times as many are searched as wanted: the tables and the exact scores move them


class Shortlists:
    """Names likely rows with a vector index.

    Shapes: B requests, N items.
    """

    def __init__(self, index: ItemIndex, vectors: VectorIndex) -> None:
        self._index = index
        self._vectors = vectors

    def likely(self, queries: Queries, most: int) -> Iterator[Tensor]:
        """Give the likely rows of each of B requests; none where the index is out of order.

        Args:
            most: how many a request may need, those it excludes counted.
        """
        try:
            found = self._vectors.search(queries.vectors, SPARE * most)
        except RetrievalError as error:
            logger.warning("serving.retrieval_failed", extra={"problem": str(error)})
            found = queries.vectors.new_zeros(len(queries.vectors), 0, dtype=torch.int64)
        # Another version of the index may know rows that this one does not.
        found = torch.where(found < len(self._index.product_pks), found, 0)
        for b, rows in enumerate(found):
            tables = [_strongest(table, b) for table in queries.tables.values()]
            yield torch.cat([rows, *tables]) if len(rows) else rows

    def grown(self, index: ItemIndex) -> Self:
        """Return the same for an index that knows more products."""
        grown = copy.copy(self)
        grown._index = index
        return grown

    def put(self, rows: Tensor) -> None:
        """Have rows found with the vectors they now have."""
        if len(rows):
            self._vectors.put(rows, self._index.matrix[rows])

    def remove(self, rows: Tensor) -> None:
        """Have rows found no more."""
        if len(rows):
            self._vectors.remove(rows)


def _strongest(table: Entries, b: int) -> Tensor:
    """Return the rows of a request's strongest entries."""
    values = table.values[b]
    return table.rows[b, values.topk(min(BEST_ENTRIES, len(values))).indices]
