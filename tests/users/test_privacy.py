"""What a shopper may ask of us: all that is kept, and its end."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings
from redis import Redis
from rest_framework.test import APIClient

from fusion.models import ModelVersion, ServedList, TrainingRun
from fusion.serving import hot_list
from tests.factories import NOON, EventFactory, ShopperFactory
from users import tasks
from users.models import Event, Shopper, ShopperKind
from users.retention import delete_events_before
from users.services import merge_visitor

pytestmark = pytest.mark.django_db


def shown_to(shopper: Shopper, number: int = 1) -> ServedList:
    return ServedList.objects.create(
        recommendation_id=f"00000000-0000-0000-0000-{shopper.pk:06d}{number:06d}",
        shopper=shopper,
        scenario="home",
        fallback_level="popular",
        results=[{"product_id": "0042", "score": 1.0, "source": "popular"}],
        took_ms=1.5,
        created_at=NOON,
    )


def version(*, cutoff: Any, status: str = "retired") -> ModelVersion:
    run = TrainingRun.objects.create(status="succeeded", cutoff=cutoff)
    made = ModelVersion.objects.create(
        run=run, cutoff=cutoff, status=status, artifact=str(run.pk), data_hash="x"
    )
    ModelVersion.objects.filter(pk=made.pk).update(created_at=cutoff + timedelta(minutes=9))
    return made


def exported(api: APIClient, path: str) -> Any:
    answer = api.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == "no-store"
    return json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]


def test_an_export_holds_all_that_is_kept_and_nothing_of_others(api: APIClient) -> None:
    ada = ShopperFactory.create(external_id="ada")
    visit = EventFactory.create(
        shopper=ShopperFactory.create(external_id="v1", kind=ShopperKind.VISITOR)
    )
    purchase = EventFactory.create(shopper=ada, kind="purchase", price="12.5")
    merge_visitor(visitor_id="v1", user_id="ada")
    answer = shown_to(ada)
    shown_to(EventFactory.create().shopper)

    told = exported(api, "/api/v1/users/ada/export")

    assert list(told) == ["shoppers", "events", "served_lists"]
    assert [(each["kind"], each["id"]) for each in told["shoppers"]] == [
        ("customer", "ada"),
        ("visitor", "v1"),
    ]
    assert [each["event_id"] for each in told["events"]] == [
        str(visit.event_id),
        str(purchase.event_id),
    ]
    assert told["events"][1]["product_id"] == purchase.product.external_id
    assert float(told["events"][1]["price"]) == 12.5
    [shown] = told["served_lists"]
    assert shown["recommendation_id"] == str(answer.recommendation_id)
    assert shown["results"] == answer.results


def test_a_visitor_is_exported_too(api: APIClient) -> None:
    EventFactory.create(shopper=ShopperFactory.create(external_id="v1", kind=ShopperKind.VISITOR))

    told = exported(api, "/api/v1/visitors/v1/export")

    assert [len(rows) for rows in told.values()] == [1, 1, 0]
    assert api.get("/api/v1/users/v1/export").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_history(
    api: APIClient, django_assert_max_num_queries: Any
) -> None:
    shopper = ShopperFactory.create(external_id="ada")
    EventFactory.create_batch(300, shopper=shopper, product=EventFactory.create().product)

    with django_assert_max_num_queries(12):
        assert len(exported(api, "/api/v1/users/ada/export")["events"]) == 300


def test_a_receipt_counts_what_went_and_names_the_versions_that_learned_from_it(
    api: APIClient,
) -> None:
    ada = ShopperFactory.create(external_id="ada")
    EventFactory.create_batch(2, shopper=ada, received_at=NOON)
    shown_to(ada)
    version(cutoff=NOON - timedelta(days=1))
    after = version(cutoff=NOON + timedelta(days=1))
    active = version(cutoff=NOON + timedelta(days=2), status="active")

    receipt = api.delete("/api/v1/users/ada").json()

    assert (receipt["num_events"], receipt["num_served_lists"]) == (2, 1)
    assert receipt["model_versions"] == [after.pk, active.pk]
    assert "ada" not in json.dumps(receipt)
    assert (Shopper.objects.count(), Event.objects.count(), ServedList.objects.count()) == (0, 0, 0)


def test_an_event_imported_after_the_training_taught_it_nothing(api: APIClient) -> None:
    ada = ShopperFactory.create(external_id="ada")
    EventFactory.create(shopper=ada, received_at=NOON + timedelta(days=9))
    version(cutoff=NOON + timedelta(days=1))

    assert api.delete("/api/v1/users/ada").json()["model_versions"] == []


def test_ranked_lists_of_an_erased_shopper_leave_redis(api: APIClient, redis_client: Redis) -> None:
    ada, bob = ShopperFactory.create(external_id="ada"), ShopperFactory.create()
    hers = [hot_list.key("rank", n, shopper_pk=ada.pk) for n in range(3)]
    others = [hot_list.key("rank", shopper_pk=bob.pk), hot_list.key("similar", ada.pk)]
    for name in (*hers, *others):
        redis_client.set(name, "ranked")

    api.delete("/api/v1/users/ada")

    assert set(redis_client.keys("fusion:hot_list:*")) == set(others)


def test_erasing_works_without_redis(api: APIClient, settings: Settings) -> None:
    ShopperFactory.create(external_id="ada")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert api.delete("/api/v1/users/ada").status_code == 200
    assert not Shopper.objects.exists()


def old_and_new() -> tuple[Event, Event]:
    now = timezone.now()
    old = EventFactory.create(occurred_at=now - timedelta(days=100))
    return old, EventFactory.create(occurred_at=now - timedelta(days=1))


def test_nothing_is_deleted_unless_the_operator_says_so() -> None:
    old_and_new()

    tasks.delete_old_events()

    assert Event.objects.count() == 2


def test_events_older_than_the_setting_are_deleted(settings: Settings) -> None:
    settings.EVENT_RETENTION_DAYS = 30
    _, new = old_and_new()

    tasks.delete_old_events()
    tasks.delete_old_events()

    assert list(Event.objects.all()) == [new]


def test_old_events_go_in_parts() -> None:
    EventFactory.create_batch(5, occurred_at=NOON)
    kept = EventFactory.create(occurred_at=NOON + timedelta(seconds=1))

    assert list(delete_events_before(NOON + timedelta(seconds=1), batch=2)) == [2, 2, 1]
    assert list(Event.objects.all()) == [kept]


def test_a_dry_run_counts_and_deletes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    old_and_new()

    call_command("delete_old_events", "--days", "30", "--dry-run")

    assert capsys.readouterr().out.startswith("Dry run: 1 events before ")
    assert Event.objects.count() == 2


def test_the_command_deletes_what_is_older(capsys: pytest.CaptureFixture[str]) -> None:
    _, new = old_and_new()

    call_command("delete_old_events", "--days", "30")

    assert capsys.readouterr().out.startswith("1 events before ")
    assert list(Event.objects.all()) == [new]


def test_the_command_never_guesses_how_old() -> None:
    old_and_new()

    with pytest.raises(CommandError, match="Name --days"):
        call_command("delete_old_events")
    assert Event.objects.count() == 2
