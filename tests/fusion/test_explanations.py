"""Why a product stands in an answer, and why another does not, over REST and a real worker."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from redis import Redis
from rest_framework.test import APIClient

from catalog.models import Category, Product
from fusion.models import ModelVersion, Rule, Scenario
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.model_server import ModelServer
from tests.factories import EventFactory, ProductFactory
from tests.fusion.served_shop import Shop, shopper_of
from users.models import EventKind, Shopper

pytestmark = pytest.mark.django_db(transaction=True)
RECOMMENDATIONS = "/api/v1/recommendations"


@pytest.fixture
def ada(shop: Shop) -> Shopper:
    """A shopper who viewed four even products."""
    return shopper_of(shop.even[:4], "ada")


def ask(api: APIClient, **body: Any) -> dict[str, Any]:
    answer = api.post(RECOMMENDATIONS, {"user_id": "ada", **body}, format="json")
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def why(api: APIClient, answer: dict[str, Any], product_id: str) -> dict[str, Any]:
    path = f"{RECOMMENDATIONS}/{answer['recommendation_id']}/explanations/{product_id}"
    said = api.get(path)
    assert said.status_code == 200, said.json()
    found: dict[str, Any] = said.json()
    return found


def ids(answer: dict[str, Any]) -> list[str]:
    return [each["product_id"] for each in answer["results"]]


def test_a_shown_product_is_there_because_of_its_branches_and_its_nearest_neighbours(
    api: APIClient, ada: Shopper, server: ModelServer, version: ModelVersion
) -> None:
    answer = ask(api, limit=5)
    third = answer["results"][2]

    said = why(api, answer, third["product_id"])

    assert (said["verdict"], said["is_shown"], said["place"]) == ("shown", True, 3)
    assert said["contributions"] == third["contributions"]
    assert said["rank"] == 3
    assert set(said["evidence"]) == {"behaviour", "text", "image"}
    assert said["evidence"]["text"]["product_id"] in {"p02", "p04", "p06", "p08"}
    assert (said["model_version"], said["explained_by"]) == (version.pk, version.pk)


def test_a_product_beyond_the_list_has_its_exact_rank(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    everything = ids(ask(api, limit=24))
    answer = ask(api, limit=5)

    said = why(api, answer, everything[15])

    assert (said["verdict"], said["rank"], said["places"]) == ("outranked", 16, 5)
    assert said["detail"] == "Ranked 16th; the list had 5."
    assert sum(said["contributions"].values()) == pytest.approx(said["score"], abs=1e-5)


def test_what_the_shopper_did_afterwards_changes_no_explanation(
    api: APIClient, ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    everything = ids(ask(api, limit=24))
    answer = ask(api, limit=5)
    for product in shop.odd[:6]:
        EventFactory.create(shopper=ada, product=product, occurred_at=timezone.now())

    assert why(api, answer, everything[15])["rank"] == 16


def test_a_product_nobody_described_is_unknown(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    assert why(api, ask(api), "never-seen")["verdict"] == "unknown_product"


def test_a_product_switched_off_is_unavailable(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    Product.objects.filter(external_id="p01").update(is_available=False)

    assert why(api, ask(api), "p01")["verdict"] == "unavailable"


def test_a_product_the_request_excluded_was_excluded(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    answer = ask(api, exclude_product_ids=["p10"])

    assert why(api, answer, "p10")["verdict"] == "excluded"


def test_the_filters_a_product_does_not_meet_are_named(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    answer = ask(api, filter={"category": "Even", "min_price": 5, "attributes": {"colour": "red"}})

    said = why(api, answer, "p01")

    assert said["verdict"] == "filtered"
    assert said["filters"] == ["category", "min_price", "attributes.colour"]


def test_a_bought_product_was_bought_before_the_answer(
    api: APIClient, ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    early = timezone.now() - timedelta(minutes=1)
    purchase = {"shopper": ada, "kind": EventKind.PURCHASE}
    EventFactory.create(product=shop.even[9], occurred_at=early, **purchase)
    answer = ask(api, limit=2)
    EventFactory.create(product=shop.even[10], occurred_at=timezone.now(), **purchase)

    assert why(api, answer, shop.even[9].external_id)["verdict"] == "already_bought"
    assert why(api, answer, shop.even[10].external_id)["verdict"] in ("shown", "outranked")


def test_what_the_shopper_saw_is_hidden_where_the_request_says_so(
    api: APIClient, ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    answer = ask(api, seen_policy="hide_seen", limit=24)

    assert {product.external_id for product in shop.even[:4]}.isdisjoint(ids(answer))
    assert why(api, answer, shop.even[0].external_id)["verdict"] == "already_seen"


@pytest.mark.parametrize(
    ("action", "verdict"), [("hide", "hidden_by_rule"), ("bury", "buried_by_rule")]
)
def test_a_rule_is_named(
    api: APIClient, ada: Shopper, server: ModelServer, action: str, verdict: str
) -> None:
    rule = Rule.objects.create(name="No odd ones", action=action, category="Odd")
    merchandising_cache.forget()

    said = why(api, ask(api, limit=4), "p01")

    assert said["verdict"] == verdict
    assert said["reasons"][0]["rule_id"] == rule.pk
    assert said["detail"] == "By the rule 'No odd ones'."


def test_a_capped_product_says_so(api: APIClient, ada: Shopper, server: ModelServer) -> None:
    best = ids(ask(api, limit=4))
    answer = ask(api, limit=4, max_per_category=2)

    said = why(api, answer, best[3])

    assert best[3] not in ids(answer)
    assert (said["verdict"], said["rank"]) == ("capped", 4)
    assert said["detail"] == "Ranked 4th; the list had 4. The list has its 2 per category already."


def test_a_product_the_model_never_saw_is_unknown_to_it(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    new = ProductFactory.create()

    assert why(api, ask(api, limit=2), new.external_id)["verdict"] == "unknown_to_model"


def test_without_a_model_nothing_is_made_up(api: APIClient, ada: Shopper, shop: Shop) -> None:
    answer = ask(api, limit=4)

    said = why(api, answer, shop.odd[3].external_id)

    assert (said["verdict"], said["rank"]) == ("not_from_model", None)


def test_a_model_that_is_gone_now_is_said_to_be_silent(
    api: APIClient, ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    answer = ask(api, limit=4)
    server.stop()

    assert why(api, answer, shop.odd[3].external_id)["verdict"] == "model_silent"


@pytest.mark.parametrize("kind", ["similar", "bought-together"])
def test_a_list_of_a_product_tells_no_place_in_a_shoppers_ranking(
    api: APIClient, shop: Shop, server: ModelServer, kind: str
) -> None:
    product = shop.even[0].external_id
    answer = api.get(f"/api/v1/products/{product}/{kind}", {"limit": 2}).json()

    said = why(api, answer, shop.odd[3].external_id)

    assert answer["fallback"]["level"] == "model"
    assert (said["verdict"], said["rank"]) == ("model_silent", None)
    assert "try again" not in said["detail"]


def test_an_answer_that_is_not_kept_is_told_from_a_wrong_address(
    api: APIClient, redis_client: Redis
) -> None:
    said = api.get(f"{RECOMMENDATIONS}/{uuid.uuid4()}/explanations/p01")

    assert said.status_code == 404
    assert said.json()["code"] == "answer_not_kept"
    assert said.json()["hint"].startswith("Explain answers soon")


def test_an_answer_of_a_stored_scenario_is_explained_by_its_settings(
    api: APIClient, ada: Shopper, server: ModelServer
) -> None:
    Category.objects.get(path="Even")
    Scenario.objects.create(name="evens", category="Even")
    merchandising_cache.forget()

    answer = ask(api, scenario="evens", limit=24)

    assert len(answer["results"]) == 12
    assert why(api, answer, "p01")["filters"] == ["category"]
