"""From the note in Redis to the row in the database."""

import uuid
from datetime import timedelta

import pytest
from pytest_django import Settings
from redis import Redis

from fusion.models import ServedList
from fusion.serving import keys, served_lists
from fusion.serving.results import Fallback, Reason, Recommendation, Result, Step
from fusion.serving.served_lists import record, store_pending
from tests.factories import NOON, ShopperFactory

pytestmark = pytest.mark.django_db
RESULT = Result("0042", 1, 1.5, Step.POPULAR, {"popularity": 1.5})


def answer(model_version: int | None = None) -> Recommendation:
    fallback = Fallback(Step.POPULAR, Reason.NO_MODEL)
    return Recommendation(uuid.uuid4(), "home", model_version, (RESULT,), fallback, 4.25)


def stored_ids() -> list[uuid.UUID]:
    rows = ServedList.objects.order_by("created_at", "recommendation_id")
    return list(rows.values_list("recommendation_id", flat=True))


def test_a_noted_answer_becomes_a_row(redis_client: Redis) -> None:
    shopper = ShopperFactory.create()
    given = answer()
    record(given, question={"limit": 1}, shopper_pk=shopper.pk, now=NOON)

    assert store_pending() == 1

    row = ServedList.objects.get()
    assert row.recommendation_id == given.recommendation_id
    assert (row.shopper, row.scenario, row.model_version) == (shopper, "home", None)
    assert row.results == [
        {
            "product_id": "0042",
            "score": 1.5,
            "source": "popular",
            "contributions": {"popularity": 1.5},
            "reasons": [],
        }
    ]
    assert row.question == {"limit": 1}
    assert (row.fallback_level, row.took_ms, row.created_at) == ("popular", 4.25, NOON)
    assert redis_client.xlen(keys.SERVED_LISTS) == 0


def test_answers_are_stored_in_their_order_over_several_batches(
    redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served_lists, "BATCH", 3)
    given = [answer() for _ in range(7)]
    for age, each in enumerate(given):
        record(each, shopper_pk=None, now=NOON + timedelta(seconds=age))

    assert store_pending() == 7
    assert stored_ids() == [each.recommendation_id for each in given]


def test_a_note_left_by_a_call_that_died_is_stored_once(
    redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(answer(), shopper_pk=None, now=NOON)
    notes = served_lists._oldest_notes()
    store_pending()
    for _, fields in notes:
        redis_client.xadd(keys.SERVED_LISTS, {"row": fields[1]})

    assert store_pending() == 1
    assert ServedList.objects.count() == 1


def test_what_was_shown_to_an_erased_shopper_is_not_stored(redis_client: Redis) -> None:
    shopper = ShopperFactory.create()
    record(answer(), shopper_pk=shopper.pk, now=NOON)
    record(answer(), shopper_pk=None, now=NOON)
    shopper.delete()

    store_pending()

    assert [row.shopper_id for row in ServedList.objects.all()] == [None]


def test_a_version_that_is_gone_is_not_named(redis_client: Redis) -> None:
    record(answer(model_version=99_999), shopper_pk=None, now=NOON)

    store_pending()

    assert ServedList.objects.get().model_version is None


def test_without_redis_an_answer_is_given_all_the_same(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    record(answer(), shopper_pk=None, now=NOON)
