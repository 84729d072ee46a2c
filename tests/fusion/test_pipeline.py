"""A training run from its row to its version, in this process."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from fusion import pipeline, services
from fusion.models import ModelVersion, TrainingRun
from fusion.runs.claimed_run import ClaimedRun
from fusion.runs.worker import carry_out
from fusion.training.artifact import load_artifact
from fusion.training.distributed import train_with
from fusion.training.manifest import verify_artifact
from recsys.stack import wait_until
from tests.factories import ProductFactory
from tests.fusion.checkerboard import small_config
from tests.fusion.training_shop import NUM_PRODUCTS, open_training_shop, slow_config

pytestmark = pytest.mark.django_db(transaction=True)  # the heartbeat is a thread

Status = TrainingRun.Status
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def folders(settings: Settings, tmp_path: Path) -> None:
    settings.FUSION_ARTIFACT_DIR = tmp_path / "artifacts"
    settings.FUSION_CHECKPOINT_DIR = tmp_path / "checkpoints"


def train(**options: Any) -> TrainingRun:
    run = services.create_run(config=small_config(), **options)
    assert carry_out(run.pk, now=timezone.now())
    run.refresh_from_db()
    return run


def start(run: TrainingRun) -> threading.Thread:
    """Carry the run out in a thread, as if by another worker."""

    def work() -> None:
        carry_out(run.pk, now=timezone.now())
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def wait_for_stage(run: TrainingRun, stage: str) -> None:
    def is_there() -> bool:
        run.refresh_from_db()
        return stage in run.stage

    wait_until(is_there, seconds=30, what=f"stage {stage} was not reached")


def artifacts(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.FUSION_ARTIFACT_DIR.glob("*"))


def test_a_run_ends_with_an_active_version(settings: Settings) -> None:
    open_training_shop()

    run = train()

    assert (run.status, run.stage, run.progress, run.error) == (Status.SUCCEEDED, "done", 1.0, "")
    version = run.version
    assert version.status == ModelVersion.Status.ACTIVE
    assert version.gate_outcome == "better"
    assert version.report["data"] == {
        "num_interactions": 480,
        "num_shoppers": 60,
        "num_items": NUM_PRODUCTS,
        "num_present": {"text": NUM_PRODUCTS},
    }
    assert version.report["encoders"] == {"text": "minilm-l6-v2@1"}
    assert "gate" not in version.report
    assert artifacts(settings) == [version.artifact]
    recommender = load_artifact(settings.FUSION_ARTIFACT_DIR / version.artifact)
    assert recommender.branches == ("behaviour", "text")


def test_a_run_tells_how_it_went() -> None:
    open_training_shop()

    run = train()

    assert "480 events of 60 shoppers on 24 products (24 with text)." in run.log
    losses = run.curves["served: sequence.loss"]
    assert [epoch for epoch, _ in losses] == [1, 2, 3, 4][: len(losses)]
    assert run.message.startswith(f"Version {run.version.pk} is active.")
    assert run.heartbeat_at is not None
    assert run.finished_at is not None


def test_nothing_is_left_of_a_finished_run_but_its_version(settings: Settings) -> None:
    open_training_shop()
    (settings.FUSION_CHECKPOINT_DIR / "run-0" / "snapshot").mkdir(parents=True)  # of an older run
    train()

    assert list(settings.FUSION_CHECKPOINT_DIR.iterdir()) == []


def test_a_manual_run_waits_for_a_person() -> None:
    open_training_shop()

    run = train(promotion=TrainingRun.Promotion.MANUAL)

    assert run.version.status == ModelVersion.Status.CANDIDATE
    assert services.active_version() is None


def test_without_news_the_active_version_stays() -> None:
    open_training_shop()
    first = train().version
    second = train().version

    first.refresh_from_db()
    assert first.status == ModelVersion.Status.ACTIVE
    assert (second.status, second.gate_outcome) == ("candidate", "inconclusive")
    assert "No shopper did something new" in second.gate_reason


def test_a_damaged_active_version_is_not_replaced_unseen(settings: Settings) -> None:
    open_training_shop()
    first = train().version
    (settings.FUSION_ARTIFACT_DIR / first.artifact / "weights.safetensors").write_bytes(b"x")

    second = train().version

    assert (second.status, second.gate_outcome) == ("candidate", "inconclusive")
    assert "cannot be compared" in second.gate_reason


def test_too_few_events_are_refused_in_plain_words(settings: Settings) -> None:
    open_training_shop(num_shoppers=1)

    run = train()

    assert run.status == Status.FAILED
    assert run.error == (
        "There are only 8 events of 1 shoppers on products the shop has described; the model "
        "needs at least 10 events of 2 shoppers. Send more events, then train again."
    )
    assert ModelVersion.objects.count() == 0
    assert artifacts(settings) == []


def test_an_empty_shop_is_refused() -> None:
    assert "There are only 0 events" in train().error


def test_a_tiny_shop_is_trained() -> None:
    open_training_shop(num_shoppers=4)  # 32 events

    run = train()

    assert (run.status, run.error) == (Status.SUCCEEDED, "")
    assert run.version.gate_outcome == "inconclusive"
    assert run.message.startswith(f"Version {run.version.pk} waits for a person. Only 4 shoppers")


def test_settings_nobody_knows_are_refused_in_plain_words() -> None:
    open_training_shop()
    run = TrainingRun.objects.create(config={"sed": 1})

    carry_out(run.pk, now=timezone.now())

    run.refresh_from_db()
    assert (run.status, run.error) == (Status.FAILED, "settings has no setting 'sed'.")


def test_a_folder_nobody_can_write_fails_before_the_training(settings: Settings) -> None:
    open_training_shop()
    settings.FUSION_ARTIFACT_DIR.parent.joinpath("artifacts").write_text("a file")

    run = train()

    assert run.status == Status.FAILED
    assert run.error.startswith(
        f"The training worker cannot write to {settings.FUSION_ARTIFACT_DIR}"
    )
    assert run.progress == 0.0


def test_a_cancelled_run_stops_and_makes_no_version() -> None:
    open_training_shop()
    run = services.create_run(config=slow_config())
    thread = start(run)

    wait_for_stage(run, "sequence")
    services.cancel_training(run.pk, cancelled_at=timezone.now())
    thread.join(30)

    run.refresh_from_db()
    assert (run.status, run.message) == (Status.CANCELLED, "Cancelled.")
    assert ModelVersion.objects.count() == 0


def test_a_run_taken_over_is_left_alone_by_its_first_worker(settings: Settings) -> None:
    settings.FUSION_TRAINING_LEASE_SECONDS = 3600
    open_training_shop()
    run = services.create_run(config=slow_config())
    thread = start(run)
    wait_for_stage(run, "sequence")

    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - 2 * HOUR)
    second = ClaimedRun.take(run.pk, now=timezone.now())
    thread.join(30)

    run.refresh_from_db()
    assert second is not None
    assert (run.status, run.claim, run.num_attempts) == (Status.RUNNING, second.run.claim, 2)
    assert second.folder.exists()  # what the second worker goes on from
    assert ModelVersion.objects.count() == 0


@pytest.mark.postgres_only
def test_a_run_survives_the_loss_of_its_database_connections() -> None:
    open_training_shop()
    run = services.create_run(config=slow_config())
    thread = start(run)

    wait_for_stage(run, "sequence")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        [num_cut] = cursor.fetchone()
    thread.join(60)

    run.refresh_from_db()
    assert num_cut == 1  # the heartbeat's; the training itself holds none meanwhile
    assert (run.status, run.error) == (Status.SUCCEEDED, "")


def test_a_run_taken_up_again_trains_on_the_same_snapshot(settings: Settings) -> None:
    open_training_shop()
    expected = train(promotion=TrainingRun.Promotion.MANUAL).version.data_hash
    run = services.create_run(config=slow_config())
    thread = start(run)
    wait_for_stage(run, "sequence")
    TrainingRun.objects.filter(pk=run.pk).update(claim=None)  # its worker is as good as dead
    thread.join(30)
    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - 2 * HOUR)
    ProductFactory.create()

    assert carry_out(run.pk, now=timezone.now())

    run.refresh_from_db()
    assert (run.status, run.num_attempts) == (Status.SUCCEEDED, 2)
    assert run.version.data_hash == expected
    verify_artifact(settings.FUSION_ARTIFACT_DIR / run.version.artifact)


@pytest.mark.processes
def test_several_processes_train_one_version(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FUSION_TRAINING_PROCESSES = 2
    asked: list[int] = []

    def spy(processes: int, *rest: Any) -> None:
        asked.append(processes)
        train_with(processes, *rest)

    monkeypatch.setattr(pipeline, "train_with", spy)
    open_training_shop()

    run = train()

    assert (asked, run.status) == ([2], Status.SUCCEEDED)
    assert "measured: sequence.loss" in run.curves
