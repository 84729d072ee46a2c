"""Hot lists made before anybody asks, by a serve worker's threads on a real Redis."""

from datetime import timedelta

import pytest
from pytest_django import Settings
from redis import Redis

from fusion.models import ModelVersion
from fusion.serving import keys, precompute
from fusion.serving.model_server import ModelServer
from fusion.serving.precompute import Refreshed, active_shoppers, refresh_hot_lists
from fusion.serving.questions import Outlook
from fusion.serving.recommend import recommend
from fusion.serving.results import Step
from fusion.tasks import refresh_hot_lists as task
from recsys.stack import wait_until
from tests.factories import EventFactory
from tests.fusion.served_shop import NOW, Shop, fleet, shopper_of, write_version
from users.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def step(user_id: str) -> Step:
    return recommend(user_id=user_id, limit=5, now=NOW).fallback.level


def test_who_was_active_just_now_finds_the_answer_ready(
    shop: Shop, server: ModelServer, redis_client: Redis
) -> None:
    for user_id in ("ada", "bob"):
        shopper_of(shop.even[:4], user_id)

    assert refresh_hot_lists(now=NOW) == Refreshed(num_active=2, num_refreshed=2)

    assert [step(user_id) for user_id in ("ada", "bob")] == [Step.HOT_LIST] * 2
    assert redis_client.get(keys.PRECOMPUTED) == "2"
    assert not redis_client.exists(keys.PRECOMPUTE_TURN)


def test_only_what_is_not_fresh_is_ranked_again(shop: Shop, server: ModelServer) -> None:
    ada, _ = shopper_of(shop.even[:4], "ada"), shopper_of(shop.odd[:4], "bob")
    refresh_hot_lists(now=NOW)
    EventFactory.create(shopper=ada, product=shop.even[5], occurred_at=NOW)

    assert refresh_hot_lists(now=NOW) == Refreshed(num_active=2, num_refreshed=1)


def test_the_last_active_ones_come_first_and_no_more_than_wanted(
    shop: Shop, settings: Settings
) -> None:
    settings.FUSION_PRECOMPUTE_SHOPPERS = 2
    first, second, third = (shopper_of(shop.even[:2], user_id) for user_id in "abc")
    EventFactory.create(shopper=first, product=shop.even[5], occurred_at=NOW)
    Event.objects.filter(shopper=second).update(occurred_at=NOW - timedelta(seconds=5))

    assert active_shoppers(now=NOW) == [first.pk, second.pk]
    assert third.pk not in active_shoppers(now=NOW)


def test_who_was_not_active_lately_is_left_out(shop: Shop, settings: Settings) -> None:
    settings.FUSION_PRECOMPUTE_MINUTES = 10
    shopper_of(shop.even[:2], "ada")

    assert active_shoppers(now=NOW + timedelta(minutes=30)) == []


def test_none_wanted_is_none_done(shop: Shop, server: ModelServer, settings: Settings) -> None:
    settings.FUSION_PRECOMPUTE_SHOPPERS = 0
    shopper_of(shop.even[:4], "ada")

    assert refresh_hot_lists(now=NOW) == Refreshed()


def test_without_a_worker_nothing_is_left_in_a_queue(
    shop: Shop, version: ModelVersion, redis_client: Redis
) -> None:
    shopper_of(shop.even[:4], "ada")

    assert refresh_hot_lists(now=NOW) == Refreshed(is_switching=True)
    assert redis_client.llen(keys.BACKGROUND) == 0


def test_while_requests_wait_nothing_is_asked(
    shop: Shop, server: ModelServer, redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopper_of(shop.even[:4], "ada")
    monkeypatch.setattr(precompute, "look", busy_look)

    assert refresh_hot_lists(now=NOW, seconds=0.3) == Refreshed()
    assert redis_client.get(keys.PRECOMPUTED) == "0"


def busy_look(*args: object, **kwargs: object) -> Outlook:
    return Outlook(None, (), num_waiting=3)


def test_a_second_refresh_at_once_does_nothing(
    shop: Shop, server: ModelServer, redis_client: Redis
) -> None:
    shopper_of(shop.even[:4], "ada")
    redis_client.set(keys.PRECOMPUTE_TURN, 1)

    assert refresh_hot_lists(now=NOW) == Refreshed()
    assert redis_client.exists(keys.PRECOMPUTE_TURN)


def test_after_a_promotion_lists_are_of_the_new_version(
    shop: Shop, version: ModelVersion, server: ModelServer, redis_client: Redis
) -> None:
    shopper_of(shop.even[:4], "ada")
    refresh_hot_lists(now=NOW)
    ModelVersion.objects.update(status=ModelVersion.Status.RETIRED)
    successor = write_version(shop)
    redis_client.publish(keys.ACTIVE_VERSION_CHANNEL, "")
    wait_until(
        lambda: getattr(fleet(redis_client), "version_ids", ()) == (successor.pk,),
        seconds=10,
        what="still the old one",
    )

    task()

    answer = recommend(user_id="ada", limit=5, now=NOW)
    assert (answer.fallback.level, answer.model_version) == (Step.HOT_LIST, successor.pk)
