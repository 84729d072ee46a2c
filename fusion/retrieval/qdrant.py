"""A Qdrant server as the vector index, shared by all serve workers. Needs `recsys[qdrant]`."""

import logging
import threading
import time

import torch
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException
from torch import Tensor

from fusion.retrieval.vector_index import RetrievalError

logger = logging.getLogger(__name__)
POINTS_PER_CALL = 1_000
TIMEOUT_S = 1
PAUSE_S = 5.0  # after a failure: a search that waits for a server which is down helps nobody
FAILURES = (ApiException, OSError, ValueError)  # what the client raises, its local mode included


class Qdrant:
    """One collection with a point for each product.

    What the server did not take is kept, and sent before the next search. Points that are
    there already stay: another worker put them there from the same version, and what changed
    since comes as changes.

    Shapes: B queries, C products, N items, W width of a vector.

    Args:
        collection: a name of its own for each version.
        keys: (N,) product keys.
        vectors: (N, W).

    Raises:
        RetrievalError: the server cannot be reached.
    """

    def __init__(
        self, client: QdrantClient, collection: str, keys: Tensor, vectors: Tensor
    ) -> None:
        self._client = client
        self._collection = collection
        self._unsent: dict[int, list[float] | None] = {}  # by key; None where it is to go
        self._changing = threading.Lock()
        self._silent_until = 0.0
        try:
            self._fill(keys, vectors)
        except FAILURES as error:
            raise RetrievalError(f"Qdrant does not answer: {error}") from error

    def _fill(self, keys: Tensor, vectors: Tensor) -> None:
        if not self._client.collection_exists(self._collection):
            size = models.VectorParams(size=vectors.shape[1], distance=models.Distance.DOT)
            self._client.create_collection(self._collection, vectors_config=size)
        for places in torch.arange(len(keys)).split(POINTS_PER_CALL):
            some = keys[places].tolist()
            have = self._client.retrieve(self._collection, some, with_payload=False)
            known = {point.id for point in have}
            missing = [each for each in places.tolist() if int(keys[each]) not in known]
            if missing:
                self._upsert(keys[missing].tolist(), vectors[missing].tolist())

    def search(self, queries: Tensor, k: int) -> Tensor:
        """Return (B, k) int64 product keys for (B, W) queries, 0 where there are no more.

        Raises:
            RetrievalError: the server does not answer, or did not a moment ago.
        """
        if time.monotonic() < self._silent_until:
            raise RetrievalError("Qdrant did not answer a moment ago.")
        asked = [models.QueryRequest(query=query, limit=k) for query in queries.tolist()]
        try:
            with self._changing:
                self._send()
            answers = self._client.query_batch_points(self._collection, asked, timeout=TIMEOUT_S)
        except FAILURES as error:
            self._silent_until = time.monotonic() + PAUSE_S
            raise RetrievalError(f"Qdrant does not answer: {error}") from error
        found = torch.zeros(len(queries), k, dtype=torch.int64)
        for place, answer in enumerate(answers):
            keys = [int(point.id) for point in answer.points]
            found[place, : len(keys)] = torch.tensor(keys, dtype=torch.int64)
        return found.to(queries.device)

    def put(self, keys: Tensor, vectors: Tensor) -> None:
        """Add (C,) product keys with their (C, W) vectors, in place of what they had."""
        self._change(dict(zip(keys.tolist(), vectors.tolist(), strict=True)))

    def remove(self, keys: Tensor) -> None:
        """Take (C,) product keys out; those that are not there are none."""
        self._change(dict.fromkeys(keys.tolist()))

    def _change(self, changes: dict[int, list[float] | None]) -> None:
        with self._changing:
            self._unsent |= changes
            try:
                self._send()
            except FAILURES as error:
                logger.warning("retrieval.not_sent", extra={"problem": str(error)})

    def _send(self) -> None:
        """Send what is unsent; it stays so where the server fails."""
        gone = [key for key, vector in self._unsent.items() if vector is None]
        if gone:
            self._client.delete(self._collection, models.PointIdsList(points=[*gone]))
        kept = {key: vector for key, vector in self._unsent.items() if vector is not None}
        if kept:
            self._upsert(list(kept), list(kept.values()))
        self._unsent.clear()

    def _upsert(self, keys: list[int], vectors: list[list[float]]) -> None:
        for start in range(0, len(keys), POINTS_PER_CALL):
            stop = start + POINTS_PER_CALL
            batch = models.Batch(ids=[*keys[start:stop]], vectors=vectors[start:stop])
            self._client.upsert(self._collection, batch)
