"""Errors that no view of ours answers."""

import pytest
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from fusion.models import TrainingRun
from recsys.problems import server_error


@pytest.mark.parametrize("path", ["/api/v1/nope", "/api/v1/", "/api/v1/training-runs/abc", "/api/"])
def test_a_wrong_address_of_the_api_is_a_problem(path: str) -> None:
    answer = Client().get(path)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_a_slash_too_many_is_pointed_out() -> None:
    answer = Client().get("/api/v1/recommendations/")

    assert "Leave out the slash at the end." in answer.json()["detail"]


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


def test_metrics_refuse_a_stranger_in_json(db: None) -> None:
    answer = Client().get("/metrics")

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("cursor", ["cD0lMDA=", "nonsense", "cD14"])
def test_a_cursor_we_never_gave_out_is_unknown(api: APIClient, cursor: str) -> None:
    assert api.get("/api/v1/training-runs", {"cursor": cursor}).status_code == 404
