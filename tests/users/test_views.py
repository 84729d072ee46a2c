import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import EventFactory, ProductFactory, ShopperFactory
from users.models import Event, Shopper

VIEW = {"user_id": "u1", "product_id": "0042", "kind": "view", "event_id": "e1"}


def send(client: APIClient, body: Any) -> Any:
    return client.post("/api/v1/events", body, format="json")


def test_every_event_of_a_call_gets_its_verdict(publishable_api: APIClient) -> None:
    ProductFactory.create(external_id="0042")
    unknown = {**VIEW, "event_id": "e2", "product_id": "new"}

    response = send(publishable_api, {"events": [VIEW, VIEW, unknown, {**VIEW, "kind": "x"}]})

    assert response.status_code == 200
    assert response.json() == {
        "results": [
            {"index": 0, "event_id": "e1", "status": "accepted"},
            {"index": 1, "event_id": "e1", "status": "duplicate"},
            {"index": 2, "event_id": "e2", "status": "quarantined"},
            {
                "index": 3,
                "event_id": "e1",
                "status": "rejected",
                "reason": "kind: 'x' is not one of view, cart, purchase, like, rating, remove.",
            },
        ],
        "accepted": 1,
        "duplicate": 1,
        "quarantined": 1,
        "rejected": 1,
    }


@pytest.mark.parametrize("body", [VIEW, [VIEW], {"events": [VIEW]}])
def test_one_event_is_sent_as_it_is(api: APIClient, body: Any) -> None:
    assert send(api, body).json()["quarantined"] == 1


def test_an_event_without_id_and_time_is_new_every_time(api: APIClient) -> None:
    view = {"visitor_id": "v1", "product_id": "0042", "kind": "view"}

    answers = [send(api, view).json()["quarantined"] for _ in range(2)]

    assert answers == [1, 1]


@pytest.mark.parametrize("client", ["api", "publishable_api"])
def test_a_call_repeated_with_its_key_changes_nothing(
    client: str, request: pytest.FixtureRequest
) -> None:
    view = {"visitor_id": "v1", "product_id": "0042", "kind": "view"}
    sender: APIClient = request.getfixturevalue(client)

    def keyed(key: str, *events: Any) -> Any:
        headers = {"Idempotency-Key": key}
        path = "/api/v1/events"
        return sender.post(path, {"events": events}, format="json", headers=headers).json()

    first, again, other = keyed("a", view, view), keyed("a", view, view), keyed("b", view)
    changed = keyed("a", {**view, "kind": "cart"})

    assert [row["status"] for row in first["results"]] == ["quarantined"] * 2
    assert [row["status"] for row in again["results"]] == ["duplicate"] * 2
    assert [row["event_id"] for row in again["results"]] == [
        row["event_id"] for row in first["results"]
    ]
    assert (other["quarantined"], changed["rejected"], Event.objects.count()) == (1, 1, 3)


def test_a_key_for_a_call_that_is_none_is_refused(api: APIClient) -> None:
    headers = {"Idempotency-Key": "x" * 129}
    answer = api.post("/api/v1/events", VIEW, format="json", headers=headers)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not Event.objects.exists()


def test_a_retry_without_an_id_is_known_by_what_it_says(api: APIClient) -> None:
    view = {"user_id": "u1", "product_id": "1", "kind": "view", "occurred_at": 1_780_000_000}

    first, second = (send(api, {"events": [view, view]}).json() for _ in range(2))

    assert (first["quarantined"], second["duplicate"]) == (2, 2)


@pytest.mark.parametrize(
    "body", [{"events": []}, [], {"events": "x"}, {"events": [VIEW] * 1001}, 7]
)
def test_a_call_takes_one_to_a_thousand_events(api: APIClient, body: Any) -> None:
    response = send(api, body)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "events"
    assert not Event.objects.exists()


def test_a_field_beside_the_events_is_refused(api: APIClient) -> None:
    response = send(api, {"events": [VIEW], "recommendation_id": "x"})

    [error] = response.json()["errors"]
    assert (error["field"], error["code"]) == ("recommendation_id", "unknown_field")
    assert not Event.objects.exists()


def test_a_thousand_events_are_one_call(api: APIClient) -> None:
    events = [{**VIEW, "event_id": str(number)} for number in range(1000)]

    assert send(api, {"events": events}).json()["quarantined"] == 1000


