"""Which vector index a version is served with, by the settings."""

from functools import partial

from django.conf import settings

from fusion.models import ModelVersion
from fusion.retrieval.vector_index import Retrieval, RetrievalError


def retrieval_for(version: ModelVersion, *, num_items: int, device: str) -> Retrieval | None:
    """Return what makes the vector index of a version; None means that all items are scored.

    A GPU scores a million items faster than a processor searches clusters of them.
    """
    kind = settings.FUSION_RETRIEVAL
    is_large = num_items > settings.FUSION_ANN_ABOVE and device == "cpu"
    if kind == "clusters" or (kind == "auto" and is_large):
        # Tens of megabytes that a small shop does not need.
        from fusion.retrieval.clusters import Clusters

        return Clusters
    return _qdrant(version) if kind == "qdrant" else None


def _qdrant(version: ModelVersion) -> Retrieval:
    try:
        from qdrant_client import QdrantClient

        from fusion.retrieval.qdrant import TIMEOUT_S, Qdrant
    except ImportError as error:
        hint = "FUSION_RETRIEVAL=qdrant needs its client: pip install 'recsys[qdrant]'."
        raise RetrievalError(hint) from error
    client = QdrantClient(
        settings.FUSION_QDRANT_URL,
        api_key=settings.FUSION_QDRANT_API_KEY or None,
        timeout=TIMEOUT_S,
        check_compatibility=False,  # asks the server before there is a question
    )
    return partial(Qdrant, client, f"recsys-{version.artifact}")
