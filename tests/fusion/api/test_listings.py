"""Trending, bought together and recently viewed over REST."""

from typing import Any

import pytest
from redis import Redis
from rest_framework.test import APIClient

from tests.factories import CategoryFactory, EventFactory, ProductFactory, ShopperFactory
from users.models import ShopperKind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [result["product_id"] for result in answer.json()["results"]]


def field_errors(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


def test_what_trends(api: APIClient) -> None:
    lamp = ProductFactory.create(category=CategoryFactory.create(path="Lamps", name="Lamps"))
    EventFactory.create(product=lamp)
    EventFactory.create(kind="purchase")

    query = {"window": "7d", "category": "Lamps", "fields": "product"}
    body = api.get("/api/v1/trending", query).json()

    [result] = body["results"]
    assert (result["product_id"], result["source"]) == (lamp.external_id, "trending")
    assert result["product"]["title"] == lamp.title
    assert body["fallback"] == {"level": "trending", "reason": "not_asked"}
    assert (body["scenario"], body["model_version"]) == ("trending", None)


def test_a_wrong_window_is_told_the_right_ones(api: APIClient) -> None:
    assert field_errors(api.get("/api/v1/trending", {"window": "2h", "by": "text"})) == {
        "by": "There is no such field. Known are: category, fields, limit, window.",
        "window": "'2h' is unknown: send one of 1h, 24h, 7d, 30d.",
    }


def test_what_is_bought_together(api: APIClient, redis_client: Redis) -> None:
    lamp, bulb = ProductFactory.create(external_id="lamp/1"), ProductFactory.create()
    for _ in range(2):
        shopper = ShopperFactory.create()
        for product in (lamp, bulb):
            EventFactory.create(shopper=shopper, product=product, kind="purchase")

    body = api.get("/api/v1/products/lamp%2F1/bought-together").json()

    [result] = body["results"]
    assert result["product_id"] == bulb.external_id
    assert result["reasons"] == [
        {"code": "bought_together", "support": 2, "confidence": 1.0, "lift": 1.0}
    ]


def test_a_product_nobody_knows_is_answered_with_popular_ones(api: APIClient) -> None:
    popular = EventFactory.create().product

    answer = api.get("/api/v1/products/never%20seen/bought-together?limit=1")

    assert ids(answer) == [popular.external_id]
    assert answer.json()["fallback"] == {"level": "popular", "reason": "unknown_product"}


@pytest.mark.parametrize(
    ("kind", "path"), [(ShopperKind.CUSTOMER, "users"), (ShopperKind.VISITOR, "visitors")]
)
def test_what_a_shopper_viewed(api: APIClient, kind: ShopperKind, path: str) -> None:
    shopper = ShopperFactory.create(kind=kind, external_id="ada/1")
    viewed = EventFactory.create(shopper=shopper).product

    assert ids(api.get(f"/api/v1/{path}/ada%2F1/recently-viewed")) == [viewed.external_id]
    assert ids(api.get(f"/api/v1/{path}/bob/recently-viewed")) == []


def test_a_customer_is_no_visitor(api: APIClient) -> None:
    EventFactory.create(shopper=ShopperFactory.create(external_id="ada"))

    assert ids(api.get("/api/v1/visitors/ada/recently-viewed")) == []
