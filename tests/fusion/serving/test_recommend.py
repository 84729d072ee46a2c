"""The request path, with a serve worker's threads and a real Redis."""

import time
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from redis import Redis

from catalog.breaker import Breaker
from catalog.models import Category, Product
from fusion.models import ModelVersion
from fusion.serving import client, keys
from fusion.serving.filters import ProductFilter
from fusion.serving.model_server import ModelServer
from fusion.serving.recommend import recommend, similar_products
from fusion.serving.results import Fallback, Reason, Recommendation, Step
from recsys.stack import wait_until
from tests.factories import EventFactory, ProductFactory, ShopperFactory
from tests.fusion.served_shop import Shop, shopper_of, workers_say
from users.models import EventKind, Shopper, ShopperKind
from users.services import merge_visitor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_overload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_overload", Breaker(tolerated=2, pause_s=0.5))


@pytest.fixture
def ada(shop: Shop) -> Shopper:
    """A shopper who viewed four even products."""
    return shopper_of(shop.even[:4], "ada")


def ask(user_id: str | None = "ada", **arguments: object) -> Recommendation:
    return recommend(user_id=user_id, now=timezone.now(), **arguments)  # type: ignore[arg-type]


def ids(answer: Recommendation) -> list[str]:
    return [result.product_id for result in answer.results]


def sources(answer: Recommendation) -> set[Step]:
    return {result.source for result in answer.results}


def external_ids(products: list[Product]) -> set[str]:
    return {product.external_id for product in products}


# --- The model answers ---------------------------------------------------------


def test_a_shopper_of_even_products_gets_even_products(
    ada: Shopper, shop: Shop, server: ModelServer, version: ModelVersion
) -> None:
    answer = ask(limit=8)

    assert set(ids(answer)) < external_ids(shop.even)
    assert [result.rank for result in answer.results] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (answer.fallback.level, answer.fallback.reason) == (Step.MODEL, Reason.ANSWERED)
    assert answer.model_version == version.pk


def test_contributions_add_up_to_the_score(ada: Shopper, server: ModelServer) -> None:
    results = ask(limit=20).results

    for result in results:
        assert sum(result.contributions.values()) == pytest.approx(result.score, abs=1e-6)
    assert set(results[0].contributions) == {"behaviour", "text", "image"}
    assert len(results) == 20


def test_the_same_question_is_answered_from_the_hot_list(ada: Shopper, server: ModelServer) -> None:
    first, second = ask(), ask()

    assert (sources(first), sources(second)) == ({Step.MODEL}, {Step.HOT_LIST})
    assert ids(first) == ids(second)
    assert first.recommendation_id != second.recommendation_id


