"""When each product was last shown, from the answers that are kept."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from catalog.models import Product
from fusion.models import ProductShown, ServedList

FIRST_LOOK_BACK = timedelta(days=30)
# Web processes note answers at the same time, so one may be stored after a newer one.
OVERLAP = timedelta(minutes=1)
MOST_LISTS = 200_000  # of one call: the first calls of a shop with a past take turns
IDS_AT_ONCE = 5_000


def mark_shown(*, now: datetime) -> int:
    """Bring the table up to the newest kept answer; return how many products were marked.

    Doing it again changes nothing.
    """
    last = ProductShown.objects.aggregate(last=Max("last_shown_at"))["last"]
    since = last - OVERLAP if last else now - FIRST_LOOK_BACK
    shown_at: dict[str, datetime] = {}
    for product_id, moment in _shown_since(since):
        shown_at[product_id] = moment  # oldest first: the last word is the newest
    ids = list(shown_at)
    turns = range(0, len(ids), IDS_AT_ONCE)
    return sum(_mark(shown_at, ids[first : first + IDS_AT_ONCE]) for first in turns)


def _shown_since(since: datetime) -> Iterator[tuple[str, datetime]]:
    lists = ServedList.objects.filter(created_at__gte=since).order_by("created_at")
    rows = lists.values_list("results", "created_at")[:MOST_LISTS]
    for results, moment in rows.iterator():
        for each in results:
            yield each["product_id"], moment


def _mark(shown_at: dict[str, datetime], product_ids: list[str]) -> int:
    known = Product.objects.with_external_ids(product_ids).values_list("pk", "external_id")
    rows = [ProductShown(product_id=pk, last_shown_at=shown_at[name]) for pk, name in known]
    ProductShown.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["product"],
        update_fields=["last_shown_at"],
    )
    return len(rows)
