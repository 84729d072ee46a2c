"""The check of a whole shop for pictures that do not fit their words, over real rows."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from catalog.models import Product
from catalog.vectors import STORED_AS
from fusion import tasks
from fusion.features.picture_fit import check_picture_fit, is_due
from fusion.features.store import encoder_in_use
from fusion.models import Embedding, PictureFit
from tests.admin_shop import make_image
from tests.factories import NOON, ProductFactory

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=25)


def store(modality: str, content_hash: str, vector: Any) -> None:
    unit = vector / np.linalg.norm(vector)
    Embedding.objects.create(
        encoder=encoder_in_use(modality),
        content_hash=content_hash,
        vector=unit.astype(STORED_AS).tobytes(),
    )


def make_shop(count: int = 40, kinds: int = 4) -> list[Product]:
    """Products of a few kinds that read and look like their kind."""
    rng = np.random.default_rng(0)
    words, pictures = rng.normal(size=(kinds, 16)), rng.normal(size=(kinds, 24))
    products = []
    for number in range(count):
        product = ProductFactory.create()
        store("text", product.text_hash, words[number % kinds] + 0.2 * rng.normal(size=16))
        image = make_image(product)
        store("image", image.content_hash, pictures[number % kinds] + 0.2 * rng.normal(size=24))
        products.append(product)
    return products


def exchange_pictures(one: Product, other: Product) -> None:
    first, second = one.images.get(), other.images.get()
    hashes = (second.content_hash, first.content_hash)
    for image, content_hash in zip((first, second), hashes, strict=True):
        image.content_hash = content_hash
        image.save()


def worst() -> list[int]:
    return list(PictureFit.objects.worst_first().values_list("product_id", flat=True))


def test_exchanged_pictures_head_the_list() -> None:
    products = make_shop()
    exchange_pictures(products[0], products[1])

    assert check_picture_fit(now=NOON) == 40

    assert set(worst()[:2]) == {products[0].pk, products[1].pk}
    row = PictureFit.objects.get(product=products[0])
    assert row.share_better >= 0.95
    assert {pk for pk in row.near_words if pk in {each.pk for each in products[4::4]}} != set()
    assert len(row.near_picture) == 10


def test_a_second_check_renews_the_rows_and_drops_what_is_gone() -> None:
    products = make_shop()
    check_picture_fit(now=NOON)
    Product.objects.filter(pk=products[0].pk).update(is_available=False)

    assert check_picture_fit(now=LATER) == 39

    assert products[0].pk not in worst()
    assert set(PictureFit.objects.values_list("computed_at", flat=True)) == {LATER}


def test_what_a_person_called_fine_stays_fine_until_the_picture_changes() -> None:
    products = make_shop()
    check_picture_fit(now=NOON)
    for row in PictureFit.objects.filter(product__in=products[:2]):
        PictureFit.objects.filter(pk=row.pk).update(accepted_content=row.content)
    exchange_pictures(products[1], products[2])

    check_picture_fit(now=LATER)

    to_check = set(PictureFit.objects.to_check().values_list("product_id", flat=True))
    assert products[0].pk not in to_check
    assert products[1].pk in to_check


def test_a_handful_of_products_is_not_checked() -> None:
    make_shop(count=12)

    assert check_picture_fit(now=NOON) == 12
    assert not PictureFit.objects.exists()


def test_a_shop_without_pictures_is_not_checked(settings: Any) -> None:
    make_shop()
    settings.FUSION_MODALITIES = {"text": "minilm"}

    assert check_picture_fit(now=NOON) == 0
    assert not is_due(now=NOON)


def test_the_check_is_due_once_a_day_when_all_is_encoded() -> None:
    make_shop()
    assert is_due(now=NOON)
    check_picture_fit(now=NOON)

    assert not is_due(now=NOON + timedelta(hours=23))
    assert is_due(now=LATER)
    ProductFactory.create(title="Not encoded yet")
    assert not is_due(now=LATER)


def test_a_person_need_not_wait_for_the_day_and_a_second_message_is_dropped() -> None:
    make_shop()
    check_picture_fit(now=NOON)

    assert is_due(now=NOON, asked_at=NOON + timedelta(minutes=1))
    assert not is_due(now=NOON, asked_at=NOON - timedelta(minutes=1))


def test_the_task_checks_a_shop_that_is_due() -> None:
    make_shop()

    tasks.check_picture_fit()

    assert PictureFit.objects.count() == 40
