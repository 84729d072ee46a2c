"""Vectors that a shop computes itself, on their way in."""

from typing import Any

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from catalog.models import Product, ProductVector
from catalog.product_data import parse_product
from catalog.services import plan_upsert, receive_products, upsert_products
from catalog.vector_rows import length_in_use
from catalog.vectors import parse_vector, stated_length, unit_vector

pytestmark = pytest.mark.django_db
LAMP = "/api/v1/products/lamp"


@pytest.fixture(autouse=True)
def audio(settings: Settings) -> None:
    settings.FUSION_MODALITIES = {"text": "minilm", "audio": "precomputed"}


def send(**audio_of: Any) -> list[str]:
    """Send one product a keyword with its audio vector; return what became of each."""
    rows = [{"product_id": key, "embeddings": {"audio": each}} for key, each in audio_of.items()]
    return [verdict.status for verdict in receive_products(rows)]


def kept(product_id: str, modality: str = "audio") -> list[float]:
    """Return the numbers kept of a product."""
    row = ProductVector.objects.get(product__external_id=product_id, modality=modality)
    return [float(each) for each in np.frombuffer(bytes(row.numbers), "<f2")]


def test_a_vector_is_kept_with_length_1() -> None:
    assert send(lamp=[3, 4.0]) == ["created"]

    assert kept("lamp") == pytest.approx([0.6, 0.8], abs=1e-3)


def test_the_same_direction_again_changes_nothing() -> None:
    send(lamp=[3, 4])
    [before] = Product.objects.values_list("updated_at", flat=True)

    assert send(lamp=[6, 8]) == ["unchanged"]
    assert list(Product.objects.values_list("updated_at", flat=True)) == [before]


def test_another_direction_replaces_the_vector_and_tells_the_serve_workers() -> None:
    send(lamp=[1, 0])
    [before] = Product.objects.values_list("updated_at", flat=True)

    assert send(lamp=[0, 1]) == ["updated"]
    assert kept("lamp") == [0.0, 1.0]
    assert Product.objects.filter(updated_at__gt=before).count() == 1


def test_null_removes_a_vector_once() -> None:
    send(lamp=[1, 0])

    assert send(lamp=None) == ["updated"]
    assert not ProductVector.objects.exists()
    assert send(lamp=None) == ["unchanged"]


def test_a_row_that_says_nothing_of_vectors_keeps_them_and_asks_for_none(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    send(lamp=[1, 0])
    rows = [parse_product({"product_id": "lamp"}, replace=True)]

    with django_assert_num_queries(1):
        plan_upsert(rows)
    upsert_products(rows)

    assert kept("lamp") == [1.0, 0.0]


def test_modalities_are_kept_apart(settings: Settings) -> None:
    settings.FUSION_MODALITIES = {"audio": "precomputed", "style": "precomputed:3"}
    receive_products([{"product_id": "lamp", "embeddings": {"audio": [1, 0]}}])
    receive_products([{"product_id": "lamp", "embeddings": {"style": [0, 0, 2]}}])

    assert kept("lamp") == [1.0, 0.0]
    assert kept("lamp", "style") == [0.0, 0.0, 1.0]


def test_the_first_vector_decides_the_length_of_the_others_of_its_call_too() -> None:
    assert send(lamp=[1, 0], chair=[1, 0, 0], table=[0, 1]) == ["created", "rejected", "created"]
    assert send(chair=[1, 0, 0]) == ["rejected"]
    assert not Product.objects.filter(external_id="chair").exists()
    assert length_in_use("audio") == 2


def test_a_stated_length_holds_before_any_vector_is_there(settings: Settings) -> None:
    settings.FUSION_MODALITIES = {"audio": "precomputed:3"}

    [verdict] = receive_products([{"product_id": "lamp", "embeddings": {"audio": [1, 0]}}])

    assert verdict.reason == "embeddings.audio: Send 3 numbers, not 2."
    assert length_in_use("audio") == 3


def test_after_all_are_removed_another_length_may_come() -> None:
    send(lamp=[1, 0])
    send(lamp=None)

    assert send(lamp=[1, 0, 0]) == ["updated"]


def test_two_lines_of_one_product_in_a_call_end_with_the_later() -> None:
    rows = [{"product_id": "lamp", "embeddings": {"audio": each}} for each in ([1, 0], [0, 1])]

    assert [verdict.status for verdict in receive_products(rows)] == ["created", "updated"]
    assert kept("lamp") == [0.0, 1.0]


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ("0.1", "Send a list of numbers or null to remove the vector, not text."),
        ([], "Send 1 to 4,096 numbers or null to remove the vector, not 0."),
        ([1.0] * 4097, "Send 1 to 4,096 numbers or null to remove the vector, not 4,097."),
        ([1, True], "Send numbers only: the list contains true or false."),
        ([1, None], "Send numbers only: the list contains null."),
        ([1, [2]], "Send numbers only: the list contains a list."),
        ([0, 0.0], "All numbers are 0: send another vector or null to remove the vector."),
        ([1, float("nan")], "Send finite numbers: there is a NaN or an infinity."),
        ([10**400, 1], "A number is too large."),
    ],
)
def test_what_is_no_vector_is_refused_with_what_to_send(sent: Any, problem: str) -> None:
    with pytest.raises(ValueError, match="^" + problem.replace("(", r"\(") + "$"):
        parse_vector(sent)


def test_numbers_of_any_size_keep_their_direction() -> None:
    huge, tiny = unit_vector(np.array([3e300, 4e300])), unit_vector(np.array([3e-300, 4e-300]))

    assert huge == tiny
    assert len(huge) == 2


def test_a_wrong_length_is_an_error_of_its_field(api: APIClient) -> None:
    send(chair=[1, 0])

    response = api.put(LAMP, {"title": "Lamp", "embeddings": {"audio": [1]}}, format="json")

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["field"] == "embeddings.audio"
    assert error["message"] == "Send 2 numbers, not 1."
    assert not Product.objects.filter(external_id="lamp").exists()


def test_an_unknown_modality_is_an_error_that_names_those_that_are_taken(api: APIClient) -> None:
    response = api.put(LAMP, {"title": "Lamp", "embeddings": {"text": [1]}}, format="json")

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["field"] == "embeddings.text"
    assert error["message"] == (
        "'text' is not set up. Vectors are taken for audio. "
        "FUSION_MODALITIES names them: text=precomputed."
    )
    assert not Product.objects.exists()


def test_the_api_says_how_long_the_vectors_are_and_a_put_keeps_them(api: APIClient) -> None:
    api.put(LAMP, {"title": "Lamp", "embeddings": {"audio": [1, 2, 3]}}, format="json")

    response = api.put(LAMP, {"title": "Brass lamp"}, format="json")

    assert response.json()["embeddings"] == {"audio": 3}
    assert response.json()["title"] == "Brass lamp"


def test_a_patch_with_null_takes_a_vector_back(api: APIClient) -> None:
    api.put(LAMP, {"title": "Lamp", "embeddings": {"audio": [1, 2]}}, format="json")

    response = api.patch(LAMP, {"embeddings": {"audio": None}}, format="json")

    assert response.json()["embeddings"] == {}
    assert response.json()["title"] == "Lamp"


@pytest.mark.parametrize(
    "spec", ["precomputed:", "precomputed:0", "precomputed:x", "precomputed:²"]
)
def test_an_impossible_length_is_a_wrong_setting(spec: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="write precomputed, or precomputed:N"):
        stated_length(spec)
