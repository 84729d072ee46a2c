"""Every vector index, made the same way."""

import torch
from qdrant_client import QdrantClient
from torch import Tensor
from torch.nn import functional as F

from fusion.retrieval.clusters import Clusters
from fusion.retrieval.qdrant import Qdrant
from fusion.retrieval.vector_index import Retrieval, VectorIndex


def clusters(keys: Tensor, vectors: Tensor) -> VectorIndex:
    return Clusters(keys, vectors)


def qdrant(keys: Tensor, vectors: Tensor) -> VectorIndex:
    """Return an index in the client's own engine, which needs no server."""
    return Qdrant(QdrantClient(":memory:"), "recsys-test", keys, vectors)


RETRIEVALS: dict[str, Retrieval] = {"clusters": clusters, "qdrant": qdrant}


def catalogue(num_items: int = 3_000, width: int = 16) -> tuple[Tensor, Tensor]:
    """Return keys from 1,001 on and unit vectors around a hundred centres."""
    generator = torch.Generator().manual_seed(3)
    centres = torch.randn(100, width, generator=generator)
    of = torch.randint(0, 100, (num_items,), generator=generator)
    noise = torch.randn(num_items, width, generator=generator)
    return torch.arange(1_001, 1_001 + num_items), F.normalize(centres[of] + 0.5 * noise, dim=1)
