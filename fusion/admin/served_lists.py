"""Served lists in the admin: what was shown, by which version, and what came of it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateTimeFilter

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.pictures import main_picture, pictures_of, thumbnail
from catalog.admin.theme import column
from fusion.admin.answers import cards, products_by_id
from fusion.models import ServedList
from fusion.serving.results import Step
from users.admin.events import as_uuid
from users.models import Event, Shopper

SHOWN_IN_LIST = 6


class StepFilter(SimpleListFilter):
    """Lists by the step of the ladder that answered."""

    title = "answered by"
    parameter_name = "step"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the steps; asking the table which there are would read all of it."""
        return [(step.value, step.value.replace("_", " ")) for step in Step]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the lists of the step."""
        return queryset.filter(fallback_level=self.value()) if self.value() else queryset


@admin.register(ServedList)
class ServedListAdmin(ReadOnlyAdmin[ServedList]):
    """Impressions: events refer back to them by `recommendation_id`."""

    list_display = ("created_at", "shown", "shopper", "scenario", "version", "fallback", "took")
    list_filter = (StepFilter, ("created_at", RangeDateTimeFilter))
    list_select_related = ("shopper",)
    search_fields = ("recommendation_id",)
    search_help_text = "A whole recommendation id or shopper id"
    ordering = ("-created_at", "recommendation_id")
    sortable_by = ()
    change_form_before_template = "admin/fusion/servedlist/replay.html"
    fields = (
        ("recommendation_id", "created_at"),
        ("shopper", "scenario"),
        ("model_version", "fallback_level", "took"),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: ServedList | None = None
    ) -> tuple[str, ...]:
        """Name the fields that are columns of this class."""
        return ("took", "recommendation_id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ServedList], search_term: str
    ) -> tuple[QuerySet[ServedList], bool]:
        """Search by whole ids only: indexes answer at any number of lists."""
        term = search_term.strip()
        if not term:
            return queryset, False
        own = as_uuid(term)
        if own is not None:
            return queryset.filter(recommendation_id=own), False
        return queryset.filter(shopper__in=Shopper.objects.filter(external_id=term)), False

    def prepare_rows(self, rows: Sequence[ServedList]) -> None:
        """Read the products of all lists of the page at once."""
        shown = {row.pk: row.results[:SHOWN_IN_LIST] for row in rows}
        wanted = {str(each["product_id"]) for results in shown.values() for each in results}
        products = products_by_id(wanted)
        for row in rows:
            vars(row)["shown"] = cards(shown[row.pk], products, size=36)

    def page_context(self, request: HttpRequest, row: ServedList | None) -> dict[str, Any]:
        """What stands above the facts: the list, and the events that came back."""
        if row is None:
            return {}
        events = Event.objects.filter(recommendation_id=row.pk).select_related("product")
        events = events.prefetch_related(pictures_of("product__")).newest_first()[:50]
        products = products_by_id(str(each["product_id"]) for each in row.results)
        return {
            "served_list": row,
            "cards": cards(row.results, products),
            "outcomes": [
                (event, thumbnail(main_picture(event.product), size=44)) for event in events
            ],
        }

    @column("Shown")
    def shown(self, served: ServedList) -> SafeString:
        """The first products as thumbnails, and how many there were."""
        pictures = format_html_join("", "{}", ((card.picture,) for card in vars(served)["shown"]))
        return format_html(
            '<span class="rs-thumbs">{}<small>{} products</small></span>',
            pictures,
            len(served.results),
        )

    @column("Version")
    def version(self, served: ServedList) -> str:
        """The version that ranked."""
        return f"v{served.model_version_id}" if served.model_version_id else "no model"

    @column("Answered by", labels={"model": "success", "hot list": "success"})
    def fallback(self, served: ServedList) -> str:
        """The step of the ladder that answered."""
        return served.fallback_level.replace("_", " ")

    @column("Took")
    def took(self, served: ServedList) -> str:
        """Milliseconds from request to answer."""
        return f"{served.took_ms:.1f} ms"
