"""Answers that are given again as they were written, and what makes them be made anew."""

from typing import Any

import orjson
import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from redis import Redis

from catalog.models import Category, Product
from fusion.models import ModelVersion, Rule, Scenario, ServedList
from fusion.promotion import promote_version
from fusion.serving import keys
from fusion.serving import recommend as path
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.model_server import ModelServer
from fusion.serving.recommend import recommend, recommend_json
from fusion.serving.served_lists import store_pending
from recsys.stack import wait_until
from tests.factories import EventFactory
from tests.fusion.served_shop import Shop, loaded_version, shopper_of, write_version
from users.models import EventKind, Shopper

pytestmark = pytest.mark.django_db(transaction=True)
Answer = dict[str, Any]
OWN = ("recommendation_id", "took_ms")  # of each single answer


@pytest.fixture
def ada(shop: Shop) -> Shopper:
    """A shopper who viewed four even products."""
    return shopper_of(shop.even[:4], "ada")


@pytest.fixture(autouse=True)
def fresh_rules() -> None:
    merchandising_cache.forget()


def ask(**arguments: Any) -> Answer:
    body = recommend_json(**{"user_id": "ada", "now": timezone.now(), **arguments})
    answer: Answer = orjson.loads(body)
    return answer


def ask_until_kept(**arguments: Any) -> Answer:
    """Ask the model, then for its hot list, which is kept."""
    ask(**arguments)
    return ask(**arguments)


def ids(answer: Answer) -> list[str]:
    return [each["product_id"] for each in answer["results"]]


def without_own(answer: Answer) -> Answer:
    return {name: value for name, value in answer.items() if name not in OWN}


def forbid_making(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("put together again")

    monkeypatch.setattr(path, "fill", fail)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"limit": 3},
        {"scenario": "cart"},
        {"explain": "evidence"},
        {"explain": "none"},
        {"diversity": 0.5},
        {"weights": {"text": 2.0}},
        {"seen_policy": "hide_seen"},
        {"max_per_category": 4},
        {"visitor_id": "v1"},
    ],
    ids=str,
)
def test_what_is_given_again_is_what_would_be_made(
    ada: Shopper, server: ModelServer, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    made = ask_until_kept(**asked)
    expected = recommend(**{"user_id": "ada", "now": timezone.now(), **asked})
    forbid_making(monkeypatch)

    again = ask(**asked)

    assert without_own(again) == without_own(made)
    assert without_own(again) == without_own(orjson.loads(orjson.dumps(expected)))
    assert again["recommendation_id"] != made["recommendation_id"]


def test_it_takes_one_look_at_the_database(
    ada: Shopper, server: ModelServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask_until_kept()

    with django_assert_num_queries(1):
        ask()


def test_it_is_recorded_like_any_other(ada: Shopper, server: ModelServer) -> None:
    made, again = ask_until_kept(explain="none"), ask(explain="none")
    store_pending()

    rows = ServedList.objects.in_bulk([made["recommendation_id"], again["recommendation_id"]])
    first, second = (rows[key] for key in rows)
    assert first.results == second.results
    assert all(each["contributions"] for each in second.results)
    assert "rank" not in second.results[0]
    assert (second.shopper, second.fallback_level) == (ada, "hot_list")


# --- What makes an answer be made anew ----------------------------------------------------------


def test_the_next_act(ada: Shopper, shop: Shop, server: ModelServer) -> None:
    ask_until_kept()
    EventFactory.create(shopper=ada, product=shop.odd[0], occurred_at=timezone.now())

    assert ask()["fallback"]["level"] == "model"


def test_a_product_switched_off_and_on_again(ada: Shopper, server: ModelServer) -> None:
    made = ask_until_kept()
    best = Product.objects.filter(external_id=ids(made)[0])
    best.update(is_available=False)
    without = ask()
    best.update(is_available=True)

    assert ids(made)[0] not in ids(without)
    assert ids(without)[:19] == ids(made)[1:]
    assert ids(ask()) == ids(made)


def test_a_product_that_was_passed_over_comes_back(ada: Shopper, server: ModelServer) -> None:
    best = Product.objects.filter(external_id=ids(ask())[0])
    best.update(is_available=False)
    ask_until_kept()
    best.update(is_available=True)

    assert ids(ask())[0] == best.get().external_id


def test_a_purchase(ada: Shopper, server: ModelServer) -> None:
    made = ask_until_kept()
    product = Product.objects.get(external_id=ids(made)[0])
    EventFactory.create(
        shopper=ada, product=product, kind=EventKind.PURCHASE, occurred_at=timezone.now()
    )

    assert ids(made)[0] not in ids(ask())


def test_a_product_of_another_category_counts_to_another_cap(
    ada: Shopper, server: ModelServer
) -> None:
    made = ask_until_kept(max_per_category=1)
    odd_one = Category.objects.create(path="Other", name="Other")
    # The second best even product no longer waits for the cap of the first.
    waiting = [each for each in made["results"] if each["reasons"]]
    Product.objects.filter(external_id=waiting[0]["product_id"]).update(category=odd_one)

    assert ids(ask(max_per_category=1)) != ids(made)


def test_a_new_rule(ada: Shopper, server: ModelServer) -> None:
    last = ids(ask_until_kept())[-1]
    rule = Rule.objects.create(name="first", action=Rule.Action.PIN, product_ids=[last])
    merchandising_cache.forget()
    pinned = ask_until_kept()
    Rule.objects.filter(pk=rule.pk).update(place=2)
    merchandising_cache.forget()

    assert ids(pinned)[0] == last
    assert ids(ask())[1] == last


def test_a_changed_scenario(ada: Shopper, server: ModelServer) -> None:
    made = ask_until_kept()
    Scenario.objects.update_or_create({"max_per_category": 1}, name="home")
    merchandising_cache.forget()

    assert ids(ask()) != ids(made)


def test_a_promotion(ada: Shopper, shop: Shop, server: ModelServer, redis_client: Redis) -> None:
    ask_until_kept()
    second = write_version(shop, status=ModelVersion.Status.CANDIDATE)
    promote_version(version_id=second.pk, promoted_at=timezone.now(), override_reason="newer")
    is_loaded = lambda: loaded_version(redis_client) == second.pk  # noqa: E731
    wait_until(is_loaded, seconds=20, what="not loaded")

    answer = ask()

    assert (answer["fallback"]["level"], answer["model_version"]) == ("model", second.pk)


# --- What is never kept ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [{"exploration": 0.5}, {"exclude_product_ids": ["p01"]}, {"user_id": "nobody"}, {"limit": 200}],
    ids=["left to chance", "for this page only", "nobody", "filled up with popular ones"],
)
def test_what_may_be_another_next_time_is_not_kept(
    ada: Shopper, server: ModelServer, redis_client: Redis, asked: dict[str, Any]
) -> None:
    ask_until_kept(**asked)

    lists = [redis_client.get(key) for key in redis_client.keys(keys.hot_list("*"))]
    assert not any('"rank":1' in str(body) for body in lists)
