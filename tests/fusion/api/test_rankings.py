"""A shopper's order of given products, over REST."""

from typing import Any

import pytest
from redis import Redis
from rest_framework.test import APIClient

from catalog.models import Product
from fusion.models import ModelVersion, Rule, ServedList
from fusion.serving import served_lists
from fusion.serving.model_server import ModelServer
from tests.factories import ProductFactory
from tests.fusion.served_shop import Shop, shopper_of

RANKINGS = "/api/v1/rankings"


def rank(api: APIClient, **question: Any) -> Any:
    answer = api.post(RANKINGS, question, format="json")
    assert answer.status_code == 200
    return answer.json()


def ids(body: Any) -> list[str]:
    return [result["product_id"] for result in body["results"]]


@pytest.mark.django_db(transaction=True)
def test_the_shoppers_taste_comes_first_and_nothing_is_lost(
    api: APIClient, shop: Shop, server: ModelServer, version: ModelVersion
) -> None:
    shopper_of(shop.odd[:4], "ada")
    even, odd = shop.even[5].external_id, shop.odd[5].external_id
    off = shop.odd[6].external_id
    Product.objects.filter(external_id=off).update(is_available=False)

    body = rank(api, product_ids=["who?", even, off, odd, "what?", odd], user_id="ada")

    assert ids(body) == [odd, even, "who?", off, "what?"]
    assert [result["rank"] for result in body["results"]] == [1, 2, 3, 4, 5]
    assert [result["source"] for result in body["results"]] == ["model"] * 2 + ["given"] * 3
    assert [result["reasons"] for result in body["results"][2:]] == [
        [{"code": "unknown_product"}],
        [{"code": "unavailable"}],
        [{"code": "unknown_product"}],
    ]
    assert (body["model_version"], body["scenario"]) == (version.pk, "search")
    first = body["results"][0]
    assert sum(first["contributions"].values()) == pytest.approx(first["score"], abs=1e-5)


@pytest.mark.django_db(transaction=True)
def test_what_was_bought_and_what_rules_hide_stays_in_the_list(
    api: APIClient, shop: Shop, server: ModelServer
) -> None:
    shopper_of(shop.odd[:4], "ada")
    given = [product.external_id for product in shop.products]
    Rule.objects.create(name="h", action="hide", product_ids=[given[0]])

    assert sorted(ids(rank(api, product_ids=given, user_id="ada"))) == sorted(given)


@pytest.mark.django_db
def test_without_a_model_the_order_is_the_given_one(api: APIClient, redis_client: Redis) -> None:
    given = [product.external_id for product in ProductFactory.create_batch(3)][::-1]

    body = rank(api, product_ids=given, visitor_id="new")

    assert ids(body) == given
    assert body["fallback"] == {"level": "given", "reason": "no_history"}
    served_lists.store_pending()
    assert ServedList.objects.get().question["given"] == given


@pytest.mark.django_db
def test_ids_nobody_described_have_no_card(api: APIClient, redis_client: Redis) -> None:
    product = ProductFactory.create()

    given = [product.external_id, "who?"]
    known, unknown = rank(api, product_ids=given, fields=["product"])["results"]

    assert known["product"]["title"] == product.title
    assert "product" not in unknown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "errors"),
    [
        ({}, {"product_ids": "Missing: send the ids to put in order."}),
        ({"product_ids": ["x"] * 501}, {"product_ids": "Send at most 500 ids, not 501."}),
        (
            {"product_ids": ["1"], "weights": {"smell": 1}},
            {"weights.smell": "There is no such branch: they are behaviour, text, image."},
        ),
        (
            {"product_ids": ["1"], "scenario": "attic"},
            {"scenario": "'attic' is unknown: send one of cart, category, email, home, product, "
             "search."},
        ),
    ],
)  # fmt: skip
def test_a_wrong_question_is_told_what_to_send(
    api: APIClient, question: dict[str, Any], errors: dict[str, str]
) -> None:
    answer = api.post(RANKINGS, question, format="json")

    assert answer.status_code == 400
    told = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert told.keys() == errors.keys()
    assert sorted("".join(told.values())) == sorted("".join(errors.values()))
