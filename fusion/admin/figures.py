"""The dashboard's figures: each cheap at any size, each with its definition."""

import math
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Max, Model
from django.db.models.fields.json import KeyTransform

from catalog.admin.base import COUNT_LIMIT
from catalog.models import Product
from fusion.admin.modalities import modality_label
from fusion.admin.report import headline
from fusion.features import store
from fusion.models import ModelVersion, ServedList
from users.models import Event, Shopper

COVERAGE_SECONDS = 60  # counting 10^5 products takes a moment; once a minute is fresh enough
RECENT_ANSWERS = 1_000
Z = 1.96  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its definition; `detail` is its interval or what it is compared with."""

    label: str
    value: str
    definition: str
    detail: str = ""


def quality() -> dict[str, Any] | None:
    """Return the active version with NDCG@10 of it and of popularity; None without one."""
    rows = ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE).defer("report")
    version = rows.annotate(contestants=KeyTransform("contestants", "report")).first()
    if version is None:
        return None
    contestants = vars(version)["contestants"]
    return {
        "version": version,
        "ours": headline(contestants),
        "popularity": headline(contestants, "popularity"),
    }


def sizes() -> list[Figure]:
    """Return how much there is of what."""
    return [
        Figure("Products", table_size(Product), "Rows of products, ids known from events too."),
        Figure("Shoppers", table_size(Shopper), "Customers and anonymous visitors."),
        Figure("Events", table_size(Event), "All that was ever recorded."),
        Figure("Answers", table_size(ServedList), "Lists that were shown and stored."),
    ]


def table_size(model: type[Model]) -> str:
    """Count a table exactly up to COUNT_LIMIT rows; estimate it beyond."""
    rows = model._default_manager
    exact = rows.values("pk")[: COUNT_LIMIT + 1].count()
    if exact <= COUNT_LIMIT:
        return f"{exact:,}"
    return f"about {max(_estimate(model), exact):,}"


def _estimate(model: type[Model]) -> int:
    if connection.vendor != "postgresql":
        # Without deletions this is exact; SQLite keeps no statistics to ask.
        return int(model._default_manager.aggregate(last=Max("pk"))["last"] or 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
            [model._meta.db_table],
        )
        return int(cursor.fetchone()[0])


def coverage() -> list[Figure]:
    """Return the shares of known products the model can read and see, at most a minute old."""
    found: list[Figure] | None = cache.get("admin.coverage")
    if found is None:
        found = _coverage()
        cache.set("admin.coverage", found, COVERAGE_SECONDS)
    return found


def _coverage() -> list[Figure]:
    total = Product.objects.known().count()
    return [
        Figure(
            f"With {modality_label(name).lower()}",
            share(store.encoded(name).count(), total),
            f"Share of described products whose {modality_label(name).lower()} the model can read.",
        )
        for name in store.modality_names()
    ]


def answer_shares() -> list[Figure]:
    """Return which step gave the last answers, with intervals."""
    recent = ServedList.objects.order_by("-created_at", "recommendation_id")[:RECENT_ANSWERS]
    levels = ServedList.objects.filter(pk__in=recent.values("pk")).values_list("fallback_level")
    counts = levels.annotate(num_lists=Count("pk")).order_by("-num_lists")
    found = list(counts.values_list("fallback_level", "num_lists"))
    total = sum(count for _, count in found)
    return [
        Figure(
            level.replace("_", " "),
            share(count, total),
            f"Share of the last {total:,} stored answers whose first product came from this step.",
            interval(count, total),
        )
        for level, count in found
    ]


def share(part: int, whole: int) -> str:
    """Write a share in per cent; a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def interval(part: int, whole: int) -> str:
    """Write the 95 % interval of a share (Wilson 1927)."""
    if not whole:
        return ""
    rate = part / whole
    scale = 1 + Z**2 / whole
    middle = (rate + Z**2 / (2 * whole)) / scale
    half = Z * math.sqrt(rate * (1 - rate) / whole + Z**2 / (4 * whole**2)) / scale
    return f"{100 * max(middle - half, 0):.1f} … {100 * min(middle + half, 1):.1f} %"
