"""Principal components of the encoder vectors: what a content branch starts from."""

import torch
from torch import Tensor
from torch.nn import functional as F

from fusion.dataset.data import ModalityFeatures
from fusion.network.content_network import ContentNetwork


@torch.no_grad()
def fill_content(network: ContentNetwork, features: ModalityFeatures) -> None:
    """Project a catalogue's vectors on their main directions and store them in the network."""
    present = torch.from_numpy(features.present)
    vectors = torch.from_numpy(features.vectors)
    mean, projection = principal_components(vectors[present], network.projection.shape[1])
    network.projection_mean.copy_(mean)
    network.projection.copy_(projection)
    network.present.copy_(present)
    network.features.copy_(network.project(vectors) * present.unsqueeze(-1))


def principal_components(vectors: Tensor, kept: int) -> tuple[Tensor, Tensor]:
    """Return the mean (R,) and a projection (R, kept) of (C, R) vectors.

    Columns beyond what the vectors span are zero.
    """
    raw_dim = vectors.shape[1]
    mean = vectors.mean(0) if len(vectors) else vectors.new_zeros(raw_dim)
    centred = vectors - mean
    _, directions = torch.linalg.eigh(centred.T @ centred)  # ascending
    main = directions.flip(1)[:, : min(kept, raw_dim, len(vectors))]
    return mean, F.pad(main, (0, kept - main.shape[1]))
