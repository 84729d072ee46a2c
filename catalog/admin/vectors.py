"""Vectors the shop has sent, in the admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.filters import known_values_filter
from catalog.admin.theme import column
from catalog.models import ProductVector
from catalog.vector_rows import LENGTH
from catalog.vectors import sent_modalities


@admin.register(ProductVector)
class ProductVectorAdmin(ReadOnlyAdmin[ProductVector]):
    """Read-only: vectors come by the API and by files, which check them."""

    when_empty = (
        "Only a shop that computes vectors of its own has any here, sound for example. "
        "Texts and pictures are encoded without them."
    )
    list_display = ("product", "modality", "length", "short_hash")
    list_filter = (known_values_filter("modality", sent_modalities),)
    list_select_related = ("product",)
    search_fields = ("product__external_id",)
    search_help_text = "Product id"
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("product", "modality", "length", "content_hash")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductVector]:
        """Rows with the length of their vectors instead of the numbers."""
        rows = super().get_queryset(request).defer("numbers")
        return rows.annotate(length=LENGTH)

    def get_readonly_fields(
        self, request: HttpRequest, obj: ProductVector | None = None
    ) -> tuple[str, ...]:
        """Name the field that is a column of this class."""
        return ("length",)

    @column("Numbers")
    def length(self, vector: ProductVector) -> int:
        """How many numbers it has."""
        return int(vars(vector)["length"])

    @column("Content")
    def short_hash(self, vector: ProductVector) -> str:
        """The beginning of the sha256 of the numbers."""
        return vector.content_hash[:12]
