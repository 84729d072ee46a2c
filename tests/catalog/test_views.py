import json
from io import BytesIO
from typing import Any

import pytest
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from catalog.models import Product, ProductImage
from catalog.product_data import PRODUCT_FIELDS
from catalog.services import ensure_products
from tests.factories import ProductFactory, picture_bytes

LAMP = {
    "title": "Lamp",
    "category": "Home > Lamps",
    "price": 59.9,
    "currency": "EUR",
    "attributes": {"colour": "white"},
}


def errors(response: Any) -> dict[str, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    return {row["field"]: row["message"] for row in response.json()["errors"]}


@pytest.mark.parametrize(
    ("path", "product_id"),
    [
        ("0042", "0042"),
        ("a.b-c_d~e", "a.b-c_d~e"),
        ("two%20words", "two words"),
        ("AB%2F12", "AB/12"),
        ("%C3%BC", "ü"),
        ("images", "images"),
        ("a%25b", "a%b"),
    ],
)
def test_a_product_is_put_and_got_by_any_id(api: APIClient, path: str, product_id: str) -> None:
    put = api.put(f"/api/v1/products/{path}", LAMP, format="json")
    got = api.get(f"/api/v1/products/{path}")

    assert (put.status_code, got.status_code) == (201, 200)
    assert put.json() == got.json()
    assert got.json()["product_id"] == product_id
    assert {name: got.json()[name] for name in LAMP} == LAMP
    assert Product.objects.get().external_id == product_id


def test_putting_again_answers_200_and_replaces(api: APIClient) -> None:
    api.put("/api/v1/products/1", LAMP, format="json")

    response = api.put("/api/v1/products/1", {"title": "Chair"}, format="json")

    assert response.status_code == 200
    assert (response.json()["title"], response.json()["price"]) == ("Chair", None)


def test_a_patch_leaves_what_it_does_not_name(api: APIClient) -> None:
    api.put("/api/v1/products/1", LAMP, format="json")

    response = api.patch("/api/v1/products/1", {"price": None}, format="json")

    assert response.status_code == 200
    assert (response.json()["title"], response.json()["price"]) == ("Lamp", None)


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_product_nobody_described_is_not_found(api: APIClient, method: str) -> None:
    ensure_products(["1"])

    response = getattr(api, method)("/api/v1/products/1", {}, format="json")

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"price": "x", "colour": "white"}, {"price", "colour"}),
        ({"product_id": "2"}, {"product_id"}),
        ({"title": "a\0"}, {"title"}),
        ([1], {""}),
        ({}, {""}),
    ],
)
def test_a_bad_product_is_a_400_that_names_the_fields(
    api: APIClient, body: Any, fields: set[str]
) -> None:
    response = api.put("/api/v1/products/1", body, format="json")

    assert response.status_code == 400
    assert errors(response).keys() == fields
    assert not Product.objects.exists()


@pytest.mark.parametrize("path", ["rev%0a", "%20rev", "a%00b", "a%0Ab", "rev%C2%A0", "x" * 129])
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_an_id_that_would_be_kept_otherwise_than_written_is_refused(
    api: APIClient, method: str, path: str
) -> None:
    response = getattr(api, method)(f"/api/v1/products/{path}", LAMP, format="json")

    assert response.status_code == 400
    assert errors(response).keys() == {"product_id"}
    assert not Product.objects.exists()


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize("levels", [9, 300, 600, 2000])
def test_attributes_nested_too_deep_are_a_400(api: APIClient, levels: int) -> None:
    body = b'{"attributes": %s}' % deep(levels)

    response = api.put("/api/v1/products/1", data=body, content_type="application/json")

    assert response.status_code == 400
    assert not Product.objects.exists()


@pytest.mark.parametrize("levels", [9, 300])
def test_a_row_nested_too_deep_spoils_only_itself(api: APIClient, levels: int) -> None:
    body = b'[{"product_id": "1", "attributes": %s}, {"product_id": "2"}]' % deep(levels)

    response = api.post("/api/v1/products/bulk", data=body, content_type="application/json")

    assert [row["status"] for row in response.json()["results"]] == ["rejected", "created"]
    assert response.json()["results"][0]["reason"].startswith("attributes: Nested too deep")


