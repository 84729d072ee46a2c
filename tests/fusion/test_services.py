"""Requests to train, their cancelling, and the estimate before them."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from redis import Redis

from fusion import services
from fusion.config import TrainingConfig
from fusion.models import ModelVersion, TrainingRun
from tests.factories import NOON, EventFactory, ProductFactory
from users.models import Event

pytestmark = pytest.mark.django_db

Status = TrainingRun.Status
MINUTE = timedelta(minutes=1)


def in_threads(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls at the same moment; return what each returned or raised."""
    outcomes: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def work(place: int) -> None:
        barrier.wait()
        try:
            outcomes[place] = calls[place]()
        except Exception as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_request_writes_a_waiting_run_with_its_settings() -> None:
    run = services.create_run(promotion="manual", config=TrainingConfig(seed=7))

    assert (run.status, run.promotion, run.config["seed"]) == (Status.PENDING, "manual", 7)


@pytest.mark.django_db(transaction=True)
def test_the_message_is_sent_after_the_commit_and_not_before(redis_client: Redis) -> None:
    with transaction.atomic():
        services.request_training()
        assert redis_client.llen("train") == 0

    assert redis_client.llen("train") == 1


def test_a_second_request_is_refused_and_names_the_first() -> None:
    first = services.create_run()

    with pytest.raises(services.TrainingAlreadyRunning, match=f"Run {first.pk} is waiting") as info:
        services.create_run()

    assert info.value.run == first
    assert TrainingRun.objects.count() == 1


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_of_ten_requests_at_once_one_is_taken() -> None:
    outcomes = in_threads(*[services.create_run] * 10)

    assert sum(isinstance(each, TrainingRun) for each in outcomes) == 1
    assert sum(isinstance(each, services.TrainingAlreadyRunning) for each in outcomes) == 9


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_of_ten_workers_at_once_one_gets_the_run(_round: int) -> None:
    run = services.create_run()

    def claim() -> bool:
        return TrainingRun.objects.claim(run.pk, claim=uuid.uuid4(), now=NOON)

    assert sorted(in_threads(*[claim] * 10)) == [False] * 9 + [True]
    run.refresh_from_db()
    assert (run.num_attempts, run.cutoff, run.started_at) == (1, NOON, NOON)


def test_a_run_is_taken_over_only_after_its_lease() -> None:
    run = services.create_run()
    first, second = uuid.uuid4(), uuid.uuid4()
    claim = TrainingRun.objects.claim

    assert claim(run.pk, claim=first, now=NOON)
    assert not claim(run.pk, claim=second, now=NOON + MINUTE)
    assert claim(run.pk, claim=second, now=NOON + 3 * MINUTE)

    run.refresh_from_db()
    assert (run.claim, run.num_attempts, run.cutoff) == (second, 2, NOON)


def test_after_three_workers_died_nobody_takes_the_run() -> None:
    run = TrainingRun.objects.create(status=Status.RUNNING, heartbeat_at=NOON, num_attempts=3)

    assert not TrainingRun.objects.claim(run.pk, claim=uuid.uuid4(), now=NOON + 60 * MINUTE)


def test_a_waiting_run_is_cancelled_at_once() -> None:
    run = services.create_run()

    run = services.cancel_training(run.pk, cancelled_at=NOON)

    assert (run.status, run.finished_at) == (Status.CANCELLED, NOON)
    assert services.create_run().status == Status.PENDING  # the place is free again


def test_a_working_run_is_asked_to_stop() -> None:
    run = TrainingRun.objects.create(status=Status.RUNNING, heartbeat_at=NOON)

    run = services.cancel_training(run.pk, cancelled_at=NOON)

    assert (run.status, run.is_cancel_requested) == (Status.RUNNING, True)


def test_a_finished_run_cannot_be_cancelled() -> None:
    run = TrainingRun.objects.create(status=Status.SUCCEEDED)

    with pytest.raises(services.TrainingFinished, match="has succeeded already"):
        services.cancel_training(run.pk, cancelled_at=NOON)

    run.refresh_from_db()
    assert (run.status, run.is_cancel_requested) == (Status.SUCCEEDED, False)


def receive(*, hours: int) -> None:
    """Record an event received some hours after noon."""
    event = EventFactory.create()
    Event.objects.filter(pk=event.pk).update(received_at=NOON + timedelta(hours=hours))


def test_before_the_first_run_all_is_new_and_the_time_unknown() -> None:
    receive(hours=0)
    ProductFactory.create()

    estimate = services.estimate_training()

    assert estimate.seconds is None
    assert estimate.last_run is None
    assert (estimate.num_new_events, estimate.num_changed_products) == (1, 2)
    assert estimate.num_missing == {"text": 2, "image": 0}


def test_the_estimate_grows_with_the_events_since_the_last_run() -> None:
    run = TrainingRun.objects.create(
        status=Status.SUCCEEDED, cutoff=NOON, started_at=NOON, finished_at=NOON + MINUTE
    )
    ModelVersion.objects.create(
        run=run, artifact="a", cutoff=NOON, report={"data": {"num_interactions": 2}}
    )
    for hours in (-2, -1, 1):
        receive(hours=hours)

    estimate = services.estimate_training()

    assert estimate.num_new_events == 1
    assert estimate.seconds == pytest.approx(90.0)
    assert estimate.last_run == run
