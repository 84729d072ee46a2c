"""The description of the API against what the API does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

PROBLEM = {"$ref": "#/components/schemas/Problem"}


@pytest.fixture(scope="module")
def schema() -> Any:
    return SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def operations(schema: Any) -> dict[str, Any]:
    return {
        call["operationId"]: call for path in schema["paths"].values() for call in path.values()
    }


def problems(operation: dict[str, Any]) -> list[str]:
    return [status for status in operation["responses"] if status >= "400"]


def test_the_description_is_valid_and_nothing_in_it_is_guessed(tmp_path: Path) -> None:
    file = tmp_path / "schema.yml"

    call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))

    assert file.stat().st_size > 0


def test_every_problem_has_the_one_shape(operations: dict[str, Any]) -> None:
    contents = [
        operation["responses"][status]["content"]
        for operation in operations.values()
        for status in problems(operation)
    ]

    assert len(contents) > 2 * len(operations)
    assert all(content.keys() == {"application/problem+json"} for content in contents)
    assert all(content["application/problem+json"]["schema"] == PROBLEM for content in contents)


def test_every_call_is_summed_up_and_shows_each_of_its_problems(
    operations: dict[str, Any],
) -> None:
    assert [name for name, call in operations.items() if len(call["summary"]) < 10] == []
    without = [
        (name, status)
        for name, call in operations.items()
        for status in problems(call)
        if not call["responses"][status]["content"]["application/problem+json"].get("examples")
    ]
    assert without == []


def test_every_parameter_says_what_it_is(operations: dict[str, Any]) -> None:
    silent = [
        (name, parameter["name"])
        for name, call in operations.items()
        for parameter in call.get("parameters", [])
        if not parameter.get("description") and "enum" not in parameter["schema"]
    ]

    assert silent == []


def test_every_answer_to_a_key_tells_what_is_left(operations: dict[str, Any]) -> None:
    answers = [
        answer
        for call in operations.values()
        for status, answer in call["responses"].items()
        if status != "401"
    ]

    assert all("RateLimit-Remaining" in answer["headers"] for answer in answers)


def test_every_call_with_an_answer_or_a_body_shows_one(operations: dict[str, Any]) -> None:
    parts = [
        (name, content)
        for name, call in operations.items()
        for part in (call.get("requestBody", {}), *call["responses"].values())
        for kind, content in part.get("content", {}).items()
        if kind == "application/json"
    ]

    assert [name for name, content in parts if "examples" not in content] == []


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("send_events", ["400", "401", "403", "413", "415", "429"]),
        ("get_product", ["400", "401", "403", "404", "429"]),
        ("put_product", ["400", "401", "403", "413", "415", "429"]),
        ("put_product_image", ["400", "401", "403", "404", "413", "415", "422", "429"]),
        ("put_user", ["400", "401", "403", "429"]),
        ("erase_user", ["400", "401", "403", "404", "429"]),
        ("merge_visitor", ["400", "401", "403", "409", "413", "415", "429"]),
        ("get_recommendations", ["400", "401", "403", "429"]),
        ("get_similar_products", ["400", "401", "403", "429"]),
        ("list_training_runs", ["400", "401", "403", "404", "429"]),
        ("get_training_run", ["401", "403", "404", "429"]),
        ("create_training_run", ["400", "401", "403", "409", "413", "415", "429"]),
        ("roll_back_model_version", ["401", "403", "404", "409", "429"]),
    ],
)
def test_a_call_tells_of_the_problems_it_can_have(
    operations: dict[str, Any], operation: str, expected: list[str]
) -> None:
    assert problems(operations[operation]) == expected


def objects(schema: Any, name: str) -> Any:
    return schema["components"]["schemas"][name]


def test_a_real_problem_has_the_shape_described(schema: Any, api: APIClient) -> None:
    problem = api.get("/api/v1/recommendations", {"limit": "x"}).json()

    assert problem.keys() == objects(schema, "Problem")["properties"].keys()
    assert problem["errors"][0].keys() == objects(schema, "FieldAtFault")["properties"].keys()


@pytest.mark.parametrize("operation", ["erase_user", "erase_visitor"])
def test_an_erasure_is_described_with_its_receipt(
    operations: dict[str, Any], operation: str
) -> None:
    responses = operations[operation]["responses"]

    assert [status for status in responses if status < "400"] == ["200"]
    receipt = responses["200"]["content"]["application/json"]["schema"]
    assert receipt == {"$ref": "#/components/schemas/ErasureReceipt"}


@pytest.mark.parametrize(
    ("name", "field"), [("EventVerdict", "event_id"), ("ProductVerdict", "product_id")]
)
def test_a_rejected_row_may_have_no_id(schema: Any, name: str, field: str) -> None:
    assert objects(schema, name)["required"] == ["index", "status"]
    assert field in objects(schema, name)["properties"]


def lengths(parts: Any) -> Iterator[int]:
    yield from (part["minLength"] for part in parts.values() if "minLength" in part)


def test_an_optional_text_of_a_product_may_be_empty(schema: Any) -> None:
    assert list(lengths(objects(schema, "ProductFieldsRequest")["properties"])) == []


@pytest.mark.parametrize("name", ["ProductFieldsRequest", "BulkProductRequest", "EventRequest"])
def test_a_price_is_a_number_or_text(schema: Any, name: str) -> None:
    types = [each["type"] for each in objects(schema, name)["properties"]["price"]["oneOf"]]

    assert types == ["number", "string"]


def test_a_body_takes_no_field_that_is_not_described(schema: Any) -> None:
    bodies = {
        name: body
        for name, body in schema["components"]["schemas"].items()
        if name.endswith("Request") and body.get("type") == "object"
    }

    open_ones = [name for name, body in bodies.items() if body.get("additionalProperties", True)]
    assert open_ones == []
    assert len(bodies) >= 10
