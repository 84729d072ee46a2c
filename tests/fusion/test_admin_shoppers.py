"""The shopper's page: what they would be shown, the dials, and why not something else."""

import pytest
from django.test import Client
from django.urls import reverse
from redis import Redis

from fusion.models import Scenario
from fusion.serving import keys
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.model_server import ModelServer
from tests.admin_shop import member
from tests.factories import EventFactory, ShopperFactory
from tests.fusion.served_shop import NOW, Shop, shopper_of
from users.models import EventKind, Shopper


@pytest.fixture
def ada(shop: Shop) -> Shopper:
    """A shopper who viewed four even products and bought the last one."""
    found = shopper_of(shop.even[:4], "ada")
    EventFactory.create(
        shopper=found, product=shop.even[3], kind=EventKind.PURCHASE, occurred_at=NOW
    )
    return found


@pytest.fixture
def analyst(client: Client, shop: Shop) -> Client:
    """A client of somebody who may look."""
    merchandising_cache.forget()
    client.force_login(member("Analyst"))
    return client


def live(client: Client, shopper: Shopper, **query: str | int) -> str:
    url = reverse("admin:users_shopper_recommendations", args=[shopper.pk])
    return client.get(url, query).content.decode()


def why(client: Client, shopper: Shopper, product: str, **query: str | int) -> str:
    url = reverse("admin:users_shopper_why", args=[shopper.pk])
    return client.get(url, {"product": product, **query}).content.decode()


def titles(page: str) -> list[str]:
    return [part.partition("</span>")[0][-10:].strip() for part in page.split("rs-card-title")[1:]]


def test_the_console_shows_scenarios_dials_evidence_and_records_nothing(
    analyst: Client, ada: Shopper, server: ModelServer, redis_client: Redis
) -> None:
    page = live(analyst, ada)

    assert "<option selected>home</option>" in page
    assert page.count('type="range"') == 3
    assert page.count('class="rs-card"') == 12
    assert "because they bought Product 8" in page or "because they looked at Product" in page
    assert redis_client.xlen(keys.SERVED_LISTS) == 0


def test_turned_weights_move_products_and_leave_the_dials_out(
    analyst: Client, ada: Shopper, server: ModelServer
) -> None:
    untouched = live(analyst, ada, part="answer")

    turned = live(analyst, ada, part="answer", **{"weight.behaviour": 0, "weight.text": 4})

    assert "rs-move" not in untouched
    assert "moves are against the scenario" in turned
    assert "rs-move" in turned
    assert 'type="range"' not in turned
    assert titles(turned) != titles(untouched)


def test_dials_that_stand_where_the_scenario_has_them_turn_nothing(
    analyst: Client, ada: Shopper, server: ModelServer
) -> None:
    Scenario.objects.create(name="pictures", branch_weights={"image": 2})
    merchandising_cache.forget()

    console = live(analyst, ada, scenario="pictures")
    same = live(analyst, ada, scenario="pictures", part="answer", **{"weight.image": 2})

    assert 'name="weight.image" min="0" max="4.0" step="0.05" value="2.0"' in console
    assert "moves are against" not in same


def test_weights_that_are_none_are_refused_in_words(analyst: Client, ada: Shopper) -> None:
    zero = {"weight.behaviour": 0, "weight.text": 0, "weight.image": 0}

    assert "All are 0, so nothing could be ranked" in live(analyst, ada, part="answer", **zero)
    assert "is not a number" in live(analyst, ada, **{"weight.text": "much"})
    assert "is unknown" in live(analyst, ada, scenario="nowhere")
    assert "is unknown" in why(analyst, ada, "p01", scenario="nowhere")


def test_why_not_says_the_place_the_gap_and_the_evidence(
    analyst: Client, ada: Shopper, server: ModelServer
) -> None:
    page = why(analyst, ada, "p01")

    assert "Product 1: Others score higher" in page
    assert "was enough for the list." in page
    assert "nearest to" in page
    assert "What each branch adds to its score" in page


def test_what_was_bought_is_not_shown_again(
    analyst: Client, ada: Shopper, shop: Shop, server: ModelServer
) -> None:
    assert "Bought already" in why(analyst, ada, shop.even[3].external_id)


def test_why_follows_the_dials(analyst: Client, ada: Shopper, server: ModelServer) -> None:
    untouched = why(analyst, ada, "p01")

    turned = why(analyst, ada, "p01", **{"weight.text": 4})

    assert turned != untouched


def test_words_offer_the_products_they_may_mean(analyst: Client, ada: Shopper) -> None:
    assert why(analyst, ada, "Product 1").count('class="rs-offer"') == 8
    assert "No product has this id" in why(analyst, ada, "nothing like it")
    assert why(analyst, ada, "").strip() == ""


def test_a_shopper_without_events_gets_popular_products_and_no_evidence(
    analyst: Client, shop: Shop, server: ModelServer
) -> None:
    page = live(analyst, ShopperFactory.create())

    assert "nothing is known of the shopper yet" in page
    assert "because they" not in page
