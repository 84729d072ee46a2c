"""Why an item: the product of the history that each branch finds most alike."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from fusion.serving.ranker import Ranker

POPULARITY = "popularity"
SCALE = 10**4  # four decimals are told
NOTHING = float("-inf")
Nearest = list[tuple[int, float] | None]  # product key of the history, cosine


@torch.inference_mode()
def evidence(
    product_pks: Sequence[int], history_pks: Sequence[int], ranker: Ranker
) -> dict[str, Nearest]:
    """Return, by branch, for each of K items its nearest item of a history of L.

    None where the branch knows nothing of the item or of the whole history. An item is no
    evidence for itself, and neither is one that is switched off.
    """
    items, history = ranker.rows(product_pks), ranker.rows(history_pks)
    history = history[(history > 0) & ~ranker.hidden[history]]
    if not len(items) or not len(history):
        return {}
    index = ranker.index
    names = ranker.recommender.fusion.signals
    is_itself = items[:, None] == history
    mine, theirs = index.matrix[items].float(), index.matrix[history].float()
    history_keys = index.product_pks[history]
    found: dict[str, Nearest] = {}
    for block in index.blocks:
        if names[block.signal] != POPULARITY:
            cosines = _cosines(mine[:, block.columns], theirs[:, block.columns])
            branch = ranker.recommender.branches[index.branch_of[block.signal]]
            cosines = cosines.masked_fill(is_itself, float("-inf"))
            found[branch] = _nearest(cosines, history_keys)
    return found


def _cosines(mine: Tensor, theirs: Tensor) -> Tensor:
    """Return (K, L) cosines of (K, D) and (L, D) vectors; minus infinity where one is zero."""
    is_nothing = (mine == 0).all(1, keepdim=True) | (theirs == 0).all(1)
    cosines = F.normalize(mine, dim=1) @ F.normalize(theirs, dim=1).T
    return cosines.masked_fill(is_nothing, float("-inf"))


def _nearest(cosines: Tensor, history_keys: Tensor) -> Nearest:
    values, places = cosines.max(dim=1)
    rounded = (values.double() * SCALE).round() / SCALE + 0.0  # + 0.0: no -0.0 in answers
    return [
        (pk, value) if value > NOTHING else None
        for pk, value in zip(history_keys[places].tolist(), rounded.tolist(), strict=True)
    ]
