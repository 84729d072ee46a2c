"""Principal components of the encoder vectors: what a content branch starts from."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fusion.dataset.data import ModalityFeatures
from fusion.network.content_network import ContentNetwork

CHUNK = 65_536  # products projected together; vectors may lie on disk


@torch.no_grad()
def fill_content(network: ContentNetwork, features: ModalityFeatures) -> None:
    """Project a catalogue's vectors on their main directions and store them in the network."""
    known = np.flatnonzero(features.present)
    mean, projection = principal_components(features.vectors, known, network.projection.shape[1])
    network.projection_mean.copy_(mean)
    network.projection.copy_(projection)
    network.present.copy_(torch.from_numpy(features.present))
    for rows, vectors in _chunks(features.vectors, known):
        network.features[rows] = network.project(vectors)


def principal_components(
    vectors: NDArray[np.float32], known: NDArray[np.int64], kept: int
) -> tuple[Tensor, Tensor]:
    """Return the mean (R,) and a projection (R, kept) of the known rows of (N+1, R) vectors.

    Columns beyond what the vectors span are zero.
    """
    raw_dim, count = vectors.shape[1], max(len(known), 1)
    mean = sum((part.sum(0) for _, part in _chunks(vectors, known)), torch.zeros(raw_dim)) / count
    spread = torch.zeros(raw_dim, raw_dim)
    for _, part in _chunks(vectors, known):
        spread += (part - mean).T @ (part - mean)
    _, directions = torch.linalg.eigh(spread)  # ascending
    main = directions.flip(1)[:, : min(kept, raw_dim, len(known))]
    return mean, F.pad(main, (0, kept - main.shape[1]))


def _chunks(
    vectors: NDArray[np.float32], known: NDArray[np.int64]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield some of the known rows and their (C, R) vectors at a time."""
    for start in range(0, len(known), CHUNK):
        rows = known[start : start + CHUNK]
        yield torch.from_numpy(rows), torch.from_numpy(vectors[rows])
