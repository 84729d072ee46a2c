"""Everything a model version knows, as one module: branches, fusion, vocabulary."""

import copy
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.config import TrainingConfig
from fusion.dataset.data import ModalityFeatures
from fusion.dataset.vocabulary import Vocabulary
from fusion.network.content_network import ContentNetwork
from fusion.network.item_to_item import ItemToItem
from fusion.network.late_fusion import BEHAVIOUR, LEXICAL, TEXT, LateFusion
from fusion.network.losses import DenseNetwork
from fusion.network.sequence_network import SequenceNetwork


@dataclass(frozen=True)
class RecommenderShape:
    """What is needed to build an empty recommender that fitted weights go into.

    Attributes:
        num_items: N of training; products that joined later are not counted.
        neighbours: K of the co-occurrence table.
        raw_dims: encoder dimensions by modality, in branch order.
        lexical: K of the lexical table; 0 where there are no texts to compare.
    """

    num_items: int
    neighbours: int
    raw_dims: dict[str, int]
    lexical: int = 0


class Recommender(nn.Module):
    """The branches and their fusion, fitted; holds no optimizer and reads no file.

    Shapes: N items, M branches.

    Attributes:
        item_ids: (N+1,) int64 product primary keys.
        counts: (N+1,) training interactions per item.
        content: one network per modality.
    """

    item_ids: Tensor
    counts: Tensor

    def __init__(self, config: TrainingConfig, shape: RecommenderShape) -> None:
        super().__init__()
        self.config = config
        self.shape = shape
        num_items, length = shape.num_items, config.history_length
        self.register_buffer("item_ids", torch.zeros(num_items + 1, dtype=torch.int64))
        self.register_buffer("counts", torch.zeros(num_items + 1))
        self.sequence = SequenceNetwork(config.sequence, num_items=num_items, max_length=length)
        self.co_occurrence = ItemToItem(num_items=num_items, neighbours=shape.neighbours)
        self.content = nn.ModuleDict(
            {
                name: ContentNetwork(
                    config.content, raw_dim=raw_dim, num_items=num_items, max_length=length
                )
                for name, raw_dim in shape.raw_dims.items()
            }
        )
        if shape.lexical:
            self.lexical = ItemToItem(num_items=num_items, neighbours=shape.lexical)
        self.fusion = LateFusion((BEHAVIOUR, *shape.raw_dims), lexical=shape.lexical > 0)

    @property
    def branches(self) -> tuple[str, ...]:
        """Return the M branch names."""
        return self.fusion.branches

    def vocabulary(self) -> Vocabulary:
        """Return the products this recommender knows, later ones included."""
        return Vocabulary(self.item_ids.cpu().numpy())

    def dense_networks(self) -> dict[str, DenseNetwork]:
        """Return the networks that score by one inner product, by signal name."""
        networks: dict[str, DenseNetwork] = {"sequence": self.sequence}
        for name in self.content:
            networks[name] = self.content_network(name)
        return networks

    def tables(self) -> dict[str, ItemToItem]:
        """Return the item-to-item tables, by signal name."""
        tables = {"co_occurrence": self.co_occurrence}
        if self.shape.lexical:
            tables[LEXICAL] = self.lexical
        return tables

    def content_network(self, name: str) -> ContentNetwork:
        """Return the network of one modality.

        Raises:
            KeyError: the recommender has no such modality.
        """
        network = self.content[name]
        assert isinstance(network, ContentNetwork)
        return network

    def present(self) -> Tensor:
        """Return (N+1, M) bool: which branches can say something about each item."""
        columns = [self.counts > 0]
        columns += [self.content_network(name).present for name in self.content]
        return torch.stack(columns, dim=1)

    @torch.no_grad()
    def with_products(
        self, product_pks: NDArray[np.int64], modalities: dict[str, ModalityFeatures]
    ) -> Self:
        """Return a recommender that also knows these products, sharing all trained weights.

        A known product gets the new content; an unknown one is appended, without behaviour.

        Args:
            product_pks: (C,) int64.
            modalities: (C+1, R) features; row c + 1 belongs to product c.
        """
        rows = self.vocabulary().rows(product_pks)
        joined = np.flatnonzero(rows == 0)
        rows[joined] = len(self.item_ids) + np.arange(len(joined))
        grown = copy.copy(self)
        grown._buffers = dict(self._buffers)
        grown._modules = dict(self._modules)
        added = torch.from_numpy(product_pks[joined]).to(self.item_ids)
        grown.item_ids = torch.cat([self.item_ids, added])
        grown.counts = F.pad(self.counts, (0, len(joined)))
        grown.content = nn.ModuleDict(
            {
                name: _with_features(self.content_network(name), rows, modalities.get(name), joined)
                for name in self.content
            }
        )
        if self.shape.lexical:
            grown.lexical = self.lexical.without(_rewritten(self, grown, rows))
        return grown


def _rewritten(before: Recommender, after: Recommender, rows: NDArray[np.int64]) -> Tensor:
    """Return those of (C,) rows known from training whose text has another vector now."""
    at = torch.from_numpy(rows[rows <= before.shape.num_items]).to(before.item_ids.device)
    old = before.content_network(TEXT).features[at]
    new = after.content_network(TEXT).features[at]
    return at[~torch.isclose(old, new, atol=1e-3).all(dim=1)]


def _with_features(
    network: ContentNetwork,
    rows: NDArray[np.int64],
    features: ModalityFeatures | None,
    joined: NDArray[np.int64],
) -> ContentNetwork:
    """Return a network with features at `rows` replaced, sharing the trained parameters."""
    grown = copy.copy(network)
    grown._buffers = dict(network._buffers)
    table = F.pad(network.features, (0, 0, 0, len(joined)))  # a copy, so the old stays as it is
    present = F.pad(network.present, (0, len(joined)))
    at = torch.from_numpy(rows).to(table.device)
    if features is None:
        grown.features, grown.present = table, present
        return grown
    known = torch.from_numpy(features.present[1:]).to(table.device)
    vectors = torch.from_numpy(features.vectors[1:]).to(table)
    table[at] = network.project(vectors) * known.unsqueeze(-1)
    present[at] = known
    grown.features, grown.present = table, present
    return grown
