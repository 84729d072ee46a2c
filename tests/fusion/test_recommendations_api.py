"""Recommendations over REST."""

import math
from typing import Any

import pytest
from django.core.files.base import ContentFile
from drf_spectacular.generators import SchemaGenerator
from redis import Redis
from rest_framework.test import APIClient

from catalog.models import ProductImage
from fusion.models import ModelVersion
from fusion.serving.model_server import ModelServer
from tests.factories import CategoryFactory, EventFactory, ProductFactory, picture_bytes
from tests.fusion.served_shop import Shop, shopper_of

RECOMMENDATIONS = "/api/v1/recommendations"


def field_errors(answer: Any) -> dict[str, str]:
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


@pytest.mark.django_db(transaction=True)
def test_ranked_products_for_a_shopper(
    api: APIClient, shop: Shop, server: ModelServer, version: ModelVersion
) -> None:
    shopper_of(shop.even[:4], "ada")

    answer = api.get(f"{RECOMMENDATIONS}?user_id=ada&limit=3")

    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert body["fallback"] == {"level": "model", "reason": ""}
    assert (body["scenario"], body["model_version"]) == ("home", version.pk)
    assert [result["rank"] for result in body["results"]] == [1, 2, 3]
    for result in body["results"]:
        assert math.isclose(sum(result["contributions"].values()), result["score"], abs_tol=1e-5)


@pytest.mark.django_db(transaction=True)
def test_a_question_may_be_posted(api: APIClient, shop: Shop, server: ModelServer) -> None:
    shopper_of(shop.even[:4], "ada")
    question = {
        "user_id": "ada",
        "scenario": "product",
        "context": {"product_ids": ["p02"]},
        "filter": {"category": "Even"},
        "exclude_product_ids": ["p04"],
        "limit": 20,
        "fallback": "none",
        "fields": ["product"],
    }

    body = api.post(RECOMMENDATIONS, question, format="json").json()

    expected = {product.external_id for product in shop.even} - {"p02", "p04"}
    assert {result["product_id"] for result in body["results"]} == expected
    assert body["results"][0]["product"]["category"] == "Even"


@pytest.mark.django_db(transaction=True)
def test_similar_products(api: APIClient, shop: Shop, server: ModelServer) -> None:
    body = api.get("/api/v1/products/p02/similar?by=text&limit=4").json()

    assert body["fallback"]["level"] == "model"
    assert {int(result["product_id"][1:]) % 2 for result in body["results"]} == {0}
    assert len(body["results"]) == 4


@pytest.mark.django_db
@pytest.mark.parametrize("asker", [{}, {"user_id": "never seen"}, {"visitor_id": "never seen"}])
def test_nobody_knows_the_shopper_and_there_is_no_model(
    api: APIClient, redis_client: Redis, asker: dict[str, str]
) -> None:
    popular = EventFactory.create().product

    answer = api.get(RECOMMENDATIONS, asker)

    body = answer.json()
    assert answer.status_code == 200
    assert body["fallback"] == {"level": "popular", "reason": "no_history"}
    assert [result["product_id"] for result in body["results"]] == [popular.external_id]
    assert body["model_version"] is None


@pytest.mark.django_db
def test_a_card_has_what_a_storefront_draws(api: APIClient, redis_client: Redis) -> None:
    product = ProductFactory.create(
        category=CategoryFactory.create(path="Home > Lamps", name="Lamps"),
        price="12.50",
        currency="EUR",
        url="https://shop.example/1",
    )
    for position in (1, 0):
        file = ContentFile(picture_bytes(), name=f"{position}.jpg")
        ProductImage.objects.create(product=product, position=position, file=file)

    [result] = api.get(RECOMMENDATIONS, {"fields": "product"}).json()["results"]

    main = ProductImage.objects.get(position=0)
    assert result["product"] == {
        "title": product.title,
        "url": "https://shop.example/1",
        "image_url": f"http://testserver{main.file.url}",
        "price": 12.5,
        "currency": "EUR",
        "category": "Home > Lamps",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("limit", "0", "Send a whole number from 1 to 100."),
        ("limit", "101", "Send a whole number from 1 to 100."),
        ("limit", "many", "'many' is not a number."),
        (
            "scenario",
            "attic",
            "'attic' is unknown: send one of home, product, cart, category, email, search.",
        ),
        ("fallback", "maybe", "'maybe' is unknown: send one of full, popular, none."),
        ("user_id", "x" * 129, "129 characters long: send at most 128."),
        ("fields", "price", "Only 'product' can be added."),
        ("exclude_product_ids", ["x"] * 501, "Send at most 500 ids, not 501."),
    ],
)
def test_a_wrong_value_is_named_with_what_to_send(
    api: APIClient, field: str, value: Any, message: str
) -> None:
    answer = api.get(RECOMMENDATIONS, {field: value})

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert field_errors(answer) == {field: message}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["exclude_product_ids", "context_product_ids"])
def test_ids_with_commas_between_are_not_taken_for_one_id(api: APIClient, name: str) -> None:
    ProductFactory.create(external_id="a,b")

    answer = api.get(RECOMMENDATIONS, {name: "a,c"})

    hint = f"Send a list as the name several times: {name}=1&{name}=2."
    assert answer.status_code == 400
    assert field_errors(answer) == {name: f"No product has the id 'a,c'. {hint}"}
    assert api.get(RECOMMENDATIONS, {name: "a,b"}).status_code == 200
    assert api.get(RECOMMENDATIONS, {name: ["a,c", "a"]}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", [RECOMMENDATIONS, "/api/v1/trending", "/api/v1/products/1/similar"]
)
def test_a_name_of_one_value_is_not_given_twice(api: APIClient, path: str) -> None:
    answer = api.get(f"{path}?limit=2&limit=3")

    assert answer.status_code == 400
    assert field_errors(answer) == {"limit": "Given several times: send it once."}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("weights", "errors"),
    [
        (
            {"image": -1, "text": "x", "smell": 1},
            {
                "weights.image": "Send a number from 0 to 10.",
                "weights.text": "'x' is not a number.",
                "weights.smell": "There is no such branch: they are behaviour, text, image.",
            },
        ),
        (
            {"behaviour": 0, "text": 0, "image": -0.0},
            {"weights": "All are 0, so nothing could be ranked: leave one above 0."},
        ),
        ([1], {"weights": 'Send an object: {"image": 2}.'}),
    ],
)
def test_wrong_weights_are_named_one_by_one(
    api: APIClient, weights: Any, errors: dict[str, str]
) -> None:
    answer = api.post(RECOMMENDATIONS, {"weights": weights}, format="json")

    assert answer.status_code == 400
    assert field_errors(answer) == errors


