"""What may be shown to whom, read from the database of record just before answering."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from catalog.models import Category, Product, ProductQuerySet
from users.models import Event, EventKind, EventQuerySet


@dataclass(frozen=True, slots=True)
class ShowRules:
    """Conditions each product of an answer meets, whatever ranked or cached it.

    Attributes:
        excluded_ids: the shop's ids the caller does not want.
        category_pks: only products of these; None means any.
        buyer_pk: a shopper whose purchases are not shown again; None shows them.
    """

    excluded_ids: frozenset[str] = frozenset()
    category_pks: frozenset[int] | None = None
    buyer_pk: int | None = None

    def apply(self, products: ProductQuerySet) -> ProductQuerySet:
        """Return those of `products` that may be shown."""
        products = products.available()
        if self.excluded_ids:
            products = products.exclude(external_id__in=self.excluded_ids)
        if self.category_pks is not None:
            products = products.filter(category__in=self.category_pks)
        if self.buyer_pk is not None:
            products = products.filter(~Exists(_purchases(self.buyer_pk, OuterRef("pk"))))
        return products

    def showable(self, product_pks: Collection[int]) -> dict[int, str]:
        """Return the shop's ids of those products that may be shown."""
        shown = self.apply(Product.objects.filter(pk__in=product_pks))
        return dict(shown.values_list("pk", "external_id"))


def _purchases(shopper_pk: int, product: OuterRef) -> EventQuerySet:
    return Event.objects.filter(shopper=shopper_pk, kind=EventKind.PURCHASE, product=product)


def category_pks(path: str) -> frozenset[int]:
    """Return the category of this path and all below it; none when the path is unknown."""
    tree = Category.objects.filter(Q(path=path) | Q(path__startswith=f"{path} > "))
    return frozenset(tree.values_list("pk", flat=True))
