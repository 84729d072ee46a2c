"""Evidence under the shop's own ids, of products that are not switched off."""

from collections.abc import Iterable, Mapping, Sequence

from fusion.serving.messages import Nearest, RankedList
from fusion.serving.results import Evidence

NearestByBranch = tuple[Nearest | None, ...]


def nearest_pks(nearest: Iterable[NearestByBranch]) -> set[int]:
    """Return the keys of the products that are evidence for others."""
    return {near[0] for row in nearest for near in row if near}


def named_evidence(
    ranked: RankedList | None, nearest: Sequence[NearestByBranch], id_of: Mapping[int, str]
) -> list[dict[str, Evidence]]:
    """Return what the model's answer brings as evidence, by branch, for each of some products.

    Args:
        id_of: of products that may be named. As they are now: the answer may be older than
            what was switched off.
    """
    if ranked is None or not ranked.evidence:
        return [{} for _ in nearest]
    branches = list(ranked.evidence)
    return [
        {
            branch: Evidence(id_of[near[0]], near[1])
            for branch, near in zip(branches, row, strict=False)
            if near and near[0] in id_of
        }
        for row in nearest
    ]
