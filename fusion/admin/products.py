"""Products in the admin, with what the model sees of them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
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
from fusion.admin.answers import answer_cards, is_from_model, origin_words
from fusion.admin.audience import PLACES, audience_of
from fusion.admin.modalities import ModalityState, modality_label, modality_states
from fusion.admin.product_events import DAYS, daily_events
from fusion.admin.shelves import fits_of
from fusion.features.store import modality_names
from fusion.models import PictureFit
from fusion.serving.recommend import similar_products

NEIGHBOURS = 8
FIT_SHOWN = 4  # neighbours of each kind beside the picture's fit
BRANCHES = {
    "fused": "All branches together",
    "behaviour": "Shoppers who took one took the other",
}
ALIKE = {"text": "Described alike", "image": "Look alike"}

admin.site.unregister(Product)


@admin.register(Product)
class ModelledProductAdmin(ProductAdmin):
    """Adds modalities, events and nearest products to the catalogue's page."""

    change_form_outer_before_template = "admin/fusion/product/page.html"
    change_form_before_template = None  # the page has the summary at its top

    def get_urls(self) -> list[URLPattern]:
        """Add the rows of neighbours, which pages fetch one by one."""
        similar = self.admin_site.admin_view(self.similar_view)
        audience = self.admin_site.admin_view(self.audience_view)
        return [
            path("<int:product_pk>/similar/<slug:by>/", similar, name="catalog_product_similar"),
            path("<int:product_pk>/audience/", audience, name="catalog_product_audience"),
            *super().get_urls(),
        ]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Add a column for each modality."""
        return [*self.list_display, *map(_modality_column, modality_names())]

    def prepare_rows(self, rows: Sequence[Product]) -> None:
        """Read what is encoded of the page's products."""
        states = modality_states(rows)
        for row in rows:
            vars(row)["modalities"] = states[row.pk]

    def page_context(self, request: HttpRequest, row: Product | None) -> dict[str, Any]:
        """Add modalities, the encoders' text, recent events and the picture's fit."""
        if row is None:
            return {}
        chart, totals = daily_events(row, now=timezone.now())
        fit = PictureFit.objects.filter(product=row).select_related("accepted_by").first()
        return {
            **super().page_context(request, row),
            "modalities": vars(row)["modalities"],
            "words": product_text(row),
            "chart": chart,
            "event_totals": totals,
            "event_days": DAYS,
            "branches": branches(),
            "fit": fits_of([fit], shown=FIT_SHOWN, size=56)[fit.pk] if fit else None,
        }

    def similar_view(self, request: HttpRequest, product_pk: int, by: str) -> HttpResponse:
        """Answer with the nearest products of one branch."""
        product = self._visible(request, product_pk)
        if by not in branches():
            raise Http404
        answer = similar_products(
            product.external_id, by=by, limit=NEIGHBOURS, is_shown=False, now=timezone.now()
        )
        context = {
            "cards": answer_cards(answer, size=56),
            "problem": "" if is_from_model(answer) else origin_words(answer),
        }
        return render(request, "admin/fusion/product/neighbours.html", context)

    def audience_view(self, request: HttpRequest, product_pk: int) -> HttpResponse:
        """Answer with whom the product reaches: a dozen answers of the model."""
        product = self._visible(request, product_pk)
        context = {
            "product": product,
            "audience": audience_of(product, now=timezone.now()),
            "places": PLACES,
        }
        return render(request, "admin/fusion/product/audience.html", context)

    def _visible(self, request: HttpRequest, product_pk: int) -> Product:
        product = Product.objects.filter(pk=product_pk).first()
        if product is None or not self.has_view_permission(request, product):
            raise Http404
        return product


def branches() -> dict[str, str]:
    """Return what can decide that two products are alike, with its meaning in words."""
    alike = {name: ALIKE.get(name, f"{modality_label(name)} alike") for name in modality_names()}
    return BRANCHES | alike


def _modality_column(name: str) -> Callable[[Product], SafeString]:
    """Return the column that says whether a modality is encoded, or why not."""

    @column(modality_label(name))
    def mark(product: Product) -> SafeString:
        states: list[ModalityState] = vars(product)["modalities"]
        return _mark(next(state for state in states if state.name == name))

    return mark


def _mark(state: ModalityState) -> SafeString:
    if state.is_present:
        return format_html('<span class="rs-chip rs-ok" title="{}">✓</span>', state.words)
    return format_html('<span class="rs-why">{}</span>', state.words)
