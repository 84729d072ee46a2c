"""Products as a page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from catalog.models import Product, ProductImage
from demo.bars import Bars

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}


@dataclass(frozen=True)
class Card:
    """One product with its picture; `bars` says why it is here, when a model chose it."""

    product: Product
    picture: str | None
    price: str
    bars: Bars | None = None


def with_pictures(products: QuerySet[Product]) -> QuerySet[Product]:
    """Read the category and the usable pictures along."""
    usable = ProductImage.objects.usable().order_by("position")
    return products.select_related("category__parent").prefetch_related(
        Prefetch("images", usable, to_attr="usable_images")
    )


def make_card(product: Product, bars: Bars | None = None) -> Card:
    """Return the card of a product read by `with_pictures`."""
    images: list[ProductImage] = getattr(product, "usable_images", [])
    return Card(
        product=product,
        picture=images[0].file.url if images else None,
        price=money(product.price, product.currency),
        bars=bars,
    )


def cards_by_id(product_ids: Iterable[str]) -> dict[str, Card]:
    """Return the cards of these products, those that may be shown, in the given order."""
    wanted = list(product_ids)
    found = with_pictures(Product.objects.available().with_external_ids(wanted))
    cards = {product.external_id: make_card(product) for product in found}
    return {product_id: cards[product_id] for product_id in wanted if product_id in cards}


def money(amount: Decimal | None, currency: str) -> str:
    """Return a price as people write it; nothing when there is none."""
    if amount is None:
        return ""
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{amount:,.2f}" if symbol else f"{amount:,.2f} {currency}".strip()
