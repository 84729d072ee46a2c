"""Training and versions over REST."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from redis import Redis
from rest_framework.test import APIClient

from fusion.models import ModelVersion, TrainingRun
from tests.factories import NOON
from tests.fusion.test_promotion import Make, make_version

__all__ = ["make_version"]

pytestmark = pytest.mark.django_db

RUNS, VERSIONS = "/api/v1/training-runs", "/api/v1/model-versions"


@pytest.fixture
def artifact_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.FUSION_ARTIFACT_DIR = tmp_path
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_a_training_is_accepted_and_found_at_its_location(
    api: APIClient, redis_client: Redis
) -> None:
    answer = api.post(RUNS, {"preset": "quick", "promotion": "manual"}, format="json")

    assert answer.status_code == 202
    run = TrainingRun.objects.get()
    assert answer["Location"] == f"http://testserver{RUNS}/{run.pk}"
    assert run.promotion == "manual"
    assert run.config["evaluation"]["early_fusion"] is False
    assert redis_client.llen("train") == 1
    shown = api.get(answer["Location"]).json()
    assert (shown["id"], shown["status"], shown["progress"]) == (run.pk, "pending", 0.0)
    assert (shown["version_id"], shown["log"], shown["curves"]) == (None, "", {})


def test_an_empty_body_takes_the_defaults(api: APIClient) -> None:
    assert api.post(RUNS).status_code == 202
    assert TrainingRun.objects.get().promotion == "gate"


def test_a_second_training_is_a_409_that_names_the_first(api: APIClient) -> None:
    first = TrainingRun.objects.create()

    answer = api.post(RUNS)

    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "training_already_running"
    assert problem["detail"] == f"Run {first.pk} is waiting. Wait for it, or cancel it."
    assert TrainingRun.objects.count() == 1


def test_a_wrong_preset_is_a_400_that_names_the_field(api: APIClient) -> None:
    answer = api.post(RUNS, {"preset": "best"}, format="json")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["preset"]
    assert TrainingRun.objects.count() == 0


def test_runs_are_listed_newest_first_and_by_status(api: APIClient) -> None:
    failed = TrainingRun.objects.create(status="failed", error="The disk is full.")
    waiting = TrainingRun.objects.create()

    rows = api.get(RUNS).json()["results"]
    assert [row["id"] for row in rows] == [waiting.pk, failed.pk]
    [row] = api.get(RUNS, {"status": "failed"}).json()["results"]
    assert row["error"] == "The disk is full."


def test_a_waiting_run_is_cancelled(api: APIClient) -> None:
    run = TrainingRun.objects.create()

    answer = api.post(f"{RUNS}/{run.pk}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


def test_a_finished_run_cannot_be_cancelled(api: APIClient) -> None:
    run = TrainingRun.objects.create(status="succeeded")

    answer = api.post(f"{RUNS}/{run.pk}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "training_finished")


def test_a_version_is_shown_with_its_metrics_and_its_report(
    api: APIClient, make_version: Make
) -> None:
    version = make_version()
    version.report["contestants"] = {"late_fusion": {"ndcg@10": {"mean": 0.1}}}
    version.save()

    [row] = api.get(VERSIONS).json()["results"]
    assert (row["id"], row["metrics"]) == (version.pk, {"ndcg@10": {"mean": 0.1}})
    assert "report" not in row
    shown = api.get(f"{VERSIONS}/{version.pk}").json()
    assert shown["report"]["verdict"]["passed"] is True
    assert api.get(f"{RUNS}/{version.run_id}").json()["version_id"] == version.pk


def test_a_version_is_promoted(api: APIClient, make_version: Make) -> None:
    version = make_version()

    answer = api.post(f"{VERSIONS}/{version.pk}/promote")

    assert (answer.status_code, answer.json()["status"]) == (200, "active")


def test_a_refused_promotion_is_a_409_until_a_reason_is_given(
    api: APIClient, make_version: Make
) -> None:
    version = make_version(passed=False)
    address = f"{VERSIONS}/{version.pk}/promote"

    refused = api.post(address)
    assert (refused.status_code, refused.json()["code"]) == (409, "promotion_refused")
    assert refused.json()["detail"].startswith("NDCG@10 is not above popularity.")
    promoted = api.post(address, {"reason": "We need one."}, format="json")
    assert promoted.json()["override_reason"] == "We need one."


def test_a_version_is_rolled_back(api: APIClient, make_version: Make) -> None:
    older = make_version(status="retired", promoted_at=NOON.replace(hour=1))
    active = make_version(status="active", promoted_at=NOON)

    answer = api.post(f"{VERSIONS}/{active.pk}/rollback")

    assert (answer.status_code, answer.json()["id"]) == (200, older.pk)
    again = api.post(f"{VERSIONS}/{active.pk}/rollback")
    assert (again.status_code, again.json()["code"]) == (409, "rollback_refused")
    assert ModelVersion.objects.get(status="active") == older


@pytest.mark.parametrize(
    "address",
    [f"{RUNS}/9", f"{RUNS}/9/cancel", f"{VERSIONS}/9", f"{VERSIONS}/9/promote"],
)
def test_an_unknown_id_is_a_404(api: APIClient, address: str) -> None:
    call = api.post if address.endswith(("cancel", "promote")) else api.get

    assert call(address).json()["code"] == "not_found"


def test_a_key_from_a_web_page_may_not_operate(publishable_api: APIClient) -> None:
    assert publishable_api.post(RUNS).status_code == 403
    assert publishable_api.get(VERSIONS).status_code == 403
    assert TrainingRun.objects.count() == 0
