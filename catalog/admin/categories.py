"""Categories in the admin."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest

from catalog.admin.base import BaseAdmin
from catalog.admin.theme import column
from catalog.models import Category, Product


@admin.register(Category)
class CategoryAdmin(BaseAdmin[Category]):
    """The tree as the feeds made it; a path is the feed's identity of a category."""

    when_empty = "They come with the products that name one."
    list_display = ("path", "num_products")
    search_fields = ("path",)
    ordering = ("path",)
    sortable_by = ("path",)
    readonly_fields = ("path", "parent")
    fields = ("path", "name", "parent")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Feeds add categories with the products that need them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Category | None = None) -> bool:
        """A category goes when no feed names it."""
        return False

    def prepare_rows(self, rows: Sequence[Category]) -> None:
        """Count the products of the page's categories."""
        counts = dict(
            Product.objects.filter(category__in=rows)
            .values_list("category")
            .annotate(Count("pk"))
            .order_by()
        )
        for row in rows:
            vars(row)["num_products"] = counts.get(row.pk, 0)

    @column("Products")
    def num_products(self, category: Category) -> int:
        """Products in exactly this category."""
        return int(vars(category)["num_products"])
