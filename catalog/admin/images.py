"""Pictures in the admin: above all the list of those that need work."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.filters import ProblemFilter
from catalog.admin.pictures import thumbnail
from catalog.admin.theme import column
from catalog.models import ProductImage


@admin.register(ProductImage)
class ProductImageAdmin(ReadOnlyAdmin[ProductImage]):
    """Read-only: a picture passes the checks of the feeds and the API, never a back door."""

    when_empty = (
        "They come with the catalogue: import_catalog --images DIR, or one by one over the API."
    )
    list_display = ("picture", "product", "position", "size", "problem", "updated_at")
    list_display_links = ("product",)  # a link of a picture alone has no name to read out
    list_filter = (ProblemFilter,)
    list_select_related = ("product",)
    search_fields = ("product__external_id", "product__title")
    search_help_text = "Product id or words of its title"
    ordering = ("-updated_at", "-pk")
    sortable_by = ()
    fields = ("big_picture", "product", "position", "problem", "size", "source_url", "updated_at")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ProductImage | None = None
    ) -> tuple[str, ...]:
        """Name the fields that are columns of this class."""
        return ("big_picture", "size")

    @column("Picture")
    def picture(self, image: ProductImage) -> SafeString:
        """A small square of it."""
        return thumbnail(image)

    @column("Picture")
    def big_picture(self, image: ProductImage) -> SafeString:
        """The picture, large enough to judge it."""
        return thumbnail(image, size=320)

    @column("Size")
    def size(self, image: ProductImage) -> str:
        """Width and height in pixels."""
        return f"{image.width} x {image.height} px" if image.width else "-"
