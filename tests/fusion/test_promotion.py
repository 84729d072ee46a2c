"""Which version serves."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import Redis

from fusion import services
from fusion.models import ModelVersion, TrainingRun
from fusion.serving import keys
from fusion.training.manifest import FILES, FORMAT_VERSION, sha256
from tests.factories import NOON
from tests.fusion.test_services import in_threads

pytestmark = pytest.mark.django_db

ACTIVE, CANDIDATE, RETIRED = ModelVersion.Status.ACTIVE, "candidate", "retired"


@pytest.fixture(autouse=True)
def artifact_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.FUSION_ARTIFACT_DIR = tmp_path
    return tmp_path


@pytest.fixture
def make_version(artifact_dir: Path) -> Callable[..., ModelVersion]:
    """Make versions with artifacts that are whole; their weights say nothing."""

    def make(
        *, passed: bool = True, against: int | None = None, status: str = CANDIDATE, **values: Any
    ) -> ModelVersion:
        run = TrainingRun.objects.create(status=TrainingRun.Status.SUCCEEDED)
        folder = artifact_dir / f"run-{run.pk}"
        folder.mkdir()
        for name in FILES:
            (folder / name).write_text(name)
        sums = {name: sha256(folder / name) for name in FILES}
        manifest = {"format_version": FORMAT_VERSION, "sha256": sums}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return ModelVersion.objects.create(
            run=run,
            artifact=folder.name,
            cutoff=NOON,
            status=status,
            gate_reason="" if passed else "NDCG@10 is not above popularity.",
            report={"verdict": {"passed": passed, "active_version": against}},
            **values,
        )

    return make


def statuses() -> list[str]:
    return list(ModelVersion.objects.order_by("id").values_list("status", flat=True))


Make = Callable[..., ModelVersion]


def test_a_version_that_passed_the_gate_becomes_active(make_version: Make) -> None:
    version = make_version()

    services.promote_version(version_id=version.pk, promoted_at=NOON)

    version.refresh_from_db()
    assert (version.status, version.promoted_at, version.override_reason) == (ACTIVE, NOON, "")


def test_the_one_before_retires(make_version: Make) -> None:
    old = make_version(status=ACTIVE)
    new = make_version(against=old.pk)

    services.promote_version(version_id=new.pk, promoted_at=NOON)

    assert statuses() == [RETIRED, ACTIVE]


def test_promoting_the_active_version_again_changes_nothing(make_version: Make) -> None:
    version = make_version(status=ACTIVE, promoted_at=NOON)

    services.promote_version(version_id=version.pk, promoted_at=NOON + timedelta(days=1))

    version.refresh_from_db()
    assert version.promoted_at == NOON


def test_what_the_gate_refused_stays_a_candidate(make_version: Make) -> None:
    make_version(status=ACTIVE)
    refused = make_version(passed=False)

    with pytest.raises(services.PromotionRefused, match="not above popularity"):
        services.promote_version(version_id=refused.pk, promoted_at=NOON)

    assert statuses() == [ACTIVE, CANDIDATE]


def test_a_gate_passed_against_another_version_does_not_count(make_version: Make) -> None:
    older, active = make_version(status=RETIRED), make_version(status=ACTIVE)
    candidate = make_version(against=older.pk)

    with pytest.raises(services.PromotionRefused, match=f"not compared with version {active.pk}"):
        services.promote_version(version_id=candidate.pk, promoted_at=NOON)

    assert statuses() == [RETIRED, ACTIVE, CANDIDATE]


def test_a_reason_overrides_the_gate_and_is_kept(make_version: Make) -> None:
    make_version(status=ACTIVE)
    refused = make_version(passed=False)

    services.promote_version(
        version_id=refused.pk, promoted_at=NOON, override_reason="The shop has changed."
    )

    refused.refresh_from_db()
    assert (refused.status, refused.override_reason) == (ACTIVE, "The shop has changed.")


def test_no_reason_overrides_a_damaged_artifact(make_version: Make, artifact_dir: Path) -> None:
    make_version(status=ACTIVE)
    damaged = make_version()
    (artifact_dir / damaged.artifact / "weights.safetensors").write_text("changed")

    with pytest.raises(services.PromotionRefused, match="sha256 differs"):
        services.promote_version(version_id=damaged.pk, promoted_at=NOON, override_reason="Now!")

    assert statuses() == [ACTIVE, CANDIDATE]


def test_an_unknown_version_is_said_to_be_unknown() -> None:
    with pytest.raises(ModelVersion.DoesNotExist):
        services.promote_version(version_id=404, promoted_at=NOON)


@pytest.mark.django_db(transaction=True)
def test_workers_hear_of_a_promotion(make_version: Make, redis_client: Redis) -> None:
    version = make_version()
    channel = redis_client.pubsub(ignore_subscribe_messages=True)
    channel.subscribe(keys.ACTIVE_VERSION_CHANNEL)
    channel.get_message(timeout=1)

    services.promote_version(version_id=version.pk, promoted_at=NOON)

    # Channels know no databases: a test beside this one may promote something, too.
    heard = iter(lambda: channel.get_message(timeout=5), None)
    assert str(version.pk) in (message["data"] for message in heard)
    channel.close()


def test_rolling_back_goes_further_back_each_time(make_version: Make) -> None:
    for days in range(3):
        version = make_version()
        services.promote_version(
            version_id=version.pk, promoted_at=NOON + timedelta(days=days), override_reason="Next."
        )
    make_version()  # a candidate is nothing to return to

    services.roll_back()
    assert statuses() == [RETIRED, ACTIVE, RETIRED, CANDIDATE]
    services.roll_back()
    assert statuses() == [ACTIVE, RETIRED, RETIRED, CANDIDATE]
    with pytest.raises(services.PromotionRefused, match="No version was active before"):
        services.roll_back()
    assert statuses() == [ACTIVE, RETIRED, RETIRED, CANDIDATE]


def test_a_second_click_on_roll_back_changes_nothing(make_version: Make) -> None:
    make_version(status=RETIRED, promoted_at=NOON - timedelta(days=2))
    make_version(status=RETIRED, promoted_at=NOON - timedelta(days=1))
    active = make_version(status=ACTIVE, promoted_at=NOON)

    services.roll_back(version_id=active.pk)
    with pytest.raises(services.PromotionRefused, match="Only the active version"):
        services.roll_back(version_id=active.pk)

    assert statuses() == [RETIRED, ACTIVE, RETIRED]


def test_a_damaged_version_is_not_returned_to(make_version: Make, artifact_dir: Path) -> None:
    damaged = make_version(status=RETIRED, promoted_at=NOON - timedelta(days=1))
    make_version(status=ACTIVE, promoted_at=NOON)
    (artifact_dir / damaged.artifact / "manifest.json").unlink()

    with pytest.raises(services.PromotionRefused, match=r"no manifest\.json"):
        services.roll_back()

    assert statuses() == [RETIRED, ACTIVE]


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_a_hundred_promotions_at_once_leave_one_version_active(
    make_version: Make, redis_client: Redis
) -> None:
    versions = [make_version() for _ in range(10)]

    def promote(version: ModelVersion) -> ModelVersion:
        return services.promote_version(
            version_id=version.pk, promoted_at=timezone.now(), override_reason="Race."
        )

    outcomes: list[Any] = []
    for _ in range(10):
        outcomes += in_threads(*[partial(promote, version) for version in versions])

    assert [type(each) for each in outcomes] == [ModelVersion] * 100
    assert statuses().count(ACTIVE) == 1