@pytest.mark.parametrize(
    "hostile",
    [
        {"user_id": {"$gt": ""}},
        {"product_id": "a\0b"},
        {"event_id": ["x"]},
        {"quantity": 10**400},
        {"value": "1e999"},
        {"price": "9" * 500},
        {"occurred_at": {"a": 1}},
        {"occurred_at": 10**300},
        {"recommendation_id": 5},
        {"user_id": "' OR 1=1 --", "kind": "drop"},
        {"user_id": "\ud800"},
        {"visitor_id": "\0", "user_id": ""},
        {"kind": "\0"},
        {"kind": "\ud800"},
        {"event_id": "e\0"},
        {"event_id": "\ud800"},
        {"recommendation_id": "\0"},
        {"occurred_at": "\0"},
        {"\0": 1},
        {"\ud800": 1},
    ],
)
def test_hostile_values_are_rejected_and_never_an_error(
    api: APIClient, hostile: dict[str, Any]
) -> None:
    body = json.dumps({"events": [{**VIEW, **hostile}]})

    response = api.post("/api/v1/events", data=body, content_type="application/json")

    assert response.status_code in (200, 400)
    assert not Event.objects.exists()


@pytest.mark.parametrize("field", ["user_id", "kind", "occurred_at", "value", "event_id", "x"])
@pytest.mark.parametrize("levels", [400, 900, 2000])
def test_a_value_nested_deep_is_rejected_and_never_an_error(
    api: APIClient, field: str, levels: int
) -> None:
    deep = "[" * levels + "]" * levels
    body = json.dumps({**VIEW, field: "DEEP"}).replace('"DEEP"', deep)

    response = api.post("/api/v1/events", data=body, content_type="application/json")

    assert response.status_code in (200, 400)
    assert not Event.objects.exists()


def test_an_empty_body_is_told_so(api: APIClient) -> None:
    for answer in (api.post("/api/v1/events"), send(api, {})):
        assert answer.status_code == 400
        assert answer.json()["errors"] == [
            {
                "field": "",
                "code": "invalid",
                "message": 'The body is empty: send one event, or {"events": [...]}.',
            }
        ]


def test_a_quantity_too_large_is_told_the_maximum(api: APIClient) -> None:
    answer = send(api, {**VIEW, "quantity": 9999999999})

    reason = "quantity: Send a whole number from 1 to 2,147,483,647."
    assert answer.json()["results"][0]["reason"] == reason


def test_a_recommend_key_sends_no_events(api: APIClient) -> None:
    from users.models import ApiKey

    ApiKey.objects.update(scopes=["recommend"])

    assert send(api, VIEW).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"), [("put", "users/u1"), ("delete", "users/u1"), ("post", "users/merge")]
)
def test_a_publishable_key_touches_no_shopper(
    publishable_api: APIClient, method: str, path: str
) -> None:
    ShopperFactory.create(external_id="u1")

    response = getattr(publishable_api, method)(f"/api/v1/{path}", {}, format="json")

    assert response.status_code == 403
    assert Shopper.objects.count() == 1


def test_a_customer_is_made_once(api: APIClient) -> None:
    answers = [api.put("/api/v1/users/a%2Fb%20%C3%BC") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert Shopper.objects.get().external_id == "a/b ü"


def test_a_visitor_becomes_a_customer(api: APIClient) -> None:
    send(api, {"visitor_id": "v1", "product_id": "1", "kind": "view"})
    body = {"visitor_id": "v1", "user_id": "u1"}

    answers = [api.post("/api/v1/users/merge", body, format="json") for _ in range(2)]

    assert [answer.json() for answer in answers] == [
        {**body, "num_events_moved": 1},
        {**body, "num_events_moved": 0},
    ]


@pytest.mark.parametrize("path", ["u1%0a", "%20u1", "a%00b", "x" * 129])
@pytest.mark.parametrize(
    ("method", "kind"), [("put", "users"), ("delete", "users"), ("delete", "visitors")]
)
def test_an_id_that_would_be_kept_otherwise_than_written_is_refused(
    api: APIClient, method: str, kind: str, path: str
) -> None:
    ShopperFactory.create(external_id="u1")

    answer = getattr(api, method)(f"/api/v1/{kind}/{path}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "shopper_id"
    assert Shopper.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field", "code", "message"),
    [
        ({"name": "Ada"}, "name", "unknown_field", "There is no such field. Known are: user_id."),
        ({"user_id": "u2"}, "user_id", "invalid", "Differs from the id in the address."),
        ([], "", "invalid", "Send an object, not a list."),
    ],
)
def test_what_cannot_be_said_of_a_customer_is_refused(
    api: APIClient, body: Any, field: str, code: str, message: str
) -> None:
    answer = api.put("/api/v1/users/u1", body, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": field, "code": code, "message": message}]
    assert not Shopper.objects.exists()


def test_a_customers_body_may_repeat_the_id(api: APIClient) -> None:
    assert api.put("/api/v1/users/u1", {"user_id": "u1"}, format="json").status_code == 201


def test_a_merge_into_another_customer_is_a_conflict(api: APIClient) -> None:
    bodies = [{"visitor_id": "v1", "user_id": name} for name in ("ada", "bob", "ada")]

    answers = [api.post("/api/v1/users/merge", body, format="json") for body in bodies]

    assert [answer.status_code for answer in answers] == [200, 409, 200]
    assert answers[1].headers["Content-Type"] == "application/problem+json"
    assert answers[1].json()["code"] == "visitor_already_merged"
    assert not Shopper.objects.filter(external_id="bob").exists()


def test_a_misspelt_field_of_a_merge_is_refused(api: APIClient) -> None:
    body = {"visitor_id": "v1", "user_id": "u1", "userid": "u2"}

    answer = api.post("/api/v1/users/merge", body, format="json")

    message = "There is no such field. Known are: user_id, visitor_id."
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"field": "userid", "code": "unknown_field", "message": message}
    ]
    assert not Shopper.objects.exists()


