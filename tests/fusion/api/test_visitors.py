"""From an anonymous visitor to a customer, over REST."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from fusion.serving.model_server import ModelServer
from tests.fusion.served_shop import Shop
from users.models import Event, Shopper

pytestmark = pytest.mark.django_db(transaction=True)


def view(api: APIClient, *product_ids: str, **who: str) -> None:
    events = [{"product_id": each, "kind": "view", **who} for each in product_ids]
    answer = api.post("/api/v1/events", {"events": events}, format="json").json()
    assert answer["accepted"] == len(product_ids)


def recommended(api: APIClient, **question: Any) -> tuple[str, set[int]]:
    """Return the step that answered, and the kinds of products it showed (0 even, 1 odd)."""
    body = api.post("/api/v1/recommendations", {"limit": 5, **question}, format="json").json()
    kinds = {int(result["product_id"][1:]) % 2 for result in body["results"]}
    return body["fallback"]["level"], kinds


def merge(api: APIClient) -> Any:
    ids = {"visitor_id": "v1", "user_id": "ada"}
    return api.post("/api/v1/users/merge", ids, format="json").json()


def viewed_last(api: APIClient, path: str) -> list[str]:
    body = api.get(f"/api/v1/{path}/recently-viewed").json()
    return [result["product_id"] for result in body["results"]]


def test_a_visitor_has_a_history_that_becomes_the_customers(
    api: APIClient, shop: Shop, server: ModelServer
) -> None:
    view(api, "p02", "p04", "p06", visitor_id="v1")
    assert recommended(api, visitor_id="v1") == ("model", {0})
    assert recommended(api, user_id="ada")[0] != "model"

    first = merge(api)

    assert first["num_events_moved"] == 3
    assert recommended(api, user_id="ada") == ("model", {0})
    assert viewed_last(api, "users/ada") == viewed_last(api, "visitors/v1")
    assert len(viewed_last(api, "users/ada")) == 3


def test_merging_again_changes_nothing(api: APIClient, shop: Shop) -> None:
    view(api, "p02", "p04", visitor_id="v1")
    merge(api)
    before = list(Event.objects.order_by("pk").values()), list(Shopper.objects.values())

    assert merge(api)["num_events_moved"] == 0

    assert (list(Event.objects.order_by("pk").values()), list(Shopper.objects.values())) == before


def test_what_a_merged_visitor_does_later_is_the_customers(api: APIClient, shop: Shop) -> None:
    merge(api)

    view(api, "p03", visitor_id="v1")

    assert viewed_last(api, "users/ada") == ["p03"]


def test_a_history_in_the_question_needs_no_event(
    api: APIClient, shop: Shop, server: ModelServer
) -> None:
    question = {"visitor_id": "never seen", "context": {"product_ids": ["p01", "p03", "p05"]}}

    assert recommended(api, **question) == ("model", {1})
    assert Shopper.objects.count() == 0
