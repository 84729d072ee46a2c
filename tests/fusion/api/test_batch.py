"""Several answers for one page, over REST."""

from typing import Any

import pytest
from redis import Redis
from rest_framework.test import APIClient

from fusion.models import ServedList
from fusion.serving import keys, served_lists
from fusion.serving.model_server import ModelServer
from tests.factories import ProductFactory
from tests.fusion.served_shop import Shop, shopper_of

BATCH = "/api/v1/recommendations/batch"


def ids(widget: Any) -> list[str]:
    return [result["product_id"] for result in widget["results"]]


def ask(api: APIClient, **question: Any) -> list[Any]:
    answer = api.post(BATCH, question, format="json")
    assert answer.status_code == 200
    widgets: list[Any] = answer.json()["widgets"]
    return widgets


@pytest.mark.django_db(transaction=True)
def test_no_product_comes_twice_and_no_widget_is_short(
    api: APIClient, shop: Shop, server: ModelServer
) -> None:
    shopper_of(shop.even[:3], "ada")
    scenarios = ("home", "product", "cart", "search")
    widgets = [{"name": name, "scenario": name, "limit": 4} for name in scenarios]

    answers = ask(api, user_id="ada", widgets=widgets)

    shown = [each for widget in answers for each in ids(widget)]
    assert [widget["name"] for widget in answers] == list(scenarios)
    assert (len(shown), len(set(shown))) == (16, 16)
    assert len({widget["recommendation_id"] for widget in answers}) == 4


@pytest.mark.django_db(transaction=True)
def test_the_model_is_asked_once_for_all_widgets(
    api: APIClient, shop: Shop, server: ModelServer
) -> None:
    shopper_of(shop.even[:3], "ada")
    widgets = [
        {"limit": 3, "scenario": "home"},
        {"limit": 3, "scenario": "product"},
        {"limit": 3, "filter": {"category": "Odd"}},
        {"limit": 3, "weights": {"image": 3}},
    ]

    answers = ask(api, user_id="ada", widgets=widgets)

    # All four found what one round trip had the worker keep.
    assert {widget["fallback"]["level"] for widget in answers} == {"hot_list"}


@pytest.mark.django_db
def test_each_widget_is_counted_with_what_it_showed(api: APIClient, redis_client: Redis) -> None:
    ProductFactory.create_batch(5)

    answers = ask(api, widgets=[{"limit": 2}, {"limit": 2}, {"limit": 2}])
    served_lists.store_pending()

    assert [len(ids(widget)) for widget in answers] == [2, 2, 1]
    kept = {str(each.pk): len(each.results) for each in ServedList.objects.all()}
    assert kept == {each["recommendation_id"]: len(each["results"]) for each in answers}
    assert redis_client.llen(keys.REQUESTS) == 0


@pytest.mark.django_db
def test_what_is_shared_counts_for_all_that_do_not_say_otherwise(
    api: APIClient, redis_client: Redis
) -> None:
    products = ProductFactory.create_batch(4)
    first = products[0].external_id

    described, bare = ask(
        api,
        exclude_product_ids=[first],
        fields=["product"],
        widgets=[{"limit": 1}, {"limit": 4, "exclude_product_ids": [], "fields": []}],
    )

    assert "product" in described["results"][0]
    assert "product" not in bare["results"][0]
    assert (first in ids(described), first in ids(bare)) == (False, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ({}, ["widgets"]),
        ({"widgets": []}, ["widgets"]),
        ({"widgets": [{}] * 11}, ["widgets"]),
        ({"widgets": {}}, ["widgets"]),
        ({"widgets": [{}, 7]}, ["widgets[1]"]),
        ({"widgets": [{"limit": 0}, {"scenario": "attic"}]},
         ["widgets[0].limit", "widgets[1].scenario"]),
        ({"context": {"product_ids": "x"}, "widgets": [{}, {}]}, ["context.product_ids"]),
        ({"user_id": "a", "widgets": [{"user_id": 1.5}]}, ["widgets[0].user_id"]),
        ({"widgets": [{"paging": True}]}, ["widgets[0].paging"]),
        ({"limit": 3, "widgets": [{}]}, ["limit"]),
        ({"widgets": [{"name": 1.5}]}, ["widgets[0].name"]),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_where_it_was_sent(
    api: APIClient, question: dict[str, Any], fields: list[str]
) -> None:
    answer = api.post(BATCH, question, format="json")

    assert answer.status_code == 400
    assert sorted(error["field"] for error in answer.json()["errors"]) == fields