def test_a_line_nested_deeper_than_anybody_needs_spoils_only_itself(api: APIClient) -> None:
    body = deep(600) + b'\n{"product_id": "2"}'

    response = api.post("/api/v1/products/bulk", data=body, content_type="application/x-ndjson")

    assert [row["status"] for row in response.json()["results"]] == ["rejected", "created"]


@pytest.mark.parametrize("number", ["1e20", "123456789012345678901234567890", "1.5e300", "-1e19"])
def test_a_number_over_64_bits_comes_back(api: APIClient, number: str) -> None:
    body = f'{{"attributes": {{"a": {number}}}}}'

    put = api.put("/api/v1/products/1", data=body, content_type="application/json")
    got = api.get("/api/v1/products/1")

    assert (put.status_code, got.status_code) == (201, 200)
    assert got.json()["attributes"]["a"] == pytest.approx(float(number), rel=1e-15)


HOSTILE = [
    "a\0b",
    "\ud800",
    {"\0": 1},
    {"a": "\0"},
    [["\0"]],
    {"a": {"\ud800": 1}},
    10**400,
    "\x1b",
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", [*sorted(PRODUCT_FIELDS), "product_id", "\0", "un\ud800known"])
def test_no_text_can_break_the_catalogue(api: APIClient, field: str, hostile: Any) -> None:
    row = {"product_id": "1", field: hostile}

    bulk = api.post(
        "/api/v1/products/bulk", data=json.dumps([row]), content_type="application/json"
    )
    put = api.put("/api/v1/products/1", data=json.dumps(row), content_type="application/json")

    assert bulk.status_code in (200, 400)
    assert put.status_code in (200, 201, 400)
    assert api.get("/api/v1/products/1").status_code in (200, 404)


@pytest.mark.parametrize("body", [b"", b"{", b'{"title": "\xff"}', b'{"title": "\\ud800"}', b"NaN"])
def test_a_body_that_is_no_json_is_a_400(api: APIClient, body: bytes) -> None:
    response = api.put("/api/v1/products/1", data=body, content_type="application/json")

    assert response.status_code == 400
    assert "errors" in response.json() or "not JSON" in response.json()["detail"]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_body_over_the_limit_is_a_413(api: APIClient, method: str) -> None:
    ProductFactory.create(external_id="1")
    body = {"description": "x" * 1024 * 1024}

    response = getattr(api, method)("/api/v1/products/1", body, format="json")

    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert "over 1,048,576 bytes" in response.json()["detail"]


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_only_a_bulk_call_may_be_large(api: APIClient, kind: str) -> None:
    megabyte, path = 1024 * 1024, "/api/v1/products/bulk"
    row = b'{"product_id": "1"}'

    answers = [
        api.post(path, data=b"[" + row + b"]" + b" " * size, content_type=kind)
        for size in (24 * megabyte, 25 * megabyte)
    ]

    assert [answer.status_code for answer in answers] == [200, 413]
    assert "over 26,214,400 bytes" in answers[1].json()["detail"]


def test_a_deleted_product_is_switched_off_and_kept(api: APIClient) -> None:
    product = ProductFactory.create(external_id="1")

    assert [api.delete("/api/v1/products/1").status_code for _ in range(2)] == [204, 204]

    product.refresh_from_db()
    assert product.is_available is False


def test_bulk_judges_every_row(api: APIClient) -> None:
    rows = [
        {"product_id": "1", "title": "A"},
        {"title": "no id"},
        {"product_id": "1", "title": "A"},
    ]

    response = api.post("/api/v1/products/bulk", rows, format="json")

    assert response.status_code == 200
    assert response.json() == {
        "results": [
            {"index": 0, "product_id": "1", "status": "created"},
            {
                "index": 1,
                "status": "rejected",
                "reason": "product_id: Missing: send the shop's own id of the product.",
            },
            {"index": 2, "product_id": "1", "status": "unchanged"},
        ],
        "created": 1,
        "updated": 0,
        "unchanged": 1,
        "rejected": 1,
    }


def test_bulk_takes_ndjson_and_a_broken_line_spoils_only_itself(api: APIClient) -> None:
    body = b'{"product_id": "1"}\n\n{"product_id": \r\n{"product_id": "2"}'

    response = api.post("/api/v1/products/bulk", data=body, content_type="application/x-ndjson")

    assert [row["status"] for row in response.json()["results"]] == [
        "created",
        "rejected",
        "created",
    ]


@pytest.mark.parametrize("body", [[], {}, [{"product_id": "1"}] * 5001])
def test_bulk_takes_one_to_five_thousand_rows(api: APIClient, body: Any) -> None:
    response = api.post("/api/v1/products/bulk", body, format="json")

    assert response.status_code == 400
    assert not Product.objects.exists()


def put_picture(api: APIClient, data: bytes, position: int = 0, **options: str) -> Any:
    path = f"/api/v1/products/1/images/{position}"
    return api.put(path, data=data, content_type=options.get("content_type", "image/jpeg"))


def test_a_picture_is_put_as_its_bytes(api: APIClient) -> None:
    ProductFactory.create(external_id="1")

    answers = [put_picture(api, picture_bytes()), put_picture(api, picture_bytes())]
    answers.append(put_picture(api, picture_bytes((0, 0, 9))))

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert [answer.json()["status"] for answer in answers] == ["created", "unchanged", "updated"]
    shown = api.get("/api/v1/products/1").json()["images"]
    assert [(image["position"], image["width"], image["problem"]) for image in shown] == [
        (0, 64, "")
    ]
    assert shown[0]["url"].endswith(".jpg")


@pytest.mark.parametrize(
    "content_type", ["image/png", "application/x-www-form-urlencoded", "text/html"]
)
def test_what_a_picture_is_told_by_its_bytes(api: APIClient, content_type: str) -> None:
    ProductFactory.create(external_id="1")

    assert put_picture(api, picture_bytes(), content_type=content_type).status_code == 201


@pytest.mark.parametrize("data", [b"", b"<svg/>", picture_bytes(size=(300, 300))[:500]])
def test_a_bad_picture_is_a_422_and_the_old_one_stays(api: APIClient, data: bytes) -> None:
    ProductFactory.create(external_id="1")
    put_picture(api, picture_bytes())

    response = put_picture(api, data)

    assert (response.status_code, response.json()["code"]) == (422, "bad_picture")
    assert ProductImage.objects.get().problem == ""


def test_a_picture_in_a_form_is_told_to_come_as_its_bytes(api: APIClient) -> None:
    ProductFactory.create(external_id="1")

    response = api.put(
        "/api/v1/products/1/images/0", {"file": BytesIO(picture_bytes())}, format="multipart"
    )

    assert response.status_code == 415
    assert response.json()["detail"] == (
        "Send the raw bytes of the picture, not a form: "
        "curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg'."
    )


def test_a_picture_over_the_limit_is_a_413(api: APIClient, settings: Settings) -> None:
    settings.CATALOG_IMAGE_MAX_BYTES = 100
    ProductFactory.create(external_id="1")

    assert put_picture(api, picture_bytes()).status_code == 413


def test_a_picture_of_an_unknown_product_is_not_found(api: APIClient) -> None:
    assert put_picture(api, picture_bytes()).status_code == 404


def test_a_picture_has_a_place_from_0_to_99(api: APIClient) -> None:
    ProductFactory.create(external_id="1")

    assert put_picture(api, picture_bytes(), position=99).status_code == 201
    assert put_picture(api, picture_bytes(), position=100).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "products/1"),
        ("put", "products/1"),
        ("patch", "products/1"),
        ("delete", "products/1"),
        ("post", "products/bulk"),
        ("put", "products/1/images/0"),
    ],
)
def test_a_publishable_key_reads_and_changes_no_product(
    publishable_api: APIClient, method: str, path: str
) -> None:
    ProductFactory.create(external_id="1", title="Lamp")

    response = getattr(publishable_api, method)(f"/api/v1/{path}", {}, format="json")

    assert response.status_code == 403
    assert response.json()["detail"] == "This call needs a key with one of these scopes: ingest."
    assert Product.objects.get().title == "Lamp"


@pytest.mark.django_db
def test_without_a_key_nothing_opens() -> None:
    response = APIClient().get("/api/v1/products/1")

    assert response.status_code == 401
    assert json.loads(response.content)["code"] == "not_authenticated"
