"""Products in the admin."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from catalog.admin.base import BaseAdmin
from catalog.admin.fields import AmountField, IndentedJson, amount_words, pair_words
from catalog.admin.filters import PictureFilter, WordsFilter
from catalog.admin.pictures import main_picture, picture_problem, pictures_of, product_cell
from catalog.admin.theme import column
from catalog.models import Product

FACTS = ("title", "description", "brand", "category", "price", "currency", "url", "attributes")

FACTS_READ = ("title", "description", "brand", "category", "shown_price", "url", "shown_attributes")


def price_words(price: Decimal | None, currency: str) -> str:
    """Write a price with two decimals, or with as many as it has."""
    if price is None:
        return "-"
    return f"{amount_words(price)}\N{NO-BREAK SPACE}{currency}".strip()


def availability(product: Product) -> str:
    """Say in words whether the product may be shown."""
    if product.is_placeholder:
        return "Not described yet"
    return "Available" if product.is_available else "Switched off"


class ProductAdmin(BaseAdmin[Product]):
    """The catalogue. Feeds own the facts; a person may correct them and switch products off."""

    when_empty = (
        "Products come from a feed (manage.py import_catalog products.csv) or over the API."
    )
    list_display: tuple[str, ...] = ("name", "category", "shown_price", "shown_availability")
    list_filter = (
        "is_available",
        "is_placeholder",
        ("category", AutocompleteSelectFilter),
        PictureFilter,
        WordsFilter,
    )
    list_select_related = ("category",)
    search_fields = ("external_id", "title")
    search_help_text = "Product id or words of the title"
    ordering = ("-updated_at", "-id")
    sortable_by = ("shown_price",)
    autocomplete_fields = ("category",)
    actions = ("switch_on", "switch_off")
    formfield_overrides = {
        models.URLField: {"assume_scheme": "https"},
        models.DecimalField: {"form_class": AmountField},
        models.JSONField: {"encoder": IndentedJson},
    }
    change_form_before_template: str | None = "admin/catalog/product/summary.html"
    fieldsets = (
        (None, {"fields": ("external_id", "is_available")}),
        ("What the shop says", {"fields": FACTS}),
        ("Record", {"fields": (("created_at", "updated_at"),)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        """Return the form, or for those who only read its values as people write them."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        named, (title, _), record = self.fieldsets
        return (named, (title, {"fields": FACTS_READ}), record)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """Products with their pictures."""
        return super().get_queryset(request).prefetch_related(pictures_of())

    def get_readonly_fields(
        self, request: HttpRequest, obj: Product | None = None
    ) -> tuple[str, ...]:
        """Keep the id of a product that is there: events and feeds name it."""
        return ("created_at", "updated_at", *(() if obj is None else ("external_id",)))

    def has_change_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Refuse placeholders: a feed has to describe them first."""
        is_described = obj is None or not obj.is_placeholder
        return is_described and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Refuse: a product is switched off, so that its history stays."""
        return False

    def page_context(self, request: HttpRequest, row: Product | None) -> dict[str, Any]:
        """What the summary above the form shows."""
        if row is None:
            return {}
        return {
            "product": row,
            "main_picture": main_picture(row),
            "pictures": list(row.images.all()),
            "picture_problem": picture_problem(row),
            "availability": availability(row),
        }

    @column("Product", ordering="title")
    def name(self, product: Product) -> SafeString:
        """Title and id beside the picture."""
        return product_cell(product)

    @column("Price", ordering="price")
    def shown_price(self, product: Product) -> str:
        """Price and currency."""
        return price_words(product.price, product.currency)

    @column("Attributes")
    def shown_attributes(self, product: Product) -> str:
        """Names and values."""
        return pair_words(product.attributes) or "-"

    @column(
        "Availability",
        labels={"Available": "success", "Not described yet": "warning", "Switched off": "danger"},
    )
    def shown_availability(self, product: Product) -> str:
        """Whether it may be shown to a shopper."""
        return availability(product)

    @admin.action(description="Switch off: never recommend", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        """Take products out of every answer at once."""
        self._switch(request, queryset, is_available=False)

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        """Let products be recommended again."""
        self._switch(request, queryset.known(), is_available=True)  # type: ignore[attr-defined]

    def _switch(
        self, request: HttpRequest, products: QuerySet[Product], *, is_available: bool
    ) -> None:
        state = "on" if is_available else "off"
        # The moment tells the serve workers that something changed.
        values = {"is_available": is_available, "updated_at": timezone.now()}
        changed = list(products.exclude(is_available=is_available))
        Product.objects.filter(pk__in=[each.pk for each in changed]).update(**values)
        LogEntry.objects.log_actions(request.user.pk or 0, changed, CHANGE, f"Switched {state}.")
        changes = {"Is available": ("no", "yes") if is_available else ("yes", "no")}
        self.tell(request, f"switch_{state}", changed, changes=changes)
        self.message_user(request, f"{len(changed)} switched {state}.", messages.SUCCESS)


admin.site.register(Product, ProductAdmin)
