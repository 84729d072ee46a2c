"""The replay of one answer: what was shown, by which rules, and what happened next."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from fusion.admin.answers import bars
from fusion.admin.outcomes import later_words
from fusion.admin.questions import question_words
from fusion.admin.served_lists import rules_applied
from fusion.models import ServedList
from tests.admin_shop import make_served_list, member
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
from users.models import EventKind

pytestmark = pytest.mark.django_db


def page_of(client: Client, served: ServedList) -> str:
    client.force_login(member("Analyst"))
    return client.get(f"/admin/fusion/servedlist/{served.pk}/change/").content.decode()


def follow(served: ServedList, product: Product, kind: str, minutes: int) -> None:
    EventFactory.create(
        shopper=served.shopper,
        product=product,
        kind=kind,
        price=product.price,
        recommendation_id=served.pk,
        occurred_at=NOON + timedelta(minutes=minutes),
    )


def test_what_happened_next_is_counted_and_told_in_order(client: Client) -> None:
    lamp = ProductFactory.create(title="Desk lamp", price=20, currency="EUR")
    served = make_served_list(lamp, ShopperFactory.create())
    follow(served, lamp, EventKind.VIEW, 2)
    follow(served, lamp, EventKind.PURCHASE, 130)

    page = page_of(client, served)

    assert "1\N{NO-BREAK SPACE}product</strong>" in page
    assert "1\N{NO-BREAK SPACE}purchase</strong>" in page
    assert "20.00\N{NO-BREAK SPACE}EUR" in page
    assert page.index("2\N{NO-BREAK SPACE}minutes later") < page.index("2\N{NO-BREAK SPACE}hours l")
    assert '<b class="rs-good">bought</b>' in page


def test_an_answer_nobody_followed_says_how_it_would_be_known(client: Client) -> None:
    page = page_of(client, make_served_list(ProductFactory.create(), None))

    assert "No event has named this answer." in page
    assert "To nobody we know" in page


def test_rules_are_named_with_what_they_did() -> None:
    note = {"code": "boosted", "rule": "Sale", "rule_id": 3, "factor": 2.0}
    results: list[dict[str, Any]] = [
        {"reasons": [note]},
        {"reasons": [note]},
        {"reasons": [{"code": "bought_together"}]},
    ]

    assert rules_applied(results) == [("Sale", 3, "boosted 2\N{NO-BREAK SPACE}products")]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({}, []),
        ({"limit": 12}, [("Places", "12")]),
        ({"product": "0042", "by": "fused"}, [("Of the product", "0042, by all branches")]),
        ({"exclude": ["a", "b"]}, [("Left out", "a, b")]),
        ({"given": list("abcdef")}, [("To rank", "6\N{NO-BREAK SPACE}products")]),
        (
            {"settings": {"weights": {"image": 2.0}}},
            [("Weights", "image \N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}2")],
        ),
        ({"settings": {"only": {"min_price": "5"}}}, [("Only at prices", "from 5")]),
        (
            {"settings": {"max_per_brand": 1}},
            [("At most of a brand", "1\N{NO-BREAK SPACE}product")],
        ),
        ({"settings": {"seen_policy": "show_all", "fallback": "full", "diversity": 0.0}}, []),
    ],
)
def test_a_question_is_told_in_words(
    question: dict[str, Any], words: list[tuple[str, str]]
) -> None:
    assert question_words(question) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second later"), (59, "59 seconds later"), (3600, "1 hour later"),
     (200_000, "2 days later"), (-5, "before it")],
)  # fmt: skip
def test_a_time_is_told_by_its_largest_unit(seconds: int, words: str) -> None:
    told = later_words(timedelta(seconds=seconds))

    assert told.replace("\N{NO-BREAK SPACE}", " ") == words


def test_why_is_asked_of_a_kept_answer(client: Client) -> None:
    shown, other = ProductFactory.create(), ProductFactory.create()
    served = make_served_list(shown, ShopperFactory.create(), fallback_level="popular")
    client.force_login(member("Analyst"))
    url = reverse("admin:fusion_servedlist_why", args=[served.pk])

    there = client.get(url, {"product": shown.external_id}).content.decode()
    absent = client.get(url, {"product": other.external_id}).content.decode()

    assert "It is shown" in there
    assert "Shown in place 1 of 1" in there
    assert "The model did not answer" in absent


def test_the_list_says_one_product_and_two_products(client: Client) -> None:
    one = make_served_list(ProductFactory.create(), None)
    ServedList.objects.filter(pk=one.pk).update(results=one.results * 2)
    make_served_list(ProductFactory.create(), None)
    client.force_login(member("Analyst"))

    page = client.get("/admin/fusion/servedlist/").content.decode()

    assert "1\N{NO-BREAK SPACE}product<" in page
    assert "2\N{NO-BREAK SPACE}products<" in page


def test_bars_stand_as_the_legend_has_them_whatever_the_database_does() -> None:
    stored = {"text": 1.0, "image": 1.0, "behaviour": 2.0, "rules": -1.0}

    assert [each.branch for each in bars(stored)] == ["behaviour", "text", "image", "rules"]
