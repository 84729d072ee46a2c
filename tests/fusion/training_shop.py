"""A shop to train on whose answer is known: its products stand in a ring.

Every shopper buys eight neighbours in a row, so the next product follows from the last one. Who
only counts what was bought together cannot tell the product after the row from the one before.
"""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from catalog.models import Product
from fusion.config import TrainingConfig
from fusion.features import store
from fusion.models import Embedding
from tests.fusion.checkerboard import small_config
from users.models import Event, Shopper, ShopperKind

NUM_PRODUCTS = 24
NUM_SHOPPERS = 60
BOUGHT = 8
OPENED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def open_training_shop(*, num_shoppers: int = NUM_SHOPPERS) -> None:
    """Write products with text vectors, shoppers, and what the shoppers bought."""
    products = Product.objects.bulk_create(
        Product(external_id=f"p{place:02}", title=f"Product {place}", text_hash=f"{place:064}")
        for place in range(NUM_PRODUCTS)
    )
    shoppers = Shopper.objects.bulk_create(
        Shopper(kind=ShopperKind.CUSTOMER, external_id=f"u{n:03}") for n in range(num_shoppers)
    )
    Event.objects.bulk_create(
        Event(
            event_id=uuid.uuid4(),
            shopper=shopper,
            product=products[(5 * n + step) % NUM_PRODUCTS],
            kind="purchase",
            occurred_at=OPENED_AT + timedelta(minutes=step),
        )
        for n, shopper in enumerate(shoppers)
        for step in range(BOUGHT)
    )
    Embedding.objects.bulk_create(
        Embedding(
            encoder=store.encoder_in_use("text"),
            content_hash=product.text_hash,
            vector=vector.astype("<f2").tobytes(),
        )
        for product, vector in zip(products, _ring(), strict=True)
    )


def _ring() -> NDArray[np.float64]:
    """Return a vector of length 1 per product; neighbours are alike."""
    angles = 2 * np.pi * np.arange(NUM_PRODUCTS) / NUM_PRODUCTS
    waves = [wave(k * angles) for k in (1, 2, 3) for wave in (np.cos, np.sin)]
    vectors: NDArray[np.float64] = np.stack(waves, axis=1) / np.sqrt(3)
    return vectors


def slow_config() -> TrainingConfig:
    """Train for some seconds, so that something can happen meanwhile."""
    config = small_config()
    return replace(config, sequence=replace(config.sequence, max_epochs=150, patience=150))
