"""Answers and events as attribution reads them, for one answer and for many days of them."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db.models import DecimalField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Coalesce

from catalog.models import Product
from fusion.attribution.credit import Act, Shown
from fusion.models import ServedList
from users.models import Event

COLUMNS = ("shopper_id", "product_id", "occurred_at", "recommendation_id", "amount")


def read_acts(events: QuerySet[Event]) -> Iterator[Act]:
    """Give events, oldest first, each with what it would be worth as a purchase."""
    price = Coalesce("price", "product__price", Decimal(0))
    amount = ExpressionWrapper(price * F("quantity"), DecimalField(max_digits=30, decimal_places=6))
    rows = events.annotate(amount=amount).order_by("occurred_at", "pk")
    for row in rows.values_list(*COLUMNS).iterator():
        yield Act(*row)


def read_shown(lists: Sequence[ServedList]) -> Iterator[tuple[ServedList, Shown]]:
    """Give each answer with what it showed; one query for all."""
    ids = {str(result["product_id"]) for each in lists for result in each.results}
    pk_of = dict(Product.objects.with_external_ids(ids).values_list("external_id", "pk"))
    for each in lists:
        shown = (pk_of.get(str(result["product_id"])) for result in each.results)
        yield each, Shown(frozenset(pk for pk in shown if pk is not None), each.created_at)
