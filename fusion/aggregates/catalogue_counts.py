"""The catalogue counted: what the model knows of it, and how much of it is shown."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count

from catalog.models import Product
from fusion.aggregates.shown_products import mark_shown
from fusion.features import store
from fusion.models import CatalogueCount, ProductShown

FRESH_S = 50  # less than the beat that asks for it
REST = 50  # counting costs two per cent of one core at most
SHOWN_DAYS = (1, 7, 30)
ONLY_ROW = 1
CURRENCY = "currency "
MOST_NAMED = 3


def count_catalogue(*, now: datetime) -> CatalogueCount | None:
    """Count, unless the last count is fresh; None then."""
    last = CatalogueCount.objects.first()
    if last and (now - last.counted_at).total_seconds() < max(FRESH_S, REST * last.seconds):
        return None
    started = time.perf_counter()
    mark_shown(now=now)
    counts = _counts(now)
    seconds = time.perf_counter() - started
    row = {"counts": counts, "seconds": seconds, "counted_at": now}
    return CatalogueCount.objects.update_or_create(pk=ONLY_ROW, defaults=row)[0]


def shown_name(days: int) -> str:
    """Name the count of available products shown within the last days."""
    return f"shown {days}"


def readable_name(modality: str) -> str:
    """Name the count of described products with a vector of the modality."""
    return f"readable {modality}"


def money_unit(counts: Mapping[str, int]) -> str:
    """Return what amounts of the shop are in: "EUR", "EUR + SEK", "5 currencies"; "" if unknown.

    Nobody converts: amounts of several currencies are added up as they are.
    """
    codes = [name.removeprefix(CURRENCY) for name in counts if name.startswith(CURRENCY)]
    codes.sort(key=lambda code: (-counts[CURRENCY + code], code))
    return " + ".join(codes) if len(codes) <= MOST_NAMED else f"{len(codes)} currencies"


def _currencies() -> dict[str, int]:
    priced = Product.objects.exclude(currency="").values("currency").order_by("currency")
    found = priced.annotate(num=Count("pk")).values_list("currency", "num")
    return {f"{CURRENCY}{code}": num for code, num in found}


def _counts(now: datetime) -> dict[str, int]:
    shown = ProductShown.objects.filter(product__is_available=True)
    return {
        "described": Product.objects.known().count(),
        "available": Product.objects.available().count(),
        **{readable_name(name): store.encoded(name).count() for name in store.modality_names()},
        **{
            shown_name(days): shown.filter(last_shown_at__gte=now - timedelta(days=days)).count()
            for days in SHOWN_DAYS
        },
        **_currencies(),
    }
