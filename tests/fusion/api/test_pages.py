"""One answer, page by page, over REST."""

import uuid
from typing import Any

import pytest
from pytest_django import Settings
from redis import Redis
from rest_framework.test import APIClient

from catalog.models import Product
from fusion.models import ServedList
from fusion.serving import served_lists
from fusion.serving.model_server import ModelServer
from tests.factories import EventFactory, ProductFactory
from tests.fusion.served_shop import Shop, shopper_of

RECOMMENDATIONS = "/api/v1/recommendations"
NEXT = "/api/v1/recommendations/next"


def ids(body: Any) -> list[str]:
    return [result["product_id"] for result in body["results"]]


def get(api: APIClient, path: str, **query: Any) -> Any:
    return api.get(path, query)


def walk(api: APIClient, body: Any, limit: int) -> list[list[str]]:
    """Return the products of all pages."""
    pages = [ids(body)]
    while body["cursor"]:
        body = get(api, NEXT, cursor=body["cursor"], limit=limit).json()
        pages.append(ids(body))
    return pages


@pytest.mark.django_db(transaction=True)
def test_pages_are_one_ranking_whatever_happens_in_between(
    api: APIClient, shop: Shop, server: ModelServer
) -> None:
    shopper = shopper_of(shop.even[:4], "ada")
    whole = ids(get(api, RECOMMENDATIONS, user_id="ada", limit=100).json())

    first = get(api, RECOMMENDATIONS, user_id="ada", limit=5, paging="true").json()
    for product in shop.odd[:6]:
        EventFactory.create(shopper=shopper, product=product, kind="purchase")
    pages = walk(api, first, 5)

    assert [each for page in pages for each in page] == whole
    assert {len(page) for page in pages[:-1]} == {5}


@pytest.mark.django_db
def test_ranks_go_on_and_a_page_asked_for_twice_is_the_same_one(
    api: APIClient, redis_client: Redis
) -> None:
    ProductFactory.create_batch(5)
    first = api.post(RECOMMENDATIONS, {"limit": 2, "paging": True}, format="json").json()

    pages = [get(api, NEXT, cursor=first["cursor"], limit=2).json() for _ in range(2)]

    assert [result["rank"] for result in pages[0]["results"]] == [3, 4]
    assert pages[0] == pages[1]
    assert pages[0]["recommendation_id"] != first["recommendation_id"]


@pytest.mark.django_db
def test_each_page_is_counted_as_shown_once(api: APIClient, redis_client: Redis) -> None:
    ProductFactory.create_batch(5)
    first = api.post(RECOMMENDATIONS, {"limit": 2, "paging": True}, format="json").json()
    for _ in range(2):
        second = get(api, NEXT, cursor=first["cursor"], limit=2).json()

    served_lists.store_pending()

    shown = {
        str(each.pk): [result["product_id"] for result in each.results]
        for each in ServedList.objects.all()
    }
    assert shown == {
        first["recommendation_id"]: ids(first),
        second["recommendation_id"]: ids(second),
    }
    assert ServedList.objects.get(pk=second["recommendation_id"]).question == {
        "page_of": first["recommendation_id"]
    }


@pytest.mark.django_db
def test_what_was_switched_off_meanwhile_is_left_out(api: APIClient, redis_client: Redis) -> None:
    ProductFactory.create_batch(6)
    first = get(api, RECOMMENDATIONS, limit=2, paging="true").json()
    rest = walk(api, first, 2)[1:]
    Product.objects.filter(external_id=rest[0][0]).update(is_available=False)

    again = walk(api, first, 2)[1:]

    assert again == [[rest[0][1], rest[1][0]], [rest[1][1]]]


@pytest.mark.django_db
def test_the_end_has_no_cursor_and_without_paging_there_is_none(
    api: APIClient, redis_client: Redis
) -> None:
    ProductFactory.create_batch(2)

    assert get(api, RECOMMENDATIONS, limit=2, paging="true").json()["cursor"] is None
    assert "cursor" not in get(api, RECOMMENDATIONS, limit=1).json()


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["nonsense", "a:b:c", "%00", "x" * 5000])
def test_a_cursor_nobody_gave_out_is_refused(api: APIClient, cursor: str) -> None:
    answer = get(api, NEXT, cursor=cursor)

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["field"], error["message"]) == (
        "cursor",
        "This cursor is unknown: send one as it came with an answer.",
    )


@pytest.mark.django_db
def test_a_cursor_is_needed(api: APIClient) -> None:
    answer = api.get(NEXT)

    [error] = answer.json()["errors"]
    assert (error["field"], error["message"]) == (
        "cursor",
        "Missing: send the cursor of the page before.",
    )


@pytest.mark.django_db
def test_an_old_cursor_says_what_to_do(api: APIClient, redis_client: Redis) -> None:
    ProductFactory.create_batch(3)
    first = get(api, RECOMMENDATIONS, limit=1, paging="true").json()
    redis_client.flushdb()

    answer = get(api, NEXT, cursor=first["cursor"])

    assert answer.status_code == 410
    problem = answer.json()
    assert problem["code"] == "cursor_expired"
    assert problem["hint"] == "Ask for recommendations anew; a cursor works for 15 minutes."


@pytest.mark.django_db
def test_without_redis_there_is_a_first_page(api: APIClient, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    ProductFactory.create_batch(3)

    answer = get(api, RECOMMENDATIONS, limit=1, paging="true")

    assert answer.status_code == 200
    assert (len(answer.json()["results"]), answer.json()["cursor"]) == (1, None)
    assert uuid.UUID(answer.json()["recommendation_id"]).version == 4
