"""VBPR: BPR with a visual part (He and McAuley 2016), written from the paper.

    x(u, i) = b_i + gamma_u . gamma_i + theta_u . (E f_i) + beta . f_i

f_i are the encoder vectors of the pictures on their main directions; an item without a picture has
none, so only b and gamma speak. Shoppers' factors are those of training, as for BPR.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.quality.fitted import Fitted, Peer, Settings, scored
from benchmarks.quality.questions import Asked
from benchmarks.quality.study import Study
from fusion.training.projection import principal_components
from fusion.training.seed import generator, torch_seeded

COMPONENTS = 128
BATCH = 4096


class Vbpr(nn.Module):
    """The model's parameters and its score.

    Shapes: B pairs, U shoppers, N items, F components, D latent dims of either part.

    Args:
        features: (N+1, F) visual features.
    """

    features: Tensor

    def __init__(self, shoppers: int, features: Tensor, dim: int) -> None:
        super().__init__()
        items, components = features.shape
        self.register_buffer("features", features)
        self.bias = nn.Embedding(items, 1)
        self.items = nn.Embedding(items, dim)
        self.shoppers = nn.Embedding(shoppers, 2 * dim)  # gamma and theta
        self.visual = nn.Linear(components, dim, bias=False)  # E
        self.visual_bias = nn.Linear(components, 1, bias=False)  # beta
        nn.init.zeros_(self.bias.weight)
        for table in (self.items, self.shoppers):
            nn.init.normal_(table.weight, std=0.1)

    def item_vectors(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return (B, 2D) vectors and (B,) biases of item rows."""
        seen = self.features[rows]
        vectors = torch.cat([self.items(rows), self.visual(seen)], dim=-1)
        return vectors, (self.bias(rows) + self.visual_bias(seen)).squeeze(-1)

    def loss(self, shoppers: Tensor, better: Tensor, worse: Tensor, ridge: float) -> Tensor:
        """Return the BPR loss of (B,) triples, with a ridge on the factors they touch."""
        asked = self.shoppers(shoppers)
        (liked, liked_bias), (other, other_bias) = map(self.item_vectors, (better, worse))
        margin = (asked * (liked - other)).sum(-1) + liked_bias - other_bias
        size = asked.square().sum(-1) + liked.square().sum(-1) + other.square().sum(-1)
        loss: Tensor = (ridge * size - F.logsigmoid(margin)).mean()
        return loss


def _vbpr(study: Study, settings: Settings) -> Fitted:
    """Fit by Adam on triples of shopper, met item and item drawn evenly."""
    with torch_seeded(study.seed, "vbpr"):
        model = Vbpr(study.data.num_shoppers, _features(study), settings["dim"])
    optimizer = torch.optim.Adam(model.parameters(), lr=settings["rate"])
    rng = generator(study.seed, "vbpr")
    for _ in range(settings["epochs"]):
        for chosen in np.array_split(rng.permutation(len(study.learn)), _batches(study)):
            worse = rng.integers(1, study.data.num_items + 1, len(chosen))
            triple = (study.learn.shopper[chosen], study.learn.item[chosen], worse)
            shopper, better, drawn = (torch.from_numpy(each).long() for each in triple)
            optimizer.zero_grad(set_to_none=True)
            model.loss(shopper, better, drawn, settings["ridge"]).backward()
            optimizer.step()
    return _fitted(model)


def _fitted(model: Vbpr) -> Fitted:
    """Rank by the trained factors."""
    with torch.inference_mode():
        vectors, bias = model.item_vectors(torch.arange(len(model.features)))

    def score(asked: Asked) -> Tensor:
        shoppers: Tensor = model.shoppers(torch.from_numpy(asked.shopper).long())
        return shoppers @ vectors.T + bias

    return scored(score)


def _batches(study: Study) -> int:
    """Return how many batches an epoch has."""
    return max(-(-len(study.learn) // BATCH), 1)


def _features(study: Study) -> Tensor:
    """Return (N+1, F) principal components of the picture vectors, of unit mean length."""
    pictures = study.data.modalities["image"]
    vectors, present = torch.from_numpy(pictures.vectors), torch.from_numpy(pictures.present)
    known = np.flatnonzero(pictures.present)
    mean, directions = principal_components(pictures.vectors, known, COMPONENTS)
    found = (vectors - mean) @ directions * present.unsqueeze(-1)
    unit: Tensor = found / found[present].norm(dim=1).mean()
    return unit


GRID = tuple(
    {"dim": dim, "ridge": ridge, "rate": rate, "epochs": epochs}
    for dim, ridge, rate, epochs in (
        (32, 1e-3, 5e-3, 20),
        (32, 1e-2, 5e-3, 20),
        (64, 5e-3, 5e-3, 30),
        (64, 1e-2, 2e-3, 40),
        (64, 3e-2, 5e-3, 30),
    )
)
PEERS = {"vbpr": Peer("peer", _vbpr, GRID, seeded=True, needs=("image",))}
