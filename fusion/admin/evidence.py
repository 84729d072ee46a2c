"""What of a shopper's history speaks for a product: "because they bought the desk lamp"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from catalog.admin.pictures import main_picture, pictures_of, thumbnail
from catalog.models import Product
from fusion.serving.results import Evidence
from users.history import KIND_WEIGHT
from users.models import Event, EventKind

ACTS = {
    EventKind.PURCHASE: "bought",
    EventKind.RATING: "rated",
    EventKind.LIKE: "liked",
    EventKind.CART: "put in the cart",
    EventKind.VIEW: "looked at",
}


@dataclass(frozen=True, slots=True)
class Because:
    """One product of the history, as one branch finds it alike.

    Attributes:
        act: the strongest thing the shopper did with it, in words.
        similarity: cosine of the branch's vectors.
    """

    branch: str
    act: str
    title: str
    product_pk: int
    picture: SafeString
    similarity: float


def told(
    shopper_pk: int | None, evidence: Sequence[Mapping[str, Evidence]]
) -> list[dict[str, Because]]:
    """Return for each product its evidence by branch, in three queries for all of them."""
    ids = {each.product_id for found in evidence for each in found.values()}
    products = Product.objects.with_external_ids(ids).prefetch_related(pictures_of())
    by_id = {each.external_id: each for each in products}
    acts = _acts(shopper_pk, [each.pk for each in by_id.values()])
    return [
        {
            branch: _because(branch, each, by_id[each.product_id], acts)
            for branch, each in found.items()
            if each.product_id in by_id
        }
        for found in evidence
    ]


def strongest(because: Mapping[str, Because], contributions: Mapping[str, float]) -> Because | None:
    """Return the evidence of the branch that adds most to the score."""
    speaking = [branch for branch in because if contributions.get(branch, 0.0) > 0]
    return because[max(speaking, key=contributions.__getitem__)] if speaking else None


def _acts(shopper_pk: int | None, product_pks: Iterable[int]) -> dict[int, str]:
    """Map products to the strongest thing the shopper did with them."""
    if shopper_pk is None:
        return {}
    events = Event.objects.filter(shopper=shopper_pk, product__in=product_pks).engaged()
    rows = events.order_by().values_list("product_id", "kind").distinct()
    return dict(sorted(rows, key=lambda row: (KIND_WEIGHT[row[1]], row[1] == EventKind.PURCHASE)))


def _because(branch: str, found: Evidence, product: Product, acts: Mapping[int, str]) -> Because:
    return Because(
        branch=branch,
        act=ACTS[EventKind(acts[product.pk])] if product.pk in acts else "knows",
        title=product.title or product.external_id,
        product_pk=product.pk,
        picture=thumbnail(main_picture(product), size=24),
        similarity=found.similarity,
    )