@pytest.mark.django_db
def test_some_weights_may_be_0(api: APIClient) -> None:
    weights = {"text": 0, "image": 0}

    answer = api.post(RECOMMENDATIONS, {"weights": weights}, format="json")

    assert answer.status_code == 200


@pytest.mark.django_db
def test_a_misspelt_field_is_not_passed_over(api: APIClient) -> None:
    flat = api.get(RECOMMENDATIONS, {"userid": "ada"})
    nested = api.post(RECOMMENDATIONS, {"context": {"products": ["1"]}}, format="json")

    assert field_errors(flat)["userid"].startswith("There is no such field. Known are: category,")
    assert field_errors(nested) == {
        "context.products": "There is no such field. Known are: context.product_ids, "
        "diversity, exclude_product_ids, explain, exploration, fallback, fields, "
        "filter.attributes, filter.brands, filter.category, filter.max_price, filter.min_price, "
        "limit, max_per_brand, max_per_category, paging, scenario, seen_policy, user_id, "
        "visitor_id, weights."
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ([], [""]),
        ({"context": []}, ["context"]),
        ({"exclude_product_ids": "x"}, ["exclude_product_ids"]),
        ({"limit": True, "user_id": 1.5}, ["limit", "user_id"]),
        ({"context": {"product_ids": "x"}}, ["context.product_ids"]),
        ({"filter": {"category": ["x"]}}, ["filter.category"]),
        ({"category": "x", "context_product_ids": []}, ["category", "context_product_ids"]),
        ({"filter": {"min_price": 5, "max_price": 0}}, ["filter.max_price"]),
    ],
)
def test_a_body_of_another_shape_is_refused(api: APIClient, body: Any, fields: list[str]) -> None:
    answer = api.post(RECOMMENDATIONS, body, format="json")

    assert answer.status_code == 400
    assert sorted(field_errors(answer)) == fields


@pytest.mark.django_db
@pytest.mark.parametrize("hostile", ["a%00b", "%ED%A0%80", "%0a", "%ff", "%1b"])
@pytest.mark.parametrize(
    "name",
    ["user_id", "visitor_id", "scenario", "limit", "category", "fallback", "fields", "%00",
     "exclude_product_ids", "context_product_ids"],
)  # fmt: skip
def test_no_text_can_break_a_question(
    api: APIClient, redis_client: Redis, name: str, hostile: str
) -> None:
    assert api.get(f"{RECOMMENDATIONS}?{name}={hostile}").status_code in (200, 400)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["a%00b", "p02%0a", "%20p02"])
def test_what_cannot_be_an_id_has_no_similar_products(api: APIClient, path: str) -> None:
    answer = api.get(f"/api/v1/products/{path}/similar")

    assert answer.status_code == 400
    assert list(field_errors(answer)) == ["product_id"]


@pytest.mark.django_db
def test_a_format_is_a_misspelt_field_and_no_other_page(api: APIClient) -> None:
    answer = api.get(RECOMMENDATIONS, {"format": "api"})

    assert answer.status_code == 400
    assert list(field_errors(answer)) == ["format"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", [RECOMMENDATIONS, "/api/v1/products/p02/similar"])
def test_a_publishable_key_reads_no_recommendations(publishable_api: APIClient, path: str) -> None:
    assert publishable_api.get(path).status_code == 403
    assert APIClient().get(path).status_code == 401


@pytest.mark.django_db
def test_an_id_with_slashes_has_similar_products(api: APIClient, redis_client: Redis) -> None:
    ProductFactory.create(external_id="lamp/42 a.b")
    other = ProductFactory.create()

    body = api.get("/api/v1/products/lamp%2F42%20a.b/similar").json()

    assert [result["product_id"] for result in body["results"]] == [other.external_id]


def test_the_description_of_the_api_names_every_field() -> None:
    schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]

    request = schema["components"]["schemas"]["RecommendationRequestRequest"]["properties"]
    answer = schema["components"]["schemas"]["Recommendation"]["properties"]
    assert set(request) == {
        "user_id", "visitor_id", "scenario", "limit", "context", "filter",
        "exclude_product_ids", "fallback", "fields", "explain", "weights", "diversity",
        "seen_policy", "max_per_brand", "max_per_category", "exploration", "paging",
    }  # fmt: skip
    assert set(answer) == {
        "recommendation_id", "scenario", "model_version", "results", "fallback", "took_ms", "cursor"
    }  # fmt: skip


def test_a_question_is_small(api: APIClient) -> None:
    body = {"user_id": "u1", "padding": "x" * 256 * 1024}

    response = api.post("/api/v1/recommendations", body, format="json")

    assert response.status_code == 413
    assert "over 262,144 bytes" in response.json()["detail"]
