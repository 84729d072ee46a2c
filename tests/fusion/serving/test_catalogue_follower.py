"""Products that appear, change or are switched off after training."""

import copy
from datetime import UTC, datetime

import numpy as np
import pytest
import torch
from django.core.files.base import ContentFile
from pytest_django import Settings

from catalog.models import Product, ProductImage
from fusion.features.store import encoder_in_use, modality_names
from fusion.models import Embedding
from fusion.serving.catalogue_follower import CatalogueFollower
from fusion.serving.ranker import Ranker, RankRequest
from tests.factories import ProductFactory, picture_bytes
from tests.fusion.checkerboard import checkerboard
from tests.fusion.served_shop import CUTOFF, Shop, open_shop, trained

pytestmark = pytest.mark.django_db

EVEN_TEXT = checkerboard().modalities["text"].vectors[2]
ODD_TEXT = checkerboard().modalities["text"].vectors[1]


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


def now() -> datetime:
    return datetime.now(UTC)


def ranker_of(shop: Shop) -> Ranker:
    recommender = copy.deepcopy(trained())
    recommender.item_ids = torch.tensor([0, *shop.pks()])
    return Ranker(recommender)


def follow(shop: Shop) -> tuple[CatalogueFollower, Ranker]:
    """Return a follower of a version whose training read the shop as it is."""
    ranker = ranker_of(shop)
    encoders = {name: encoder_in_use(name) for name in modality_names()}
    follower = CatalogueFollower(ranker, cutoff=CUTOFF, encoders=encoders)
    return follower, follower.first(ranker)


def store_vector(modality: str, content_hash: str, vector: "np.ndarray | None") -> None:
    Embedding.objects.create(
        encoder=encoder_in_use(modality),
        content_hash=content_hash,
        vector=None if vector is None else vector.astype("<f2").tobytes(),
        problem="" if vector is not None else "The file is not a picture.",
    )


def add_picture(product: Product, content_hash: str) -> None:
    file = ContentFile(picture_bytes(), name="a.jpg")
    ProductImage.objects.create(product=product, file=file, content_hash=content_hash)


def ranked(ranker: Ranker, shop: Shop, k: int = 30) -> list[int]:
    history = [(product.pk, 1.0, 60) for product in shop.even[:4]]
    return [item.product_pk for item in ranker.rank([RankRequest(history, k)])[0]]


def test_nothing_new_leaves_the_ranker_as_it_is(shop: Shop) -> None:
    follower, ranker = follow(shop)

    assert follower.refresh(ranker, now=now()) is ranker


def test_vectors_of_another_encoder_than_the_versions_are_left_alone(
    shop: Shop, settings: Settings
) -> None:
    follower, ranker = follow(shop)
    product = ProductFactory.create()
    settings.FUSION_MODALITIES = {
        **settings.FUSION_MODALITIES,
        "text": "sentence-transformers:other",
    }
    store_vector("text", product.text_hash, np.ones(3, dtype=np.float32))

    assert follower.refresh(ranker, now=now()) is ranker


def test_a_new_product_is_recommended_once_it_is_encoded(shop: Shop) -> None:
    follower, ranker = follow(shop)
    product = ProductFactory.create()
    waiting = follower.refresh(ranker, now=now())
    store_vector("text", product.text_hash, EVEN_TEXT)

    grown = follower.refresh(waiting, now=now())

    assert waiting is ranker
    assert product.pk in ranked(grown, shop)
    assert follower.refresh(grown, now=now()) is grown


def test_a_new_product_is_similar_to_its_like(shop: Shop) -> None:
    follower, ranker = follow(shop)
    product = ProductFactory.create()
    store_vector("text", product.text_hash, EVEN_TEXT)

    grown = follower.refresh(ranker, now=now())

    similar = {item.product_pk for item in grown.similar(product.pk, 5, "text")}
    assert similar <= {each.pk for each in shop.even}
    assert len(similar) == 5


def test_words_of_a_new_product_do_not_wait_for_its_picture(shop: Shop) -> None:
    follower, ranker = follow(shop)
    product = ProductFactory.create()
    add_picture(product, "picture")
    store_vector("text", product.text_hash, EVEN_TEXT)

    assert product.pk in ranked(follower.refresh(ranker, now=now()), shop)


def test_a_picture_that_cannot_be_read_is_not_waited_for(shop: Shop) -> None:
    follower, ranker = follow(shop)
    product = ProductFactory.create()
    add_picture(product, "broken")
    store_vector("text", product.text_hash, EVEN_TEXT)
    store_vector("image", "broken", None)

    grown = follower.refresh(ranker, now=now())

    assert product.pk in ranked(grown, shop)
    assert follower._waiting == {}


def test_a_changed_product_keeps_its_old_vectors_until_the_new_ones_are_there(shop: Shop) -> None:
    follower, ranker = follow(shop)
    changed = shop.even[0]
    Product.objects.filter(pk=changed.pk).update(text_hash="rewritten", updated_at=now())
    waiting = follower.refresh(ranker, now=now())
    store_vector("text", "rewritten", ODD_TEXT)

    grown = follower.refresh(waiting, now=now())

    assert waiting is ranker
    before = {item.product_pk for item in ranker.similar(changed.pk, 5, "text")}
    after = {item.product_pk for item in grown.similar(changed.pk, 5, "text")}
    assert before <= {each.pk for each in shop.even}
    assert after <= {each.pk for each in shop.odd}


def test_a_new_picture_alone_reaches_the_ranker(shop: Shop) -> None:
    follower, ranker = follow(shop)
    pictured = shop.even[0]
    add_picture(pictured, "odd picture")
    store_vector("image", "odd picture", checkerboard().modalities["image"].vectors[1])

    grown = follower.refresh(ranker, now=now())

    after = {item.product_pk for item in grown.similar(pictured.pk, 3, "image")}
    assert after <= {each.pk for each in shop.odd}
    assert len(after) == 3


def test_a_new_price_costs_no_new_index(shop: Shop) -> None:
    follower, ranker = follow(shop)
    Product.objects.filter(pk=shop.even[0].pk).update(price=5, updated_at=now())

    assert follower.refresh(ranker, now=now()) is ranker


def test_a_product_switched_off_takes_no_place_and_comes_back(shop: Shop) -> None:
    follower, ranker = follow(shop)
    chosen = Product.objects.filter(pk=shop.even[5].pk)
    chosen.update(is_available=False, updated_at=now())
    without = follower.refresh(ranker, now=now())
    chosen.update(is_available=True, updated_at=now())

    again = follower.refresh(without, now=now())

    assert shop.even[5].pk in ranked(ranker, shop)
    assert shop.even[5].pk not in ranked(without, shop)
    assert shop.even[5].pk in ranked(again, shop)


def test_a_product_switched_off_before_loading_takes_no_place(shop: Shop) -> None:
    Product.objects.filter(pk=shop.even[5].pk).update(is_available=False)

    _, ranker = follow(shop)

    assert shop.even[5].pk not in ranked(ranker, shop)


def test_what_changed_between_training_and_loading_is_taken_over(shop: Shop) -> None:
    product = ProductFactory.create()
    store_vector("text", product.text_hash, EVEN_TEXT)

    _, ranker = follow(shop)

    assert product.pk in ranked(ranker, shop)


def test_a_placeholder_is_nothing_to_rank(shop: Shop) -> None:
    follower, ranker = follow(shop)
    ProductFactory.create(is_placeholder=True, is_available=False)

    assert follower.refresh(ranker, now=now()) is ranker
