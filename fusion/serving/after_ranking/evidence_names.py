"""Evidence under the shop's own ids."""

from collections.abc import Sequence
from dataclasses import replace

from catalog.models import Product
from fusion.serving.results import Evidence, Result

Nearest = tuple[tuple[str, int, float], ...]  # branch, product key, similarity


def with_evidence(results: Sequence[Result], nearest: Sequence[Nearest]) -> list[Result]:
    """Return the results with their evidence; asks the database only where there is some."""
    product_pks = {pk for each in nearest for _, pk, _ in each}
    if not product_pks:
        return list(results)
    found = Product.objects.filter(pk__in=product_pks).values_list("pk", "external_id")
    id_of = dict(found)
    return [
        replace(
            result,
            evidence={
                branch: Evidence(id_of[pk], similarity)
                for branch, pk, similarity in each
                if pk in id_of
            },
        )
        for result, each in zip(results, nearest, strict=True)
    ]
