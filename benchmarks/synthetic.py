"""Made-up shops of any size, by a seed: long-tailed popularity, shoppers with a taste."""

import numpy as np
from numpy.typing import NDArray

from fusion.dataset.data import Interactions, ModalityFeatures, TrainingData

EVENTS_PER_SHOPPER = 20
GROUPS = 100  # of items; a shopper mostly stays within one
FAITHFUL = 0.8  # share of events within the shopper's group
VECTOR_DIM = 32
ZIPF = 1.0


def synthetic_shop(num_events: int, num_items: int, *, seed: int) -> TrainingData:
    """Return a shop with one modality, `text`, whose vectors tell the groups apart.

    An item's popularity in its group falls as 1 / rank. No two events share a moment.
    """
    rng = np.random.default_rng(seed)
    num_shoppers = max(num_events // EVENTS_PER_SHOPPER, 2)
    shopper = np.sort(rng.integers(0, num_shoppers, num_events, dtype=np.int32))
    interactions = Interactions(
        shopper=shopper,
        item=_items(rng, shopper, num_items),
        occurred_at=np.arange(num_events, dtype=np.int64),
        weight=np.ones(num_events, dtype=np.float32),
    )
    return TrainingData(
        interactions=interactions,
        num_shoppers=num_shoppers,
        item_ids=np.arange(num_items + 1, dtype=np.int64),
        modalities={"text": _vectors(rng, num_items)},
        texts=None,
        data_hash=f"synthetic-{num_events}-{num_items}-{seed}",
        cutoff=num_events,
    )


def _items(
    rng: np.random.Generator, shopper: NDArray[np.int32], num_items: int
) -> NDArray[np.int32]:
    """Draw an item per event; item r belongs to group r modulo GROUPS."""
    own = shopper % GROUPS
    strays = rng.random(len(shopper)) > FAITHFUL
    group = np.where(strays, rng.integers(0, GROUPS, len(shopper), dtype=np.int32), own)
    ranks = max(num_items // GROUPS, 1)
    border = np.cumsum(1 / np.arange(1, ranks + 1) ** ZIPF)
    rank = np.searchsorted(border, rng.random(len(shopper)) * border[-1])
    item: NDArray[np.int32] = (np.minimum(rank * GROUPS + group, num_items - 1) + 1).astype(
        np.int32
    )
    return item


def _vectors(rng: np.random.Generator, num_items: int) -> ModalityFeatures:
    """Return unit vectors around one centre per group."""
    group = (np.arange(num_items + 1) - 1) % GROUPS
    centres = rng.normal(size=(GROUPS, VECTOR_DIM)).astype(np.float32)
    vectors = centres[group] + rng.normal(size=(num_items + 1, VECTOR_DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[0] = 0
    return ModalityFeatures(vectors, np.arange(num_items + 1) > 0)
