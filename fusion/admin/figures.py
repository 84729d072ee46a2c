"""Figures of the admin's pages: each cheap at any size, each with its definition."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max, Model
from django.db.models.fields.json import KeyTransform

from catalog.admin.base import COUNT_LIMIT
from fusion.admin.report import headline
from fusion.models import ModelVersion


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


def table_size(model: type[Model]) -> str:
    """Count a table exactly up to COUNT_LIMIT rows; estimate it beyond."""
    rows = model._default_manager
    exact = rows.values("pk")[: COUNT_LIMIT + 1].count()
    if exact <= COUNT_LIMIT:
        return f"{exact:,}"
    return f"about {_rounded(max(_estimate(model), exact)):,}"


def _rounded(count: int) -> int:
    """Keep the three digits an estimate may be trusted with."""
    return round(count, 3 - len(str(count)))


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
