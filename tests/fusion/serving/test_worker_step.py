"""The serve worker as a real Celery process."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone
from redis import Redis

from fusion.models import ModelVersion
from fusion.serving import keys
from fusion.serving.recommend import recommend
from fusion.serving.results import Reason, Recommendation, Step
from recsys.stack import Stack, wait_until
from tests.fusion.served_shop import Shop, loaded_version, shopper_of, workers_say, write_version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
SERVE = ("-Q", "serve", "-P", "threads", "-c", "1")


@pytest.fixture
def start_serving(stack: Stack, redis_client: Redis) -> Callable[[ModelVersion], None]:
    """Start a serve worker and wait until it has the version loaded."""

    def start(version: ModelVersion) -> None:
        stack.start_worker("serve", *SERVE)
        wait_until(
            lambda: loaded_version(redis_client) == version.pk,
            seconds=60,
            what=f"no version loaded: {stack.log_path('serve')}",
        )

    return start


@contextmanager
def load(user_ids: list[str]) -> Iterator[list[Recommendation]]:
    """Ask for these shoppers, over and over, from three threads; every answer is noted."""
    answers: list[Recommendation] = []
    stopping = threading.Event()

    def ask(thread: int) -> None:
        number = 0
        while not stopping.is_set():
            # Excluding an id of its own makes every question a new one for the model.
            number += 1
            answers.append(
                recommend(
                    user_id=user_ids[number % len(user_ids)],
                    exclude_product_ids=[f"{thread}-{number}"],
                    limit=5,
                    now=timezone.now(),
                )
            )
            time.sleep(0.02)
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    yield answers
    stopping.set()
    for thread in threads:
        thread.join()


def test_a_promotion_reaches_a_working_worker_without_a_failed_request(
    shop: Shop,
    version: ModelVersion,
    start_serving: Callable[[ModelVersion], None],
    redis_client: Redis,
) -> None:
    shopper_of(shop.even[:4], "ada")
    start_serving(version)
    with load(["ada"]) as answers:
        wait_until(lambda: len(answers) > 20, seconds=20, what="no answers")
        ModelVersion.objects.update(status=ModelVersion.Status.RETIRED)
        successor = write_version(shop)
        redis_client.publish(keys.ACTIVE_VERSION_CHANNEL, "")
        wait_until(
            lambda: answers[-1].model_version == successor.pk, seconds=20, what="still the old one"
        )
        wait_until(lambda: redis_client.llen(keys.REQUESTS) == 0, seconds=5, what="a queue is left")

    assert Counter(answer.fallback.level for answer in answers) == {Step.MODEL: len(answers)}
    versions = [answer.model_version for answer in answers]
    assert set(versions) == {version.pk, successor.pk}


def test_a_killed_worker_is_missed_for_a_moment_and_its_successor_goes_on(
    shop: Shop,
    version: ModelVersion,
    start_serving: Callable[[ModelVersion], None],
    stack: Stack,
    redis_client: Redis,
) -> None:
    shopper_of(shop.even[:4], "ada")
    start_serving(version)
    with load(["ada"]) as answers:
        wait_until(lambda: len(answers) > 20, seconds=20, what="no answers")
        stack.processes["serve"].kill()
        stack.processes["serve"].wait()
        wait_until(lambda: not workers_say(redis_client), seconds=10, what="still alive")
        wait_until(
            lambda: answers[-1].fallback.reason == Reason.NO_WORKER, seconds=5, what="still asked"
        )
        start_serving(version)
        wait_until(
            lambda: answers[-1].fallback.level == Step.MODEL, seconds=10, what="never asked again"
        )

    assert {len(answer.results) for answer in answers} == {5}
    assert {answer.fallback.reason for answer in answers} <= {
        Reason.ANSWERED,
        Reason.DEADLINE,
        Reason.OVERLOADED,
        Reason.NO_WORKER,
        Reason.NO_MODEL,  # while the successor loads
    }


def test_a_worker_told_to_stop_answers_first(
    shop: Shop,
    version: ModelVersion,
    start_serving: Callable[[ModelVersion], None],
    stack: Stack,
    redis_client: Redis,
) -> None:
    shopper_of(shop.even[:4], "ada")
    start_serving(version)
    with load(["ada"]) as answers:
        wait_until(lambda: len(answers) > 20, seconds=20, what="no answers")
        stack.processes["serve"].terminate()
        assert stack.processes["serve"].wait(20) == 0
        wait_until(
            lambda: answers[-1].fallback.reason == Reason.NO_WORKER, seconds=5, what="still asked"
        )

    assert {answer.fallback.reason for answer in answers} <= {Reason.ANSWERED, Reason.NO_WORKER}


def test_other_workers_do_not_serve(stack: Stack, shop: Shop, version: ModelVersion) -> None:
    stack.start_worker("default", "-Q", "default", "-P", "threads", "-c", "1")
    wait_until(
        lambda: "ready" in stack.log_path("default").read_text(), seconds=60, what="not started"
    )

    assert "serving.loaded" not in stack.log_path("default").read_text()
