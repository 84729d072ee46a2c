"""Products' pictures on admin pages."""

from django.db.models import Prefetch, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Product, ProductImage


def pictures_of(path: str = "") -> "Prefetch[str, QuerySet[ProductImage], str]":
    """Prefetch the pictures in their order; `path` leads to the product ("product__")."""
    return Prefetch(f"{path}images", queryset=ProductImage.objects.order_by("position"))


def main_picture(product: Product) -> ProductImage | None:
    """Return the usable picture at the lowest position; reads the prefetched `images`."""
    return next((each for each in product.images.all() if each.file and not each.problem), None)


def picture_problem(product: Product) -> str:
    """Say in plain words why the product shows no picture; empty when it does."""
    if main_picture(product) is not None:
        return ""
    problems = [each.problem for each in product.images.all() if each.problem]
    return problems[0] if problems else "No picture was sent."


def thumbnail(picture: ProductImage | None, *, size: int = 40) -> SafeString:
    """Return a small square of the picture, or an empty frame."""
    if picture is None or not picture.file:
        return format_html(
            '<span class="rs-thumb rs-thumb-none" style="width:{0}px;height:{0}px"'
            ' title="No picture"></span>',
            size,
        )
    # The title stands beside it, so a screen reader needs no second text.
    return format_html(
        '<img class="rs-thumb" src="{0}" width="{1}" height="{1}" alt="" loading="lazy">',
        picture.file.url,
        size,
    )


def product_cell(product: Product, *, size: int = 40) -> SafeString:
    """Return picture, title and id of a product, as lists show it."""
    return format_html(
        '<span class="rs-cell">{}<span><strong>{}</strong><small>{}</small></span></span>',
        thumbnail(main_picture(product), size=size),
        product.title or "(not described yet)",
        product.external_id,
    )
