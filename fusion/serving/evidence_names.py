"""Evidence under the shop's own ids, of products that are not switched off."""

from collections.abc import Collection, Iterator, Sequence

from catalog.models import Product
from fusion.serving.messages import RankedList
from fusion.serving.results import Evidence


def named_evidence(
    ranked: RankedList | None, product_pks: Sequence[int]
) -> list[dict[str, Evidence]]:
    """Return, for each of these products, what the model's answer brings as evidence."""
    if ranked is None or not ranked.evidence:
        return [{} for _ in product_pks]
    place_of = {pk: place for place, pk in enumerate(ranked.product_pks)}
    places = [place_of.get(pk) for pk in product_pks]
    nearest = [list(_nearest(ranked, place)) for place in places]
    id_of = _available_names({pk for each in nearest for _, pk, _ in each})
    return [
        {name: Evidence(id_of[pk], cosine) for name, pk, cosine in each if pk in id_of}
        for each in nearest
    ]


def _available_names(product_pks: Collection[int]) -> dict[int, str]:
    """Return the ids as they are now: a list may be older than what was switched off."""
    found = Product.objects.available().filter(pk__in=product_pks)
    return dict(found.values_list("pk", "external_id"))


def _nearest(ranked: RankedList, place: int | None) -> Iterator[tuple[str, int, float]]:
    """Give branch, product key of the history, and similarity."""
    if place is None:
        return
    for name, column in (ranked.evidence or {}).items():
        nearest = column[place]
        if nearest is not None:
            yield name, nearest[0], nearest[1]
