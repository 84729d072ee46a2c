"""The likely items of a request, to be scored exactly: by their vectors, and by the tables."""

import logging
from collections.abc import Iterator

import torch
from torch import Tensor

from fusion.network.item_to_item import Entries
from fusion.retrieval.vector_index import RetrievalError, VectorIndex
from fusion.serving.item_index import Queries

logger = logging.getLogger(__name__)
BEST_ENTRIES = 500  # of each item-to-item table that join what the vectors name
SPARE = 2  # times as many are searched as wanted: the tables and the exact scores move them


def likely_keys(vectors: VectorIndex, queries: Queries, most: int) -> Tensor:
    """Return the (B, K) product keys that vectors name, 0 for none.

    There are none at all while the index is out of order: then the whole catalogue is scored.

    Args:
        most: how many a request may need, those it excludes counted.
    """
    try:
        return vectors.search(queries.vectors, SPARE * most)
    except RetrievalError as error:
        logger.warning("serving.retrieval_failed", extra={"problem": str(error)})
        return torch.zeros(len(queries.vectors), 0, dtype=torch.int64)


def with_strongest(rows: Tensor, queries: Queries) -> Iterator[Tensor]:
    """Give, for each of B requests, its (K,) rows and those its item-to-item tables name.

    Rows may repeat. The tables are no inner product, so no vector index knows of them.
    """
    for b, of_request in enumerate(rows):
        tables = [_strongest(table, b) for table in queries.tables.values()]
        yield torch.cat([of_request, *tables])


def _strongest(table: Entries, b: int) -> Tensor:
    values = table.values[b]
    return table.rows[b, values.topk(min(BEST_ENTRIES, len(values))).indices]
