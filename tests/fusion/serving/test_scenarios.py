"""Scenarios and what a request says otherwise, on the request path with a real worker."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from redis import Redis
from rest_framework.test import APIClient

from catalog.models import Product
from fusion.models import Rule, Scenario, ServedList
from fusion.serving import keys
from fusion.serving.filters import ProductFilter
from fusion.serving.merchandising import CACHED_S, MerchandisingCache, merchandising_cache
from fusion.serving.model_server import ModelServer
from fusion.serving.recommend import recommend
from fusion.serving.results import Recommendation, Step
from fusion.serving.scenarios import ScenarioSettings
from fusion.serving.served_lists import store_pending
from tests.factories import EventFactory
from tests.fusion.served_shop import Shop, shopper_of
from users.models import EventKind, Shopper

pytestmark = pytest.mark.django_db(transaction=True)
RECOMMENDATIONS = "/api/v1/recommendations"


@pytest.fixture
def ada(shop: Shop) -> Shopper:
    """A shopper who viewed four even products."""
    return shopper_of(shop.even[:4], "ada")


def ask(**arguments: Any) -> Recommendation:
    return recommend(user_id="ada", now=timezone.now(), **arguments)


def ids(answer: Recommendation) -> list[str]:
    return [result.product_id for result in answer.results]


def num_hot_lists(redis_client: Redis) -> int:
    return len(list(redis_client.scan_iter(keys.hot_list("*"))))


# --- What a scenario sets, and a request overrides -------------------------------


def test_a_row_replaces_the_built_in_settings(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    Scenario.objects.update_or_create(name="home", defaults={"category": "Odd"})
    merchandising_cache.forget()

    assert set(ids(ask(limit=24))) == {product.external_id for product in shop.odd}
    even = ask(limit=24, only=ProductFilter(category="Even"))
    assert set(ids(even)) == {product.external_id for product in shop.even}


def test_a_seen_policy_of_the_request_counts(ada: Shopper, shop: Shop, server: ModelServer) -> None:
    bought = shop.even[7]
    EventFactory.create(
        shopper=ada, product=bought, kind=EventKind.PURCHASE, occurred_at=timezone.now()
    )

    assert bought.external_id not in ids(ask(limit=24))
    assert bought.external_id in ids(ask(limit=24, seen_policy="show_all"))


def test_weights_multiply_contributions(ada: Shopper, server: ModelServer) -> None:
    plain = {each.product_id: each for each in ask(limit=24).results}

    answer = ask(limit=24, weights={"image": 0, "text": 2})

    for result in answer.results:
        before = plain[result.product_id].contributions
        assert result.contributions["image"] == 0.0
        assert result.contributions["text"] == pytest.approx(2 * before["text"], abs=1e-4)
        assert sum(result.contributions.values()) == pytest.approx(result.score, abs=1e-5)


def test_diversity_is_a_part_of_the_score(ada: Shopper, server: ModelServer) -> None:
    results = ask(limit=10, diversity=0.8).results

    assert results[0].contributions["diversity"] == 0.0
    assert any(each.contributions["diversity"] < -0.1 for each in results)
    for each in results:
        assert sum(each.contributions.values()) == pytest.approx(each.score, abs=1e-5)


def test_filters_by_brand_price_and_attribute_find_all_there_are(
    ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    for number, product in enumerate(shop.products):
        product.brand = "Acme" if number % 3 == 0 else "Bolt"
        product.price = Decimal(number)
        product.attributes = {"colour": "red" if number < 12 else "blue", "size": number % 2}
    Product.objects.bulk_update(shop.products, ["brand", "price", "attributes"])

    def numbers(**only: Any) -> set[int]:
        return {int(each[1:]) - 1 for each in ids(ask(limit=24, only=ProductFilter(**only)))}

    assert numbers(brands=("Acme",)) == {0, 3, 6, 9, 12, 15, 18, 21}
    assert numbers(min_price=Decimal("20"), max_price=Decimal("22.5")) == {20, 21, 22}
    assert numbers(attributes={"colour": "blue"}) == set(range(12, 24))
    both = {"brands": ("Acme", "Nobody"), "attributes": {"colour": "red", "size": "1"}}
    assert numbers(**both) == {3, 9}


# --- The cache holds what the model said, and nothing of what the shop orders -----


def test_scenarios_that_ask_the_model_the_same_share_a_list(
    ada: Shopper, server: ModelServer, redis_client: Redis
) -> None:
    first = ask(scenario="cart")
    second = ask(scenario="search", max_per_category=2, exploration=0.1)

    assert (first.fallback.level, second.fallback.level) == (Step.MODEL, Step.HOT_LIST)
    assert num_hot_lists(redis_client) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"weights": {"text": 2}},
        {"diversity": 0.5},
        {"seen_policy": "hide_bought"},
        {"explain": "evidence"},
        {"only": ProductFilter(brands=("Acme",))},
    ],
)
def test_what_changes_the_ranking_is_another_list(
    ada: Shopper, server: ModelServer, redis_client: Redis, other: dict[str, Any]
) -> None:
    ask(scenario="cart")
    ask(scenario="cart", **other)

    assert num_hot_lists(redis_client) == 2


def test_a_rule_changes_an_answer_that_is_cached(ada: Shopper, server: ModelServer) -> None:
    best = ids(ask())[0]
    Rule.objects.create(name="Out", action="hide", product_ids=[best])
    merchandising_cache.forget()

    answer = ask()

    assert answer.fallback.level == Step.HOT_LIST
    assert best not in ids(answer)
    assert len(answer.results) == 20


# --- A change in the admin reaches every process ----------------------------------


def test_a_change_is_known_after_a_second(db: None) -> None:
    seconds = [0.0]
    cache = MerchandisingCache(clock=lambda: seconds[0])
    assert cache.get(now=timezone.now()).scenario("home").diversity == 0.0
    Scenario.objects.update_or_create(name="home", defaults={"diversity": 0.7})

    seconds[0] = CACHED_S - 0.1
    assert cache.get(now=timezone.now()).scenario("home").diversity == 0.0
    seconds[0] = CACHED_S
    assert cache.get(now=timezone.now()).scenario("home").diversity == 0.7


def test_a_row_written_past_the_admin_breaks_nothing(db: None) -> None:
    Scenario.objects.create(
        name="odd",
        branch_weights=["image"],
        attributes=[1],
        category="Nowhere",
        popularity_window="9y",
    )

    found = MerchandisingCache().get(now=timezone.now()).scenario("odd")

    assert found == ScenarioSettings("odd", only=ProductFilter(category="Nowhere"))


def test_settings_survive_being_kept_with_a_served_list(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    body = {
        "user_id": "ada",
        "filter": {"category": "Even", "min_price": 0.5, "attributes": {"new": True}},
        "weights": {"image": 2},
        "max_per_brand": 3,
    }
    api.post(RECOMMENDATIONS, body, format="json")

    store_pending()
    kept = ScenarioSettings.from_kept(ServedList.objects.get().question["settings"])
    assert kept.only == ProductFilter(
        category="Even", min_price=Decimal("0.5"), attributes={"new": "true"}
    )
    assert (kept.weights, kept.max_per_brand) == ({"image": 2.0}, 3)


# --- Over REST ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (
            {"weights": {"smell": 2}},
            "weights.smell",
            "There is no such branch: they are behaviour, text, image.",
        ),
        ({"weights": {"image": 11}}, "weights.image", "Send a number from 0 to 10."),
        ({"weights": 2}, "weights", 'Send an object: {"image": 2}.'),
        ({"diversity": 1.5}, "diversity", "Send a number from 0 to 1."),
        ({"exploration": -0.1}, "exploration", "Send a number from 0 to 1."),
        ({"filter": {"brands": []}}, "filter.brands", "Send a list of 1 to 50 brands."),
        (
            {"filter": {"min_price": 5, "max_price": 1}},
            "filter.max_price",
            "Less than filter.min_price: nothing costs that.",
        ),
        (
            {"explain": "all"},
            "explain",
            "'all' is unknown: send one of none, contributions, evidence.",
        ),
    ],
)
def test_a_wrong_override_is_named(
    api: APIClient, body: dict[str, Any], field: str, message: str
) -> None:
    answer = api.post(RECOMMENDATIONS, body, format="json")

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["field"], error["message"]) == (field, message)


def test_a_scenario_of_the_shops_own_is_asked_for_by_name(
    api: APIClient, ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    Scenario.objects.create(name="odd-page", category="Odd")
    merchandising_cache.forget()

    body = api.get(RECOMMENDATIONS, {"user_id": "ada", "scenario": "odd-page"}).json()

    assert body["scenario"] == "odd-page"
    assert {each["product_id"] for each in body["results"]} == {p.external_id for p in shop.odd}


def test_explain_decides_how_much_is_told(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    said = {
        explain: api.get(
            RECOMMENDATIONS, {"user_id": "ada", "explain": explain, "limit": 1}
        ).json()["results"][0]
        for explain in ("none", "contributions", "evidence")
    }

    assert said["none"]["contributions"] == {}
    assert set(said["contributions"]["contributions"]) == {"behaviour", "text", "image"}
    assert said["contributions"]["evidence"] == {}
    nearest = said["evidence"]["evidence"]["text"]
    assert nearest["product_id"] in {"p02", "p04", "p06", "p08"}
    assert -1 <= nearest["similarity"] <= 1


def test_evidence_names_no_product_that_is_switched_off(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    question = {"user_id": "ada", "explain": "evidence"}

    def named() -> set[str]:
        results = api.get(RECOMMENDATIONS, question).json()["results"]
        return {each["product_id"] for result in results for each in result["evidence"].values()}

    before = named()
    Product.objects.filter(external_id="p02").update(is_available=False)

    assert "p02" in before
    assert named() == before - {"p02"}


def test_a_branch_that_is_switched_off_adds_zero_without_a_sign(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    question = {"user_id": "ada", "weights": {"image": 0}}

    results = api.post(RECOMMENDATIONS, question, format="json").json()["results"]

    assert {str(each["contributions"]["image"]) for each in results} == {"0.0"}


def test_products_shown_elsewhere_do_not_change_the_question(
    ada: Shopper, server: ModelServer
) -> None:
    first = ask(limit=5)

    second = ask(limit=5, shown_product_ids=ids(first))

    assert second.fallback.level == Step.HOT_LIST
    assert set(ids(second)).isdisjoint(ids(first))