@pytest.mark.parametrize("hostile", ["a\0b", "\ud800", {"\0": 1}, [["\0"]], "\n"])
@pytest.mark.parametrize("field", ["user_id", "visitor_id", "\0"])
def test_no_text_can_break_a_merge(api: APIClient, field: str, hostile: Any) -> None:
    body = json.dumps({"visitor_id": "v1", "user_id": "u1", field: hostile})

    answer = api.post("/api/v1/users/merge", data=body, content_type="application/json")

    assert answer.status_code == 400
    assert not Shopper.objects.exists()


@pytest.mark.parametrize("body", [{"visitor_id": "v1"}, {"visitor_id": "", "user_id": "u"}, []])
def test_a_merge_needs_both_ids(api: APIClient, body: Any) -> None:
    response = api.post("/api/v1/users/merge", body, format="json")

    assert response.status_code == 400
    assert not Shopper.objects.exists()


def test_an_erasure_is_answered_with_a_receipt_once(api: APIClient) -> None:
    shopper = ShopperFactory.create(external_id="u1")
    EventFactory.create_batch(3, shopper=shopper)

    first, second = (api.delete("/api/v1/users/u1") for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 404)
    assert (first.json()["num_events"], first.json()["num_visitors"]) == (3, 0)
    assert "u1" not in str(first.json())
    assert not Event.objects.exists()


def test_a_visitor_is_erased_by_an_address_of_their_own(api: APIClient) -> None:
    ShopperFactory.create(external_id="x", kind="visitor")
    ShopperFactory.create(external_id="x", kind="customer")

    assert api.delete("/api/v1/visitors/x").status_code == 200
    assert Shopper.objects.get().kind == "customer"


@pytest.mark.parametrize("event_id", ["order-5000-line-1", "6fa459ea-ee8a-5ca4-894e-db77e160355e"])
def test_a_page_cannot_take_the_id_of_a_purchase(
    api: APIClient, publishable_api: APIClient, event_id: str
) -> None:
    purchase = {**VIEW, "kind": "purchase", "event_id": event_id}
    assert send(publishable_api, purchase).json()["quarantined"] == 1
    assert send(publishable_api, {**VIEW, "event_id": event_id}).json()["rejected"] == 1

    first, second = (send(api, purchase).json() for _ in range(2))

    assert (first["quarantined"], second["duplicate"]) == (1, 1)
    assert Event.objects.filter(kind="purchase").count() == 2


def test_an_id_that_names_another_event_says_so(api: APIClient) -> None:
    send(api, VIEW)

    assert send(api, {**VIEW, "kind": "cart"}).json()["results"] == [
        {
            "index": 0,
            "event_id": "e1",
            "status": "rejected",
            "reason": "This event_id names another event.",
        }
    ]


def padded(num_bytes: int) -> dict[str, Any]:
    return {"events": [VIEW, {"padding": "x" * num_bytes}]}


def test_a_page_sends_less_at_once_than_a_server(
    api: APIClient, publishable_api: APIClient
) -> None:
    megabyte = 1024 * 1024

    answers = [
        send(client, padded(size))
        for client in (publishable_api, api)
        for size in (megabyte - 1000, megabyte, 8 * megabyte - 1000, 8 * megabyte)
    ]

    assert [answer.status_code for answer in answers] == [200, 413, 413, 413, 200, 200, 200, 413]
    assert answers[1].json()["code"] == "body_too_large"
    assert "over 1,048,576 bytes" in answers[1].json()["detail"]
    assert "over 8,388,608 bytes" in answers[7].json()["detail"]


@pytest.mark.parametrize(("method", "path"), [("put", "users/u1"), ("post", "users/merge")])
def test_a_call_about_a_shopper_is_small(api: APIClient, method: str, path: str) -> None:
    response = getattr(api, method)(f"/api/v1/{path}", padded(64 * 1024), format="json")

    assert response.status_code == 413
    assert "over 65,536 bytes" in response.json()["detail"]