def test_the_next_answer_knows_the_last_event(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    before = ask()
    for product in shop.odd[:6]:
        EventFactory.create(shopper=ada, product=product, occurred_at=timezone.now())

    after = ask()

    assert sources(after) == {Step.MODEL}
    assert before.results[0].product_id in external_ids(shop.even)
    assert after.results[0].product_id in external_ids(shop.odd)


def test_an_event_that_has_not_happened_yet_changes_nothing(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    ask()
    EventFactory.create(
        shopper=ada, product=shop.odd[0], occurred_at=timezone.now() + timedelta(hours=1)
    )

    assert sources(ask()) == {Step.HOT_LIST}


def test_an_event_of_a_clock_that_is_fast_is_known_at_once(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    ask()
    soon = timezone.now() + timedelta(minutes=5)
    EventFactory.create(shopper=ada, product=shop.odd[0], occurred_at=soon)

    assert sources(ask()) == {Step.MODEL}


def test_a_merged_visitor_gets_the_customers_answer(ada: Shopper, server: ModelServer) -> None:
    ShopperFactory.create(kind=ShopperKind.VISITOR, external_id="v1", merged_into=ada)

    by_visitor = recommend(visitor_id="v1", now=timezone.now())

    assert ids(by_visitor) == ids(ask())


def test_the_next_answer_knows_what_a_merged_visitor_did_before(
    shop: Shop, server: ModelServer
) -> None:
    visitor = shopper_of(shop.odd[:6], "v1")
    Shopper.objects.filter(pk=visitor.pk).update(kind=ShopperKind.VISITOR)
    shopper_of(shop.even[:4], "ada")  # her acts were told last
    ask()

    merge_visitor(visitor_id="v1", user_id="ada")

    assert sources(ask()) == {Step.MODEL}


def test_a_visitor_who_was_answered_before_becomes_the_customer_at_once(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    visitor = shopper_of(shop.odd[:6], "v1")
    Shopper.objects.filter(pk=visitor.pk).update(kind=ShopperKind.VISITOR)
    before = [recommend(visitor_id="v1", now=timezone.now()) for _ in range(2)]

    merge_visitor(visitor_id="v1", user_id="ada")
    after = recommend(visitor_id="v1", now=timezone.now())

    assert sources(before[1]) == {Step.HOT_LIST}
    assert sources(after) == {Step.MODEL}
    assert ids(after) == ids(ask())


def test_an_answer_from_a_hot_list_takes_one_look_at_the_database(
    ada: Shopper, server: ModelServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask()
    ask()

    with django_assert_num_queries(1):
        answer = ask()

    assert sources(answer) == {Step.HOT_LIST}


def test_the_first_answer_after_an_event_takes_three_looks_at_the_database(
    ada: Shopper, shop: Shop, server: ModelServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask()
    EventFactory.create(shopper=ada, product=shop.even[5], kind=EventKind.VIEW)

    with django_assert_num_queries(3):  # the list is not theirs, their acts, what may be shown
        answer = ask()

    assert sources(answer) == {Step.MODEL}


def test_who_was_erased_is_a_stranger_to_a_process_that_answered_them(
    ada: Shopper, server: ModelServer
) -> None:
    ask()
    ada.delete()  # as another process does it, and Redis was down

    assert ask().fallback.reason == Reason.NO_HISTORY


def test_a_known_visitor_answers_for_an_unknown_customer(shop: Shop, server: ModelServer) -> None:
    visitor = shopper_of(shop.even[:4], "v1")
    Shopper.objects.filter(pk=visitor.pk).update(kind=ShopperKind.VISITOR)

    answer = ask("nobody", visitor_id="v1")

    assert sources(answer) == {Step.MODEL}


def test_a_visitor_who_became_another_customer_says_nothing_of_an_unknown_one(
    ada: Shopper, server: ModelServer
) -> None:
    ShopperFactory.create(kind=ShopperKind.VISITOR, external_id="v1", merged_into=ada)

    answer = ask("nobody", visitor_id="v1")

    assert answer.fallback == Fallback(Step.POPULAR, Reason.NO_HISTORY)


def test_what_an_anonymous_shopper_looks_at_steers_the_ranking_and_is_not_shown(
    shop: Shop, server: ModelServer
) -> None:
    looked_at = [product.external_id for product in shop.even[:2]]

    answer = ask(None, scenario="product", context_product_ids=looked_at, limit=5)

    assert answer.fallback.level == Step.MODEL
    assert answer.results[0].product_id in external_ids(shop.even)
    assert set(ids(answer)).isdisjoint(looked_at)


# --- What may be shown -----------------------------------------------------------


def test_a_product_switched_off_is_never_shown_whatever_is_cached(
    ada: Shopper, server: ModelServer
) -> None:
    best = ask().results[0].product_id
    Product.objects.filter(external_id=best).update(is_available=False)

    cached = ask()

    assert Step.HOT_LIST in sources(cached)
    assert best not in ids(cached)
    assert len(cached.results) == 20


def test_at_home_a_purchase_is_not_shown_again(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    bought = shop.even[7]
    EventFactory.create(
        shopper=ada, product=bought, kind=EventKind.PURCHASE, occurred_at=timezone.now()
    )

    assert bought.external_id not in ids(ask(limit=24))
    assert bought.external_id in ids(ask(limit=24, scenario="cart"))


def test_excluded_products_are_replaced_by_others(ada: Shopper, server: ModelServer) -> None:
    best = ids(ask(limit=5))

    answer = ask(limit=5, exclude_product_ids=best)

    assert set(ids(answer)).isdisjoint(best)
    assert len(answer.results) == 5
    assert sources(answer) == {Step.MODEL}


def test_only_products_of_the_category_are_shown_and_all_there_are(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    answer = ask(only=ProductFilter(category="Odd"), limit=20)

    assert set(ids(answer)) == external_ids(shop.odd)
    assert answer.fallback.level == Step.MODEL


def test_a_category_includes_those_below_it(ada: Shopper, server: ModelServer) -> None:
    below = Category.objects.create(path="Odd > Lamps", name="Lamps")
    Category.objects.create(path="Oddities", name="Oddities")
    lamp = ProductFactory.create(category=below)

    answer = ask(only=ProductFilter(category="Odd"), limit=30)

    assert len(answer.results) == 13
    assert lamp.external_id in ids(answer)


def test_a_category_nobody_knows_is_an_empty_answer(ada: Shopper, server: ModelServer) -> None:
    answer = ask(only=ProductFilter(category="Nowhere"))

    assert answer.results == ()
    assert (answer.fallback.level, answer.model_version) == (Step.NONE, None)
    assert answer.fallback.reason == Reason.UNKNOWN_CATEGORY


def test_a_short_ranking_is_topped_up(ada: Shopper, shop: Shop, server: ModelServer) -> None:
    late = [ProductFactory.create() for _ in range(6)]  # with nothing the model could read

    answer = ask(limit=30)

    assert answer.fallback.level == Step.MODEL
    assert {each.product_id for each in answer.results[24:]} == external_ids(late)
    assert {each.source for each in answer.results[24:]} == {Step.NEWEST}
    assert len(set(ids(answer))) == 30


# --- The model does not answer ---------------------------------------------------


@pytest.mark.parametrize("user_id", ["nobody", None])
def test_a_shopper_nobody_knows_gets_what_is_popular(
    ada: Shopper, shop: Shop, server: ModelServer, user_id: str | None
) -> None:
    answer = ask(user_id, limit=4)

    assert set(ids(answer)) == external_ids(shop.even[:4])
    assert (answer.fallback.level, answer.fallback.reason) == (Step.POPULAR, Reason.NO_HISTORY)
    assert answer.model_version is None


def test_a_shop_without_a_single_event_shows_its_newest_products(shop: Shop) -> None:
    answer = ask("nobody", limit=3)

    assert ids(answer) == ["p24", "p23", "p22"]
    assert answer.fallback.level == Step.NEWEST


def test_an_empty_shop_has_an_empty_answer(redis_client: Redis) -> None:
    answer = ask()

    assert answer.results == ()
    assert (answer.fallback.level, answer.fallback.reason) == (Step.NONE, Reason.NO_HISTORY)


def test_without_a_worker_what_is_popular_in_the_last_category_answers(
    ada: Shopper, shop: Shop
) -> None:
    shopper_of(shop.odd[:8], "bob")
    shopper_of(shop.odd[:8], "eve")

    answer = ask(limit=4)

    assert set(ids(answer)) == external_ids(shop.even[:4])
    assert answer.fallback.level == Step.POPULAR_IN_CATEGORY
    assert answer.fallback.reason == Reason.NO_WORKER


def test_a_stopped_worker_leaves_its_lists_behind(
    ada: Shopper, shop: Shop, server: ModelServer, version: ModelVersion
) -> None:
    before = ask()
    server.stop()
    EventFactory.create(shopper=ada, product=shop.odd[0], occurred_at=timezone.now())

    answer = ask()

    assert ids(answer) == ids(before)
    assert (answer.fallback.level, answer.fallback.reason) == (Step.STALE_LIST, Reason.NO_WORKER)
    assert answer.model_version == version.pk


def test_a_caller_may_prefer_popular_products_to_a_stale_list(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    ask()
    server.stop()

    answer = ask(fallback="popular")

    assert answer.fallback.level == Step.POPULAR_IN_CATEGORY


def test_a_caller_may_prefer_nothing_to_a_fallback(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    ask()
    server.stop()

    answer = ask(fallback="none")

    assert answer.results == ()
    assert (answer.fallback.level, answer.fallback.reason) == (Step.NONE, Reason.NO_WORKER)


def test_a_worker_without_a_version_is_named(
    ada: Shopper, shop: Shop, start_server: "object", redis_client: Redis
) -> None:
    start_server()  # type: ignore[operator]
    wait_until(lambda: bool(workers_say(redis_client)), seconds=5, what="no beat")

    assert ask().fallback.reason == Reason.NO_MODEL


def test_a_dead_redis_slows_nothing_down(ada: Shopper, shop: Shop, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    ask()
    started = time.monotonic()

    answers = [ask(limit=4) for _ in range(10)]

    assert {answer.fallback.reason for answer in answers} == {Reason.REDIS_DOWN}
    assert {answer.fallback.level for answer in answers} == {Step.POPULAR_IN_CATEGORY}
    assert time.monotonic() - started < 2.0


def test_a_full_queue_is_passed_by(
    ada: Shopper, shop: Shop, server: ModelServer, settings: Settings
) -> None:
    settings.FUSION_SERVE_QUEUE_LIMIT = 0

    answer = ask()

    assert answer.fallback.reason == Reason.OVERLOADED
    assert len(answer.results) == 20


# --- Similar products ------------------------------------------------------------


@pytest.mark.parametrize("by", ["fused", "text"])
def test_similar_products_are_of_the_same_kind(shop: Shop, server: ModelServer, by: str) -> None:
    product = shop.even[0].external_id

    answers = [similar_products(product, by=by, limit=5, now=timezone.now()) for _ in range(2)]

    assert [answer.fallback.level for answer in answers] == [Step.MODEL, Step.HOT_LIST]
    assert set(ids(answers[0])) < external_ids(shop.even) - {product}
    assert ids(answers[0]) == ids(answers[1])


def test_without_a_worker_similar_means_popular_in_the_category(ada: Shopper, shop: Shop) -> None:
    answer = similar_products(shop.even[0].external_id, limit=3, now=timezone.now())

    assert set(ids(answer)) == external_ids(shop.even[1:4])
    assert answer.fallback.level == Step.POPULAR_IN_CATEGORY


def test_a_product_nobody_described_is_answered_with_popular_ones(ada: Shopper, shop: Shop) -> None:
    answer = similar_products("never seen", limit=4, now=timezone.now())

    assert set(ids(answer)) == external_ids(shop.even[:4])
    assert answer.fallback.reason == Reason.UNKNOWN_PRODUCT


# --- What is left behind ---------------------------------------------------------


def test_every_answer_is_noted_with_its_own_id(ada: Shopper, redis_client: Redis) -> None:
    answers = [ask() for _ in range(3)]

    assert len({answer.recommendation_id for answer in answers}) == 3
    assert isinstance(answers[0].recommendation_id, uuid.UUID)
    assert redis_client.xlen(keys.SERVED_LISTS) == 3


def test_there_is_no_such_scenario(shop: Shop) -> None:
    with pytest.raises(ValueError, match="'attic' is unknown: send one of home, product, cart"):
        ask(scenario="attic")
