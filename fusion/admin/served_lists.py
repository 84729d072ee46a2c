"""Served lists in the admin: what was shown, by which version, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateTimeFilter

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.numbers import plural
from catalog.admin.theme import column
from fusion.admin.answers import cards, products_by_id
from fusion.admin.outcomes import events_after, marks, outcome_tiles
from fusion.admin.questions import question_words
from fusion.admin.why import why_page
from fusion.models import ServedList
from fusion.serving.results import Step
from users.admin.events import as_uuid
from users.models import Shopper

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

    when_empty = "An answer to the shop is kept here a moment after it was given."
    list_display = ("created_at", "shown", "shopper", "scenario", "version", "fallback", "took")
    list_filter = (StepFilter, ("created_at", RangeDateTimeFilter))
    list_select_related = ("shopper",)
    search_fields = ("recommendation_id",)
    search_help_text = "A whole recommendation id or shopper id"
    ordering = ("-created_at", "recommendation_id")
    sortable_by = ()
    change_form_outer_before_template = "admin/fusion/servedlist/replay.html"
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
        after = events_after(row)
        done = marks(after)
        products = products_by_id(str(each["product_id"]) for each in row.results)
        shown = cards(row.results, products)
        return {
            "served_list": row,
            "cards": [replace(each, marks=done.get(each.product_id, ())) for each in shown],
            "rules": rules_applied(row.results),
            "question": question_words(row.question),
            "after": after,
            "tiles": outcome_tiles(row, after),
            "step": row.fallback_level.replace("_", " "),
        }

    def get_urls(self) -> list[URLPattern]:
        """Add the question about one product."""
        view = self.admin_site.admin_view(self.why_view)
        pattern = "<uuid:recommendation_id>/why/"
        return [path(pattern, view, name="fusion_servedlist_why"), *super().get_urls()]

    def why_view(self, request: HttpRequest, recommendation_id: UUID) -> HttpResponse:
        """Answer with why a product stands in the answer, or why not."""
        served = ServedList.objects.filter(pk=recommendation_id).first()
        if served is None or not self.has_view_permission(request, served):
            raise Http404
        return why_page(request, lambda: served)

    @column("Shown")
    def shown(self, served: ServedList) -> SafeString:
        """The first products as thumbnails, and how many there were."""
        pictures = format_html_join("", "{}", ((card.picture,) for card in vars(served)["shown"]))
        return format_html(
            '<span class="rs-thumbs">{}<small>{}</small></span>',
            pictures,
            plural(len(served.results), "product"),
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


def rules_applied(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, int | None, str]]:
    """Return each rule that moved a product: its name, key, and what it did to how many."""
    counts: dict[tuple[str, int | None, str], int] = {}
    for result in results:
        for note in result.get("reasons") or ():
            if "rule" in note:
                rule = (str(note["rule"]), note.get("rule_id"), str(note.get("code", "")))
                counts[rule] = counts.get(rule, 0) + 1
    return [
        (name, pk, f"{code} {plural(count, 'product')}")
        for (name, pk, code), count in counts.items()
    ]
