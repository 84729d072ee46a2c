"""Evidence under the shop's own ids, of products that are not switched off."""

from collections.abc import Collection, Sequence

from catalog import statements
from catalog.models import Product
from fusion.serving.filters import is_in
from fusion.serving.messages import Nearest, RankedList
from fusion.serving.results import Evidence

IDS = f"SELECT p.id, p.external_id FROM {Product._meta.db_table} p WHERE p.is_available AND {{}}"  # noqa: S608


def named_evidence(
    ranked: RankedList | None, nearest: Sequence[tuple[Nearest | None, ...]]
) -> list[dict[str, Evidence]]:
    """Return what the model's answer brings as evidence, by branch, for each of some products."""
    if ranked is None or not ranked.evidence:
        return [{} for _ in nearest]
    id_of = _available_ids({near[0] for row in nearest for near in row if near})
    branches = list(ranked.evidence)
    return [
        {
            branch: Evidence(id_of[near[0]], near[1])
            for branch, near in zip(branches, row, strict=False)
            if near and near[0] in id_of
        }
        for row in nearest
    ]


def _available_ids(product_pks: Collection[int]) -> dict[int, str]:
    """Return the ids as they are now: a list may be older than what was switched off."""
    if not product_pks:
        return {}
    condition, parameters = is_in("p.id", product_pks)
    return dict(statements.rows(IDS.format(condition), parameters))
