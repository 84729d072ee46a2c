"""What a storefront needs to draw a product."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.core.files.storage import default_storage
from django.db.models import OuterRef, Subquery

from catalog.models import Product, ProductImage


@dataclass(frozen=True, slots=True)
class ProductCard:
    """Title, picture, price and page of one product.

    Attributes:
        image_url: of the main picture; None without one.
        price: None when unknown.
    """

    title: str
    url: str
    image_url: str | None
    price: float | None
    currency: str
    category: str


def product_cards(product_ids: Collection[str]) -> dict[str, ProductCard]:
    """Return the cards of these products, in one query."""
    pictures = ProductImage.objects.usable().filter(product=OuterRef("pk")).order_by("position")
    rows = (
        Product.objects.with_external_ids(product_ids)
        .annotate(picture=Subquery(pictures.values("file")[:1]))
        .values_list(
            "external_id", "title", "url", "picture", "price", "currency", "category__path"
        )
    )
    return {external_id: _card(*columns) for external_id, *columns in rows}


def _card(
    title: str,
    url: str,
    picture: str | None,
    price: Decimal | None,
    currency: str,
    category: str | None,
) -> ProductCard:
    image_url = default_storage.url(picture) if picture else None
    amount = float(price) if price is not None else None
    return ProductCard(title, url, image_url, amount, currency, category or "")
