"""The checkerboard as events in the database: a shop to train on."""

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from catalog.models import Product
from fusion.features import store
from fusion.models import Embedding
from tests.fusion.checkerboard import NUM_ITEMS, NUM_SHOPPERS, checkerboard
from users.models import Event, Shopper, ShopperKind

OPENED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def open_training_shop(*, num_shoppers: int = NUM_SHOPPERS) -> None:
    """Write products with vectors, shoppers, and what the shoppers bought."""
    data = checkerboard()
    products = Product.objects.bulk_create(
        Product(external_id=f"p{row:02}", title=f"Product {row}", text_hash=f"{row:064}")
        for row in range(1, NUM_ITEMS + 1)
    )
    shoppers = Shopper.objects.bulk_create(
        Shopper(kind=ShopperKind.CUSTOMER, external_id=f"u{n:03}") for n in range(num_shoppers)
    )
    columns = (data.interactions.shopper, data.interactions.item, data.interactions.occurred_at)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    Event.objects.bulk_create(
        Event(
            event_id=uuid.uuid4(),
            shopper=shoppers[shopper],
            product=products[item - 1],
            kind="purchase",
            occurred_at=OPENED_AT + timedelta(seconds=seconds),
        )
        for shopper, item, seconds in rows
        if shopper < num_shoppers
    )
    _store_vectors(data.modalities["text"].vectors, products)


def _store_vectors(vectors: NDArray[np.float32], products: list[Product]) -> None:
    Embedding.objects.bulk_create(
        Embedding(
            encoder=store.encoder_in_use("text"),
            content_hash=product.text_hash,
            vector=vectors[row].astype("<f2").tobytes(),
        )
        for row, product in enumerate(products, start=1)
    )
