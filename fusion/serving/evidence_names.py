"""Evidence under the shop's own ids."""

from collections.abc import Collection, Iterator, Sequence

from catalog.models import Product
from fusion.serving.messages import RankedList
from fusion.serving.results import Evidence

MOST_NAMES = 100_000  # about 20 MB


class NameCache:
    """The shop's ids by product key; neither changes while a product exists."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def names(self, product_pks: Collection[int]) -> dict[int, str]:
        """Return the ids of those of these products that exist."""
        known = self._names
        missing = [pk for pk in product_pks if pk not in known]
        if missing:
            found = Product.objects.filter(pk__in=missing).values_list("pk", "external_id")
            known = {**(known if len(known) < MOST_NAMES else {}), **dict(found)}
            self._names = known
        return {pk: known[pk] for pk in product_pks if pk in known}

    def forget(self) -> None:
        """Drop all names."""
        self._names = {}


name_cache = NameCache()


def named_evidence(
    ranked: RankedList | None, product_pks: Sequence[int]
) -> list[dict[str, Evidence]]:
    """Return, for each of these products, what the model's answer brings as evidence."""
    if ranked is None or not ranked.evidence:
        return [{} for _ in product_pks]
    place_of = {pk: place for place, pk in enumerate(ranked.product_pks)}
    places = [place_of.get(pk) for pk in product_pks]
    nearest = [list(_nearest(ranked, place)) for place in places]
    id_of = name_cache.names({pk for each in nearest for _, pk, _ in each})
    return [
        {name: Evidence(id_of[pk], cosine) for name, pk, cosine in each if pk in id_of}
        for each in nearest
    ]


def _nearest(ranked: RankedList, place: int | None) -> Iterator[tuple[str, int, float]]:
    """Give branch, product key of the history, and similarity."""
    if place is None:
        return
    for name, column in (ranked.evidence or {}).items():
        nearest = column[place]
        if nearest is not None:
            yield name, nearest[0], nearest[1]
