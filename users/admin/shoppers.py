"""Shoppers in the admin: who they are and what they did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.pictures import main_picture, pictures_of, thumbnail
from catalog.admin.theme import column
from users.models import Event, EventKind, Shopper

TIMELINE_LENGTH = 50


def timeline(shopper: Shopper, *, length: int = TIMELINE_LENGTH) -> QuerySet[Event]:
    """Return the shopper's last events with their products and pictures."""
    events = Event.objects.filter(shopper=shopper).newest_first().select_related("product")
    return events.prefetch_related(pictures_of("product__"))[:length]


def kind_counts(shopper: Shopper) -> list[tuple[str, int]]:
    """Count the shopper's events by kind, in words."""
    counts = Event.objects.filter(shopper=shopper).values_list("kind").annotate(Count("pk"))
    return [(EventKind(kind).label, count) for kind, count in counts.order_by("kind")]


class ShopperAdmin(ReadOnlyAdmin[Shopper]):
    """Read-only: shoppers come from events and the API."""

    when_empty = "A shopper is known from the first event on."
    list_display: tuple[str, ...] = ("external_id", "kind", "last_event_at", "merged", "created_at")
    list_filter = ("kind",)
    list_select_related = ("merged_into",)
    search_fields = ("external_id__startswith",)
    search_help_text = "The beginning of a shopper id"
    ordering = ("-id",)
    sortable_by = ()
    change_form_after_template = "admin/users/shopper/timeline.html"
    fields = (("external_id", "kind"), ("merged", "created_at"))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Shopper | None = None
    ) -> tuple[str, ...]:
        """Name the fields that are columns of this class."""
        return ("merged",)

    def prepare_rows(self, rows: Sequence[Shopper]) -> None:
        """Read the last event of each shopper of the page."""
        last = Event.objects.filter(shopper=OuterRef("pk")).newest_first().values("occurred_at")
        moments = dict(
            Shopper.objects.filter(pk__in=[row.pk for row in rows])
            .annotate(last_event_at=Subquery(last[:1]))
            .values_list("pk", "last_event_at")
        )
        for row in rows:
            vars(row)["last_event_at"] = moments.get(row.pk)

    def page_context(self, request: HttpRequest, row: Shopper | None) -> dict[str, Any]:
        """What stands below the facts: the timeline."""
        if row is None:
            return {}
        return {
            "shopper": row,
            "timeline": [
                (event, thumbnail(main_picture(event.product), size=44)) for event in timeline(row)
            ],
            "timeline_length": TIMELINE_LENGTH,
            "kind_counts": kind_counts(row),
        }

    @column("Last event")
    def last_event_at(self, shopper: Shopper) -> datetime | None:
        """When the shopper last did something."""
        moment: datetime | None = vars(shopper)["last_event_at"]
        return moment

    @column("Merged into")
    def merged(self, shopper: Shopper) -> str:
        """The customer this visitor turned out to be."""
        return str(shopper.merged_into or "")


admin.site.register(Shopper, ShopperAdmin)
