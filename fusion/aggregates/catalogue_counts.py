"""The catalogue counted: what the model knows of it, and how much of it is shown."""

import time
from datetime import datetime, timedelta

from catalog.models import Product
from fusion.aggregates.shown_products import mark_shown
from fusion.features import store
from fusion.models import CatalogueCount, ProductShown

FRESH_S = 50  # less than the beat that asks for it
REST = 50  # counting costs two per cent of one core at most
SHOWN_DAYS = (1, 7, 30)
ONLY_ROW = 1


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
    }
