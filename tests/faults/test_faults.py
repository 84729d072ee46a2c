"""Parts fail under traffic; nobody outside notices, nothing acknowledged is lost.

Each test ends with every request answered by 200 and every acknowledged event in the database
(`flowing`), and with the shop as whole as before, without a hand.
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from fusion import services
from fusion.models import ModelVersion, TrainingRun
from fusion.serving import keys
from fusion.serving.results import Step
from recsys.stack import wait_until
from tests.faults.house import PATIENCE_S, House, children, mounted, start_redis
from tests.faults.traffic import Traffic
from tests.fusion.checkerboard import small_config
from tests.fusion.served_shop import write_version
from tests.fusion.training_shop import slow_config
from users.models import Event

pytestmark = [
    pytest.mark.faults,
    pytest.mark.processes,
    pytest.mark.xdist_group("faults"),
]
takes_long = pytest.mark.takes_long
logger = logging.getLogger(__name__)
Flow = Callable[[], AbstractContextManager[Traffic]]
GONE_S = 20.0
MODEL = (Step.MODEL, Step.HOT_LIST)
Status = TrainingRun.Status


def wait_for(is_true: Callable[[], bool], what: str, *, times: int = 1) -> None:
    """Wait as long as a slow machine may take."""
    wait_until(is_true, seconds=times * PATIENCE_S, what=what)


def wait_for_answers(traffic: Traffic, *, by_model: bool = True) -> None:
    """Wait until a new question is answered, and say how long that took."""
    started = time.monotonic()

    def is_answered() -> bool:
        levels = {answer.level for answer in traffic.since(started)}
        return Step.MODEL in levels if by_model else bool(levels)

    wait_for(is_answered, "no such answer")
    logger.info("answered after %.1f s", time.monotonic() - started)


def test_a_killed_serve_worker(house: House, traffic: Flow) -> None:
    with traffic() as flow:
        wait_for_answers(flow)
        house.kill("serve")
        wait_for(lambda: flow.last_level() not in MODEL, "still answers")
        house.revive("serve")
        wait_for_answers(flow)


@pytest.fixture
def second_worker(house: House) -> Iterator[str]:
    """One more serve worker for a while."""
    house.stack.start_worker("second", "-Q", "serve", "-P", "threads", "-c", "1")
    with house.redis() as client:
        wait_for(lambda: client.scard(keys.WORKERS) == 2, "it is alone")
        house.wait_for_model()
    yield "second"
    process = house.stack.processes.pop("second")
    process.terminate()
    process.wait(PATIENCE_S)


def test_one_of_two_serve_workers_is_killed_and_the_other_goes_on(
    house: House, traffic: Flow, second_worker: str
) -> None:
    with traffic() as flow:
        wait_for_answers(flow)
        house.kill("serve")
        wait_for_answers(flow)
        with house.redis() as client:
            wait_for(lambda: client.scard(keys.WORKERS) == 1, "still two")
        wait_for_answers(flow)
        house.revive("serve")
        wait_for_answers(flow)


def test_a_promotion_and_a_rollback_reach_two_workers_without_a_failed_request(
    house: House, traffic: Flow, second_worker: str
) -> None:
    before = house.active()
    successor = write_version(house.shop, status=ModelVersion.Status.CANDIDATE)
    with traffic() as flow:
        wait_for_answers(flow)
        started = time.monotonic()
        assert house.send(f"model-versions/{successor.pk}/promote", {"reason": "A test."})[0] == 200
        house.wait_for_model()
        promoted = time.monotonic()
        wait_for_answers(flow)
        assert house.send(f"model-versions/{successor.pk}/rollback", {})[0] == 200
        house.wait_for_model()
        rolled_back = time.monotonic()
        wait_for_answers(flow)

    def versions(since: float, until: float) -> set[int | None]:
        asked = [answer for answer in flow.since(since) if answer.at < until]
        return {answer.version for answer in asked if answer.level == Step.MODEL}

    assert versions(started, promoted) <= {before, successor.pk}
    assert versions(rolled_back, time.monotonic()) == {before}
    assert {answer.level for answer in flow.answers} <= {*MODEL, Step.STALE_LIST}


def test_a_serve_worker_that_hangs(house: House, traffic: Flow) -> None:
    process = house.stack.processes["serve"]
    with traffic() as flow:
        wait_for_answers(flow)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(1.0)  # the first requests miss their deadlines; then nobody waits any more
        started = time.monotonic()
        time.sleep(2.0)
        os.kill(process.pid, signal.SIGCONT)
        wait_for_answers(flow)

    meanwhile = [answer for answer in flow.since(started) if answer.at < started + 2.0]
    reasons = [answer.body["fallback"]["reason"] for answer in meanwhile]
    assert reasons.count("deadline") < reasons.count("overloaded") + reasons.count("no_worker")


def test_a_killed_web_worker(house: House, traffic: Flow) -> None:
    granian = house.stack.processes["web"].pid
    with traffic() as flow:
        wait_for_answers(flow)
        [victim, *others] = children(granian)
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: len(children(granian)) == len(others) + 1, "not replaced")
        wait_for_answers(flow)
    assert victim not in children(granian)


def test_postgres_restarts(house: House, traffic: Flow) -> None:
    with traffic() as flow:
        wait_for_answers(flow)
        house.restart_postgres(gone_s=2.0)
        wait_for_answers(flow)


@takes_long
def test_redis_is_gone_for_a_while_and_comes_back_empty(house: House, traffic: Flow) -> None:
    with traffic() as flow:
        wait_for_answers(flow)
        house.kill("redis")
        status, run = house.send("training-runs", {"promotion": "manual", "preset": "quick"})
        assert status == 202
        wait_for_answers(flow, by_model=False)
        time.sleep(GONE_S)
        start_redis(house)  # without any of its data
        house.supervise()
        wait_for_answers(flow)

    def is_trained() -> bool:
        house.supervise()
        return TrainingRun.objects.get(pk=run["id"]).status == Status.SUCCEEDED

    # The message was never sent, or was lost; the run was not.
    wait_for(is_trained, "the run was forgotten", times=2)


@takes_long
def test_a_train_worker_is_killed_in_the_middle(house: House, traffic: Flow) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    event = {
        "user_id": "u1",
        "product_id": "p01",
        "kind": "view",
        "occurred_at": tomorrow.isoformat(),
    }
    run = services.create_run(config=slow_config(), promotion=TrainingRun.Promotion.MANUAL)

    def state() -> TrainingRun:
        return TrainingRun.objects.get(pk=run.pk)

    with traffic() as flow:
        assert house.send("events", event)[0] < 300
        wait_for(lambda: "sequence: Epoch 3" in state().log, "no start", times=2)
        house.kill("train")
        house.revive("train")
        wait_for(lambda: state().status == Status.SUCCEEDED, "no end", times=3)
        wait_for_answers(flow)

    ended = state()
    assert (ended.num_attempts, ModelVersion.objects.filter(run=run).count()) == (2, 1)
    # The future event was accepted, and is none of what the version has learned from.
    assert ended.cutoff is not None
    assert ended.cutoff < timezone.now()
    known = Event.objects.filter(received_at__lt=ended.cutoff, occurred_at__gte=ended.cutoff)
    learned = ended.version.report["data"]["num_interactions"]
    assert known.count() == 1
    assert learned <= Event.objects.known_before(ended.cutoff).count()


def test_a_damaged_version_is_not_promoted(house: House, traffic: Flow) -> None:
    before = house.active()
    damaged = write_version(house.shop, status=ModelVersion.Status.CANDIDATE)
    weights = settings.FUSION_ARTIFACT_DIR / damaged.artifact / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\xff")
    with traffic() as flow:
        wait_for_answers(flow)
        status, problem = house.send(f"model-versions/{damaged.pk}/promote", {"reason": "A test."})
        wait_for_answers(flow)

    assert status == 409
    assert "weights.safetensors" in problem["detail"]
    assert house.active() == before
    assert {answer.version for answer in flow.answers} <= {before, None}


@pytest.fixture
def small_disk(house: House, tmp_path: Path) -> Iterator[Path]:
    """A disk that an artifact does not fit on."""
    folder = tmp_path / "small"
    if not mounted(folder, kilobytes=16):
        pytest.skip("mounting a small file system takes root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@takes_long
def test_the_disk_of_the_artifacts_is_full(house: House, traffic: Flow, small_disk: Path) -> None:
    before = house.active()
    known = house.stack.started["train"]
    house.kill("train")
    house.stack.start("train", known.command, env={"FUSION_ARTIFACT_DIR": str(small_disk)})
    run = services.create_run(config=small_config())
    with traffic() as flow:
        wait_for(
            lambda: TrainingRun.objects.get(pk=run.pk).status == Status.FAILED,
            "it did not fail",
            times=3,
        )
        wait_for_answers(flow)
    house.kill("train")
    house.stack.start("train", known.command)

    assert TrainingRun.objects.get(pk=run.pk).error.startswith("The disk is full")
    assert house.active() == before
    assert not ModelVersion.objects.filter(run=run).exists()
