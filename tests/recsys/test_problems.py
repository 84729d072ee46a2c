"""Errors that no view of ours answers."""

import pytest
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from fusion.models import TrainingRun
from recsys.problem_codes import KINDS
from recsys.problems import server_error

MEMBERS = ["type", "title", "status", "code", "detail", "hint"]


@pytest.mark.parametrize("path", ["/api/v1/nope", "/api/v1/", "/api/v1/training-runs/abc", "/api/"])
def test_a_wrong_address_of_the_api_is_a_problem(path: str) -> None:
    answer = Client().get(path)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_a_slash_too_many_is_pointed_out() -> None:
    answer = Client().get("/api/v1/recommendations/")

    assert "Leave out the slash at the end." in answer.json()["detail"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/", "/api/schema/", "/api/v1/nope"])
def test_no_method_gets_an_error_page_of_the_api(method: str, path: str) -> None:
    answer = getattr(Client(), method)(path)

    assert answer.status_code in (200, 404, 405)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert list(answer.json()) == MEMBERS


def test_a_host_that_is_not_served_is_a_problem() -> None:
    answer = Client().get("/api/v1/recommendations/", headers={"host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert "evil" not in answer.content.decode()


def test_a_fault_in_a_view_is_a_problem_without_its_reason(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret reason")

    monkeypatch.setattr("users.views.merge_visitor", fail)
    api.raise_request_exception = False

    answer = api.post("/api/v1/users/merge", {"user_id": "u", "visitor_id": "v"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert "secret reason" not in answer.content.decode()


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("get", "/api/v1/events", {}, "", 405, "method_not_allowed"),
        ("get", "/api/v1/recommendations", {"accept": "text/html"}, "", 406, "not_acceptable"),
        (
            "post",
            "/api/v1/events",
            {"content-type": "text/csv"},
            "a",
            415,
            "unsupported_media_type",
        ),
        ("post", "/api/v1/events", {"content-type": "application/json"}, "{", 400, "parse_error"),
        (
            "post",
            "/api/v1/events",
            {"content-type": "application/json"},
            "\xff",
            400,
            "parse_error",
        ),
        ("get", "/api/v1/products/none", {}, "", 404, "not_found"),
        ("get", "/api/v1/recommendations?limit=0", {}, "", 400, "invalid"),
    ],
)
def test_each_mistake_has_its_code_and_a_hint(
    api: APIClient,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str,
    status: int,
    code: str,
) -> None:
    kind = headers.get("content-type", "application/octet-stream")

    answer = api.generic(method.upper(), path, body, kind, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["hint"] == KINDS[code].hint


def test_a_field_at_fault_has_a_code_for_programs(api: APIClient) -> None:
    empty = api.post("/api/v1/users/merge", {"user_idd": "u", "visitor_id": 1.5}, format="json")
    training = api.post("/api/v1/training-runs", {"preset": "x", "presett": 1}, format="json")

    codes = {row["field"]: row["code"] for row in empty.json()["errors"]}
    assert codes == {"user_idd": "unknown_field", "user_id": "missing", "visitor_id": "invalid"}
    assert [row["code"] for row in training.json()["errors"]] == ["unknown_field"]


def test_a_person_gets_a_page() -> None:
    assert Client().get("/nope")["Content-Type"].startswith("text/html")


def test_a_fault_of_ours_is_a_problem_too() -> None:
    answer = server_error(RequestFactory().get("/api/v1/events"))

    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"


def test_a_misspelt_field_starts_no_training(api: APIClient) -> None:
    answer = api.post("/api/v1/training-runs", {"promotoin": "manual"}, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "promotoin"
    assert not TrainingRun.objects.exists()


def test_a_body_that_is_no_object_is_at_fault_as_a_whole(api: APIClient) -> None:
    answer = api.post("/api/v1/training-runs", [], format="json")

    assert [error["field"] for error in answer.json()["errors"]] == [""]


def test_metrics_refuse_a_stranger_in_json(db: None) -> None:
    answer = Client().get("/metrics")

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("cursor", ["cD0lMDA=", "nonsense", "cD14"])
def test_a_cursor_we_never_gave_out_is_unknown(api: APIClient, cursor: str) -> None:
    assert api.get("/api/v1/training-runs", {"cursor": cursor}).status_code == 404
