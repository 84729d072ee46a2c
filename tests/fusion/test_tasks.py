"""Tasks, in this process and in real workers."""

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import Redis

from fusion import services, tasks
from fusion.dataset.data import TrainingData
from fusion.features import encoding_turn, store
from fusion.models import MAX_ATTEMPTS, Embedding, ModelVersion, TrainingRun
from fusion.runs.claimed_run import ClaimedRun
from recsys.stack import Stack, wait_until
from tests.factories import ProductFactory
from tests.fusion.training_shop import open_training_shop, slow_config

pytestmark = pytest.mark.django_db(transaction=True)

Status = TrainingRun.Status
LONG_AGO = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clean_redis(redis_client: Redis) -> None:
    """Begin with empty queues."""


def orphan(**values: object) -> TrainingRun:
    """Return a run whose worker went silent."""
    silent_since = timezone.now() - LONG_AGO
    return TrainingRun.objects.create(status=Status.RUNNING, heartbeat_at=silent_since, **values)


def test_missing_vectors_are_queued_once_however_often_beat_looks(redis_client: Redis) -> None:
    ProductFactory.create()

    for _ in range(3):
        tasks.enqueue_missing_encodings()

    assert redis_client.llen("content") == 1


def test_nothing_is_queued_when_nothing_is_missing(redis_client: Redis) -> None:
    tasks.enqueue_missing_encodings()

    assert redis_client.llen("content") == 0


def test_an_encoding_task_encodes_all_and_lets_the_next_begin(redis_client: Redis) -> None:
    ProductFactory.create_batch(3)
    assert encoding_turn.take_turn("text")

    tasks.encode_missing(modality="text")

    assert Embedding.objects.count() == 3
    assert redis_client.llen("content") == 0
    assert encoding_turn.take_turn("text")


def test_an_encoding_task_queues_what_it_has_no_time_for(
    redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "SLICE_SECONDS", 0.0)
    ProductFactory.create_batch(300)  # more than one call of the store takes

    tasks.encode_missing(modality="text")

    assert store.num_missing("text") == 44
    assert redis_client.llen("content") == 1
    assert not encoding_turn.take_turn("text")


def test_an_orphaned_run_is_queued_once(redis_client: Redis) -> None:
    orphan(num_attempts=1)

    tasks.sweep_orphaned_runs()
    tasks.sweep_orphaned_runs()

    assert redis_client.llen("train") == 1


def test_a_run_whose_worker_lives_is_left_alone(redis_client: Redis) -> None:
    TrainingRun.objects.create(status=Status.RUNNING, heartbeat_at=timezone.now())

    tasks.sweep_orphaned_runs()

    assert redis_client.llen("train") == 0


def test_a_waiting_run_whose_message_was_lost_is_queued_again(redis_client: Redis) -> None:
    run = services.create_run()
    tasks.sweep_orphaned_runs()
    assert redis_client.llen("train") == 0  # it may be on its way still

    TrainingRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - LONG_AGO)
    tasks.sweep_orphaned_runs()

    assert redis_client.llen("train") == 1


def test_a_run_that_killed_its_workers_fails_with_advice(redis_client: Redis) -> None:
    run = orphan(num_attempts=MAX_ATTEMPTS)

    tasks.sweep_orphaned_runs()

    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "died 3 times over this run" in run.error
    assert redis_client.llen("train") == 0


def test_a_cancelled_run_without_a_worker_ends(redis_client: Redis) -> None:
    run = orphan(num_attempts=1, is_cancel_requested=True)

    tasks.sweep_orphaned_runs()

    run.refresh_from_db()
    assert run.status == Status.CANCELLED
    assert redis_client.llen("train") == 0


def test_a_second_delivery_of_a_run_stops_at_the_claim() -> None:
    run = services.create_run()
    claimed = ClaimedRun.take(run.pk, now=timezone.now())
    assert claimed is not None

    tasks.train_version(run_id=run.pk)

    run.refresh_from_db()
    assert (run.status, run.claim, run.num_attempts) == (Status.RUNNING, claimed.run.claim, 1)


@pytest.fixture
def start_worker(
    stack: Stack, settings: Settings, tmp_path: Path
) -> Callable[[str], subprocess.Popen[bytes]]:
    """Start a training worker on folders of this test, with a short lease."""
    settings.FUSION_ARTIFACT_DIR = tmp_path / "artifacts"
    settings.FUSION_CHECKPOINT_DIR = tmp_path / "checkpoints"
    settings.FUSION_TRAINING_LEASE_SECONDS = 4.0
    names = ("FUSION_ARTIFACT_DIR", "FUSION_CHECKPOINT_DIR", "FUSION_TRAINING_LEASE_SECONDS")
    stack.env |= {name: str(getattr(settings, name)) for name in names}
    return lambda name: stack.start_worker(name, "-Q", "train", "-c", "1")


def wait_for(run: TrainingRun, is_true: Callable[[], bool], *, seconds: float = 60) -> None:
    def look() -> bool:
        run.refresh_from_db()
        return is_true()

    wait_until(look, seconds=seconds, what=f"{run} did not get there")


@pytest.mark.processes
def test_a_worker_killed_in_the_middle_is_replaced_and_the_run_finishes_once(
    start_worker: Callable[[str], subprocess.Popen[bytes]], settings: Settings
) -> None:
    open_training_shop()
    run = services.request_training(config=slow_config())
    first = start_worker("first")
    wait_for(run, lambda: "sequence: Epoch 9" in run.log)
    os.killpg(first.pid, signal.SIGKILL)
    snapshot = TrainingData.load(settings.FUSION_CHECKPOINT_DIR / f"run-{run.pk}" / "snapshot")
    ProductFactory.create()  # the run goes on with what it has read

    start_worker("second")
    orphaned = TrainingRun.objects.orphaned
    wait_for(run, lambda: orphaned(now=timezone.now()).exists())
    tasks.sweep_orphaned_runs()
    wait_for(run, lambda: run.status not in (Status.PENDING, Status.RUNNING))

    assert (run.status, run.error, run.num_attempts) == (Status.SUCCEEDED, "", 2)
    version = ModelVersion.objects.get()
    assert (version.run, version.data_hash) == (run, snapshot.data_hash)
    epochs = [epoch for epoch, _ in run.curves["served: sequence.loss"]]
    assert len(epochs) == len(set(epochs))
    assert [path.name for path in settings.FUSION_ARTIFACT_DIR.iterdir()] == [version.artifact]
    folder = settings.FUSION_CHECKPOINT_DIR
    wait_until(lambda: not list(folder.iterdir()), seconds=10, what="checkpoints were not removed")
