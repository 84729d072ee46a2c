"""What goes with a cart, over REST."""

from typing import Any

import pytest
from redis import Redis
from rest_framework.test import APIClient

from fusion.serving.model_server import ModelServer
from tests.factories import EventFactory
from tests.fusion.served_shop import Shop

CARTS = "/api/v1/carts/recommendations"


@pytest.mark.django_db(transaction=True)
def test_several_products_steer_and_are_not_shown(
    api: APIClient, shop: Shop, server: ModelServer
) -> None:
    cart = [product.external_id for product in shop.odd[:3]]

    body = api.post(CARTS, {"product_ids": cart, "limit": 4}, format="json").json()

    shown = [result["product_id"] for result in body["results"]]
    assert (body["scenario"], body["fallback"]["level"]) == ("cart", "model")
    assert len(shown) == 4
    assert {int(each[1:]) % 2 for each in shown} == {1}
    assert not set(shown) & set(cart)


@pytest.mark.django_db
def test_without_a_model_there_is_an_answer(api: APIClient, redis_client: Redis) -> None:
    popular = EventFactory.create().product

    answer = api.post(CARTS, {"product_ids": ["never seen"]}, format="json")

    assert answer.status_code == 200
    [result] = answer.json()["results"]
    assert result["product_id"] == popular.external_id


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"product_ids": "Missing: send what lies in the cart, at least one id."}),
        ({"product_ids": []}, {"product_ids": "Missing: send what lies in the cart, at least one "
          "id."}),
        ({"product_ids": "0042"}, {"product_ids": "Send a list of ids, not text."}),
        ({"product_ids": ["1"], "context": {}}, {"context": "There is no such field. The cart is "
          "the context."}),
        ({"product_ids": ["1"], "limit": 0}, {"limit": "Send a whole number from 1 to 100."}),
        ([], {"": "Send an object, not a list."}),
    ],
)  # fmt: skip
def test_a_wrong_cart_is_told_what_to_send(
    api: APIClient, body: Any, errors: dict[str, str]
) -> None:
    answer = api.post(CARTS, body, format="json")

    assert answer.status_code == 400
    told = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert told == errors


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body", "field", "code"),
    [
        (CARTS, {}, "product_ids", "missing"),
        (CARTS, {"product_ids": ["1"], "context": {}}, "context", "unknown_field"),
        (CARTS, {"product_ids": ["1"], "paging": True}, "paging", "unknown_field"),
        ("/api/v1/rankings", {}, "product_ids", "missing"),
        ("/api/v1/recommendations/batch", {}, "widgets", "missing"),
        ("/api/v1/recommendations/batch", {"widgets": 7}, "widgets", "invalid"),
        (
            "/api/v1/recommendations/batch",
            {"widgets": [{"paging": True}]},
            "widgets[0].paging",
            "unknown_field",
        ),
    ],
)
def test_what_is_missing_or_unknown_has_its_code_everywhere(
    api: APIClient, path: str, body: dict[str, Any], field: str, code: str
) -> None:
    answer = api.post(path, body, format="json")

    [error] = answer.json()["errors"]
    assert (error["field"], error["code"]) == (field, code)
