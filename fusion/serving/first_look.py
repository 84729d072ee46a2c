"""Short vectors of an item index, made for what shoppers with a short history ask."""

import torch

from fusion.network.history import History
from fusion.retrieval.short_vectors import ShortVectors
from fusion.serving.item_index import ItemIndex

SAMPLE = 1_000  # products; each is a history of its own
SEED = 0


@torch.inference_mode()
def first_look(index: ItemIndex) -> ShortVectors | None:
    """Return the index's short vectors; None where they would not be short."""
    generator = torch.Generator().manual_seed(SEED)
    rows = torch.randint(1, len(index.matrix), (SAMPLE, 1), generator=generator)
    once = History(rows, torch.ones(SAMPLE, 1), torch.ones(SAMPLE, dtype=torch.int64))
    return ShortVectors.of(index.matrix, index.queries(once.to(index.matrix.device)).vectors)
