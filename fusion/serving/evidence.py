"""Why an item: the product of the history that each branch finds most alike."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from fusion.serving.item_index import Block
from fusion.serving.ranker import Ranker

POPULARITY = "popularity"
DECIMALS = 4
Nearest = list[tuple[int, float] | None]  # product key of the history, cosine


@torch.inference_mode()
def evidence(
    product_pks: Sequence[int], history_pks: Sequence[int], ranker: Ranker
) -> dict[str, Nearest]:
    """Return, by branch, for each of K items its nearest item of a history of L.

    None where the branch knows nothing of the item or of the whole history. An item is no
    evidence for itself.
    """
    items, history = ranker.rows(product_pks), ranker.rows(history_pks)
    history = history[history > 0]
    if not len(items) or not len(history):
        return {}
    index = ranker.index
    names = ranker.recommender.fusion.signals
    return {
        ranker.recommender.branches[index.branch_of[block.signal]]: _nearest(
            items, history, block, ranker
        )
        for block in index.blocks
        if names[block.signal] != POPULARITY
    }


def _nearest(items: Tensor, history: Tensor, block: Block, ranker: Ranker) -> Nearest:
    matrix = ranker.index.matrix
    mine = F.normalize(matrix[items][:, block.columns].float(), dim=1)
    theirs = F.normalize(matrix[history][:, block.columns].float(), dim=1)
    cosines = mine @ theirs.T  # (K, L)
    is_nothing = (mine == 0).all(1, keepdim=True) | (theirs == 0).all(1)
    cosines = cosines.masked_fill(is_nothing | (items[:, None] == history), float("-inf"))
    values, places = cosines.max(dim=1)
    pks = ranker.index.product_pks[history[places]].tolist()
    return [
        (pk, round(value, DECIMALS)) if value > float("-inf") else None
        for pk, value in zip(pks, values.tolist(), strict=True)
    ]
