"""The cache of vectors."""

import hashlib

import numpy as np
import pytest
from django.core.files.storage import default_storage
from pytest_django import DjangoAssertNumQueries

from catalog.images import store_image
from catalog.models import Product
from catalog.product_data import parse_product
from catalog.services import ensure_products, upsert_products
from fusion.features import store
from fusion.features.encoders import get_encoder
from fusion.features.sources import FILE_IS_GONE
from fusion.models import Embedding
from tests.factories import picture_bytes

pytestmark = pytest.mark.django_db

MINILM = "minilm-l6-v2@1"
WORDS_V0 = "minilm-l6-v2@0"  # some encoder of words


def make_products(**titles: str) -> list[Product]:
    rows = [parse_product({"product_id": key, "title": value}) for key, value in titles.items()]
    upsert_products(rows)
    return list(Product.objects.with_external_ids(titles).order_by("external_id"))


def store_row(encoder: str, content_hash: str, vector: list[float]) -> None:
    stored = np.array(vector, dtype="<f2").tobytes()
    Embedding.objects.create(encoder=encoder, content_hash=content_hash, vector=stored)


def test_a_text_gets_the_vector_of_its_encoder() -> None:
    [lamp] = make_products(a="Brass lamp")

    assert store.encode_missing("text") == store.EncodeResult(1, 0, 0)

    features = store.load_features("text", [lamp.pk], MINILM)
    [expected] = get_encoder("minilm").encode(["Brass lamp"])
    assert features is not None
    assert features.present.tolist() == [False, True]
    assert np.abs(features.vectors[1] - expected).max() < 1e-3
    assert features.vectors[0].tolist() == [0.0] * 384


def test_equal_texts_are_encoded_once() -> None:
    make_products(a="Lamp", b="Lamp", c="Chair")

    assert store.num_missing("text") == 2
    assert store.encode_missing("text") == store.EncodeResult(2, 0, 0)
    assert Embedding.objects.count() == 2


def test_a_second_call_encodes_nothing() -> None:
    make_products(a="Lamp")
    store.encode_missing("text")

    assert store.encode_missing("text") == store.EncodeResult(0, 0, 0)


def test_a_changed_text_is_missing_again() -> None:
    make_products(a="Lamp")
    store.encode_missing("text")
    make_products(a="Desk lamp")

    assert store.is_missing("text")


def test_a_limit_leaves_the_rest_for_the_next_call() -> None:
    make_products(a="Lamp", b="Chair", c="Table")

    assert store.encode_missing("text", limit=2) == store.EncodeResult(2, 0, 1)
    assert store.encode_missing("text", limit=2) == store.EncodeResult(1, 0, 0)


def test_a_placeholder_is_not_encoded_and_a_switched_off_product_is() -> None:
    make_products(a="Lamp")
    Product.objects.update(is_available=False)
    ensure_products(["unheard-of"])

    assert store.encode_missing("text") == store.EncodeResult(1, 0, 0)


def test_the_main_picture_is_encoded_and_the_others_are_not() -> None:
    [lamp] = make_products(a="Lamp")
    store_image(lamp, 2, picture_bytes("blue"))
    store_image(lamp, 1, picture_bytes("red"))
    store_image(lamp, 0, b"no picture")

    assert store.encode_missing("image") == store.EncodeResult(1, 0, 0)
    assert Embedding.objects.get().content_hash == hashlib.sha256(picture_bytes("red")).hexdigest()


def test_a_picture_whose_file_is_gone_is_a_problem_until_it_is_tried_again() -> None:
    [lamp] = make_products(a="Lamp")
    store_image(lamp, 0, picture_bytes("red"))
    default_storage.delete(str(lamp.images.get().file))

    assert store.encode_missing("image") == store.EncodeResult(0, 1, 0)
    assert Embedding.objects.get().problem == FILE_IS_GONE.reason
    assert store.forget_problems("image") == 1
    assert store.is_missing("image")


def test_a_row_that_another_worker_wrote_meanwhile_stays() -> None:
    [lamp] = make_products(a="Lamp")
    inputs = store._inputs("text", 10)
    store_row(MINILM, lamp.text_hash, [1.0, 0.0])

    store._encode("text", inputs)

    assert bytes(Embedding.objects.get().vector or b"") == np.array([1, 0], "<f2").tobytes()


def test_vectors_are_read_in_the_order_asked_for_with_length_1() -> None:
    lamp, chair, table = make_products(a="Lamp", b="Chair", c="Table")
    store_row(WORDS_V0, lamp.text_hash, [0.6, 0.8])
    store_row(WORDS_V0, table.text_hash, [0.0, 0.5])
    store_row("other", chair.text_hash, [1.0, 0.0])

    features = store.load_features("text", [table.pk, chair.pk, lamp.pk, 0], WORDS_V0)

    assert features is not None
    assert features.present.tolist() == [False, True, False, True, False]
    assert features.vectors[[0, 1, 2, 4]].tolist() == [[0, 0], [0, 1], [0, 0], [0, 0]]
    assert features.vectors[3].tolist() == pytest.approx([0.6, 0.8], abs=1e-3)
    assert float(np.linalg.norm(features.vectors[3])) == pytest.approx(1, abs=1e-6)


def test_what_could_not_be_read_is_absent() -> None:
    lamp, chair = make_products(a="Lamp", b="Chair")
    store_row(WORDS_V0, lamp.text_hash, [1.0, 0.0])
    Embedding.objects.create(encoder=WORDS_V0, content_hash=chair.text_hash, problem="No words.")

    features = store.load_features("text", [lamp.pk, chair.pk], WORDS_V0)

    assert features is not None
    assert features.present.tolist() == [False, True, False]


def test_there_are_no_features_before_the_encoder_made_a_vector() -> None:
    [lamp] = make_products(a="Lamp")

    assert store.load_features("text", [lamp.pk], MINILM) is None


def test_reading_takes_as_many_queries_for_many_products_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    products = make_products(**{f"p{n}": f"Lamp {chr(97 + n)}" for n in range(20)})
    for product in products:
        store_row(WORDS_V0, product.text_hash, [1.0, 0.0])

    with django_assert_num_queries(3):
        store.load_features("text", [product.pk for product in products], WORDS_V0)
