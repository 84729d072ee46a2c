"""Tasks that cannot succeed are tried a few times, then parked with their reason."""

from collections.abc import Iterator

import pytest
from celery import Celery

from fusion.models import ParkedTask
from recsys.stack import wait_until
from tests.faults.house import PATIENCE_S, House

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.xdist_group("faults")]


@pytest.fixture
def send(house: House) -> Iterator[Celery]:
    """A sender to a worker that knows the poisonous tasks."""
    module = "tests.faults.poison"
    house.stack.start_worker("poison", "-Q", "poison", "-c", "1", "-I", module)
    with Celery(broker=house.redis_url) as app:
        yield app
    process = house.stack.processes.pop("poison")
    process.terminate()
    process.wait(PATIENCE_S)


def test_a_poisonous_task_is_parked_with_its_reason(house: House, send: Celery) -> None:
    send.send_task("tests.kills_its_worker", kwargs={"what": "this"}, queue="poison")
    send.send_task("tests.raises", kwargs={"what": "that"}, queue="poison")

    wait_until(
        lambda: ParkedTask.objects.filter(name__startswith="tests.").count() == 2,
        seconds=2 * PATIENCE_S,
        what="not parked",
    )

    killer = ParkedTask.objects.get(name="tests.kills_its_worker")
    assert killer.reason.startswith(
        "PoisonousTaskError: Its worker process died at each of 3 tries"
    )
    assert killer.arguments == {"what": "this"}
    raiser = ParkedTask.objects.get(name="tests.raises")
    assert raiser.reason == "ValueError: there is no such thing"
    with house.redis() as client:
        assert client.llen("poison") == 0
