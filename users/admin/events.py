"""Events in the admin: the behaviour history as it was received."""

import uuid
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateTimeFilter

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.pictures import pictures_of, product_cell
from catalog.admin.products import price_words
from catalog.admin.theme import Tone, column
from catalog.models import Product
from users.models import Event, EventKind, Shopper

KIND_TONES: dict[str, Tone] = {
    EventKind.VIEW.label: "info",
    EventKind.CART.label: "primary",
    EventKind.PURCHASE.label: "success",
    EventKind.LIKE.label: "success",
    EventKind.RATING.label: "warning",
    EventKind.REMOVE.label: "danger",
}
SEARCHED_ROWS = 100  # shoppers or products one search term may stand for


class QuarantineFilter(SimpleListFilter):
    """Events that wait for the shop to describe their product."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("quarantined", "Quarantined: product unknown"), ("joined", "Joined")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the events of the choice."""
        known = {"quarantined": True, "joined": False}
        if self.value() not in known:
            return queryset
        return queryset.filter(product__is_placeholder=known[self.value() or ""])


def as_uuid(term: str) -> uuid.UUID | None:
    """Read an id that may be a UUID."""
    try:
        return uuid.UUID(term)
    except ValueError:
        return None


def matching_events(events: QuerySet[Event], term: str) -> QuerySet[Event]:
    """Find events by an id: its own, the answer's it came from, its shopper's or product's.

    Ids are resolved first and compared whole, so that indexes answer at any number of events.
    """
    own = as_uuid(term)
    found = Q(event_id=own) | Q(recommendation_id=own) if own else Q()
    named = {"external_id": term}
    shoppers = Shopper.objects.filter(**named).values_list("pk", flat=True)[:SEARCHED_ROWS]
    products = Product.objects.filter(**named).values_list("pk", flat=True)[:SEARCHED_ROWS]
    found |= Q(shopper__in=list(shoppers)) | Q(product__in=list(products))
    return events.filter(found)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    """Append-only: a correction is a new event."""

    when_empty = (
        "The shop sends them over the API; manage.py import_events reads older ones from a file."
    )
    list_display = ("occurred_at", "shown_kind", "shown_product", "shopper", "detail", "origin")
    list_filter = (
        "kind",
        QuarantineFilter,
        ("occurred_at", RangeDateTimeFilter),
    )
    list_select_related = ("shopper", "product")
    search_fields = ("event_id",)
    search_help_text = "A whole id: of the event, the shopper, the product or the recommendation"
    ordering = ("-occurred_at", "-id")
    sortable_by = ()
    readonly_fields = ("paid",)
    fields = (
        ("event_id", "kind"),
        ("shopper", "product"),
        ("value", "quantity", "paid"),
        "recommendation_id",
        ("occurred_at", "received_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Events with the pictures of their products."""
        return super().get_queryset(request).prefetch_related(pictures_of("product__"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """Search by whole ids only."""
        term = search_term.strip()
        return (matching_events(queryset, term) if term else queryset), False

    @column("Kind", labels=KIND_TONES)
    def shown_kind(self, event: Event) -> str:
        """What the shopper did."""
        return event.get_kind_display()

    @column("Product")
    def shown_product(self, event: Event) -> SafeString:
        """Picture, title and id, linked."""
        url = reverse("admin:catalog_product_change", args=[event.product_id])
        return format_html('<a href="{}">{}</a>', url, product_cell(event.product, size=32))

    @column("Detail")
    def detail(self, event: Event) -> str:
        """The rating, or what was paid."""
        if event.value is not None:
            return f"rated {event.value:g}"
        if event.price is None:
            return ""
        times = f"{event.quantity} x " if event.quantity != 1 else ""
        return f"{times}{price_words(event.price, event.product.currency)}"

    @column("Price")
    def paid(self, event: Event) -> str:
        """What one piece cost."""
        return price_words(event.price, event.product.currency)

    @column("Came from")
    def origin(self, event: Event) -> SafeString | str:
        """The served list the shopper acted on."""
        if event.recommendation_id is None:
            return ""
        url = reverse("admin:fusion_servedlist_change", args=[event.recommendation_id])
        return format_html('<a href="{}">a recommendation</a>', url)
