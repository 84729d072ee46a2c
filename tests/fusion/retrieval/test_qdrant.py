"""A Qdrant that does not answer, and one that several workers share."""

import pytest
import torch
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException

from fusion.retrieval import qdrant
from fusion.retrieval.qdrant import Qdrant
from fusion.retrieval.vector_index import RetrievalError
from tests.fusion.retrieval.indexes import catalogue

KEYS, VECTORS = catalogue(50)
NEW = torch.tensor([9_000])


class Flaky:
    """The client's own engine; every call fails while it is down."""

    def __init__(self) -> None:
        self.engine = QdrantClient(":memory:")
        self.is_down = False

    def __getattr__(self, name: str) -> object:
        if self.is_down:
            raise ResponseHandlingException(ConnectionError("refused"))
        return getattr(self.engine, name)


def test_a_server_that_is_down_is_said_so_when_a_version_is_loaded() -> None:
    nobody = QdrantClient("http://127.0.0.1:9", timeout=1, check_compatibility=False)

    with pytest.raises(RetrievalError, match="Qdrant does not answer"):
        Qdrant(nobody, "recsys-test", KEYS, VECTORS)


def test_changes_while_the_server_is_down_are_sent_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qdrant, "PAUSE_S", 0.0)
    flaky = Flaky()
    index = Qdrant(flaky, "recsys-test", KEYS, VECTORS)  # type: ignore[arg-type]
    flaky.is_down = True
    index.put(NEW, 2 * VECTORS[:1])
    index.remove(KEYS[:1])
    with pytest.raises(RetrievalError):
        index.search(VECTORS[:1], 50)
    flaky.is_down = False

    found = index.search(VECTORS[:1], 50)[0].tolist()

    assert found[0] == 9_000
    assert 1_001 not in found


def test_after_a_failure_the_server_is_left_alone_for_a_moment() -> None:
    flaky = Flaky()
    index = Qdrant(flaky, "recsys-test", KEYS, VECTORS)  # type: ignore[arg-type]
    flaky.is_down = True
    with pytest.raises(RetrievalError, match="refused"):
        index.search(VECTORS[:1], 5)
    flaky.is_down = False

    with pytest.raises(RetrievalError, match="a moment ago"):
        index.search(VECTORS[:1], 5)


def test_a_second_worker_adds_only_what_is_missing() -> None:
    engine = QdrantClient(":memory:")
    first = Qdrant(engine, "recsys-test", KEYS, VECTORS)
    first.remove(KEYS[:1])
    first.put(KEYS[1:2], -VECTORS[1:2])

    second = Qdrant(engine, "recsys-test", KEYS, VECTORS)

    assert second.search(VECTORS[:1], 1).tolist() == [[1_001]]
    assert second.search(-VECTORS[1:2], 1).tolist() == [[1_002]]
