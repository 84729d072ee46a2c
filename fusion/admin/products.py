"""Products in the admin, with what the model sees of them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.admin.products import ProductAdmin
from catalog.admin.theme import column
from catalog.models import Product
from catalog.text import product_text
from fusion.admin.answers import Card, cards, is_from_model, origin_words, products_by_id
from fusion.admin.modalities import ModalityState, modality_states
from fusion.serving.recommend import similar_products
from fusion.serving.results import Recommendation
from users.models import Event, EventKind

EVENT_DAYS = 30
NEIGHBOURS = 8
BRANCHES = {
    "fused": "All branches together",
    "behaviour": "Behaviour: shoppers who took one took the other",
    "text": "Text: described alike",
    "image": "Image: look alike",
}

admin.site.unregister(Product)


@admin.register(Product)
class ModelledProductAdmin(ProductAdmin):
    """Adds modalities, events and nearest products to the catalogue's page."""

    list_display = (*ProductAdmin.list_display, "text", "image")
    change_form_outer_after_template = "admin/fusion/product/similar.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the rows of neighbours, which pages fetch one by one."""
        view = self.admin_site.admin_view(self.similar_view)
        pattern = "<int:product_pk>/similar/<slug:by>/"
        return [path(pattern, view, name="catalog_product_similar"), *super().get_urls()]

    def prepare_rows(self, rows: Sequence[Product]) -> None:
        """Read what is encoded of the page's products."""
        states = modality_states(rows)
        for row in rows:
            vars(row)["modalities"] = states[row.pk]

    def page_context(self, request: HttpRequest, row: Product | None) -> dict[str, Any]:
        """Add modalities, the encoders' text and recent events to the summary."""
        if row is None:
            return {}
        since = timezone.now() - timedelta(days=EVENT_DAYS)
        events = Event.objects.filter(product=row, occurred_at__gte=since).order_by()
        counts = events.values_list("kind").annotate(Count("pk"))
        return {
            **super().page_context(request, row),
            "modalities": vars(row)["modalities"],
            "words": product_text(row),
            "event_counts": sorted((EventKind(kind).label, count) for kind, count in counts),
            "event_days": EVENT_DAYS,
            "branches": BRANCHES,
        }

    def similar_view(self, request: HttpRequest, product_pk: int, by: str) -> HttpResponse:
        """Answer with the nearest products of one branch."""
        product = Product.objects.filter(pk=product_pk).first()
        if product is None or by not in BRANCHES or not self.has_view_permission(request, product):
            raise Http404
        answer = similar_products(
            product.external_id, by=by, limit=NEIGHBOURS, is_shown=False, now=timezone.now()
        )
        context = {
            "cards": answer_cards(answer),
            "problem": "" if is_from_model(answer) else origin_words(answer),
        }
        return render(request, "admin/fusion/product/neighbours.html", context)

    @column("Text")
    def text(self, product: Product) -> SafeString:
        """Whether the words are encoded, or why not."""
        return _mark(vars(product)["modalities"][0])

    @column("Picture")
    def image(self, product: Product) -> SafeString:
        """Whether the picture is encoded, or why not."""
        return _mark(vars(product)["modalities"][1])


def answer_cards(answer: Recommendation, *, size: int = 96) -> list[Card]:
    """Return the cards of a live answer."""
    products = products_by_id(each.product_id for each in answer.results)
    return cards([asdict(each) for each in answer.results], products, size=size)


def _mark(state: ModalityState) -> SafeString:
    if state.is_present:
        return format_html('<span class="rs-chip rs-ok" title="{}">✓</span>', state.words)
    return format_html('<span class="rs-why">{}</span>', state.words)
