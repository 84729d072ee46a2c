"""Rows for tests."""

import io
import uuid
from datetime import UTC, datetime
from typing import Any

from factory.declarations import LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory
from PIL import Image

from catalog.models import Category, Product
from users.models import Event, EventKind, Shopper, ShopperKind

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class CategoryFactory(DjangoModelFactory[Category]):
    class Meta:
        model = Category

    name = Sequence(lambda n: f"Category {n}")
    path = SelfAttribute("name")


class ProductFactory(DjangoModelFactory[Product]):
    class Meta:
        model = Product

    external_id = Sequence(lambda n: f"{n:06d}")
    title = Sequence(lambda n: f"Product {n}")


class ShopperFactory(DjangoModelFactory[Shopper]):
    class Meta:
        model = Shopper

    kind = ShopperKind.CUSTOMER
    external_id = Sequence(lambda n: f"u{n:05d}")


class EventFactory(DjangoModelFactory[Event]):
    class Meta:
        model = Event

    event_id = LazyFunction(uuid.uuid4)
    shopper = SubFactory(ShopperFactory)
    product = SubFactory(ProductFactory)
    kind = EventKind.VIEW
    occurred_at = NOON


def picture_bytes(
    colour: Any = (200, 30, 60), size: tuple[int, int] = (64, 64), image_format: str = "JPEG"
) -> bytes:
    """Return the file of a picture in one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, image_format)
    return buffer.getvalue()
