"""Scenarios and rules as a merchandiser edits them."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from redis import Redis
from rest_framework.test import APIClient

from catalog.admin.numbers import plural, times
from fusion.admin.rules import state_of
from fusion.models import Rule, Scenario, ServedList
from fusion.serving.merchandising import merchandising_cache
from tests.admin_shop import member
from tests.factories import EventFactory, ProductFactory, ShopperFactory

pytestmark = pytest.mark.django_db
ADD_RULE = reverse("admin:fusion_rule_add")


@pytest.fixture
def merchandiser(client: Client) -> Client:
    client.force_login(member("Merchandiser"))
    return client


def form(**values: Any) -> dict[str, Any]:
    empty = {"product_ids": "", "facts": "", "priority": "0", "is_enabled": "on"}
    return {"name": "A rule", **empty, **values}


def errors(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = answer.context["adminform"].errors
    return found


def test_a_rule_of_the_admin_changes_the_next_answer(
    merchandiser: Client, api: APIClient, redis_client: Redis
) -> None:
    shown, hidden = EventFactory.create().product, EventFactory.create().product

    rule = form(action="hide", product_ids=f"{hidden.external_id}\nnever seen")
    saved = merchandiser.post(ADD_RULE, rule)
    merchandising_cache.forget()

    results = api.get("/api/v1/recommendations").json()["results"]
    assert saved.status_code == 302
    assert [each["product_id"] for each in results] == [shown.external_id]


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"action": "hide"}, "__all__", "Say which products"),
        ({"action": "pin", "product_ids": "1"}, "__all__", "A pin names its products"),
        ({"action": "boost", "brand": "Acme"}, "factor", "A boost has a factor."),
        ({"action": "hide", "facts": "red"}, "attributes", "Write a name, = and a value"),
        (
            {"action": "hide", "min_price": "5", "max_price": "1"},
            "max_price",
            "Less than the smallest price.",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_what_to_do(
    merchandiser: Client, values: dict[str, str], field: str, message: str
) -> None:
    answer = merchandiser.post(ADD_RULE, form(**values))

    assert errors(answer)[field][0].startswith(message)
    assert not Rule.objects.exists()


def test_a_built_in_scenario_stays_and_keeps_its_name(merchandiser: Client) -> None:
    home, _ = Scenario.objects.get_or_create(name="home")
    own = Scenario.objects.create(name="newsletter")

    refused = merchandiser.post(reverse("admin:fusion_scenario_delete", args=[home.pk]))
    done = merchandiser.post(
        reverse("admin:fusion_scenario_delete", args=[own.pk]), {"post": "yes"}
    )

    assert (refused.status_code, done.status_code) == (403, 302)
    assert Scenario.objects.filter(pk=home.pk).exists()
    assert not Scenario.objects.filter(pk=own.pk).exists()
    page = merchandiser.get(reverse("admin:fusion_scenario_change", args=[home.pk]))
    assert 'name="name"' not in page.content.decode()


def test_an_analyst_reads_rules_and_changes_none(client: Client) -> None:
    client.force_login(member("Analyst"))
    rule = Rule.objects.create(name="Sale", action="boost", factor=2, brand="Acme")

    assert client.get(reverse("admin:fusion_rule_changelist")).status_code == 200
    assert client.get(reverse("admin:fusion_rule_change", args=[rule.pk])).status_code == 200
    assert client.post(ADD_RULE, form(action="hide", brand="Acme")).status_code == 403
    assert Rule.objects.count() == 1


def test_who_only_reads_sees_words_and_no_json(client: Client) -> None:
    wanted: dict[str, Any] = {"brand": "Acme", "max_price": 20, "attributes": {"colour": "red"}}
    scenario = Scenario.objects.create(name="newsletter", branch_weights={"image": 2}, **wanted)
    action = {"action": Rule.Action.BURY, "product_ids": ["0042"]}
    rule = Rule.objects.create(name="Old", **action, **wanted)
    client.force_login(member("Analyst"))

    pages = [
        client.get(reverse(f"admin:fusion_{row._meta.model_name}_change", args=[row.pk]))
        for row in (scenario, rule)
    ]

    of_scenario, of_rule = (unescape(page.content.decode()) for page in pages)
    assert f"image {times(2)}" in of_scenario
    assert "Acme · to 20.00 · colour red" in of_scenario
    assert f"{plural(1, 'product')} · Acme · to 20.00 · colour red" in of_rule
    assert "0042" in of_rule
    assert "buries" in of_rule
    assert "Fill in what you need" not in of_scenario + of_rule


def test_picked_products_join_the_ids_that_are_there_in_order(merchandiser: Client) -> None:
    first, second = ProductFactory.create(), ProductFactory.create()
    written = f"{second.external_id}\n unknown \n"

    merchandiser.post(
        ADD_RULE,
        form(
            action="pin",
            place="1",
            product_ids=written,
            more_products=[first.pk, second.pk],
            facts="colour = red\nsize = 7",
        ),
    )

    rule = Rule.objects.get()
    assert rule.product_ids == [second.external_id, "unknown", first.external_id]
    assert rule.attributes == {"colour": "red", "size": "7"}
    page = merchandiser.get(reverse("admin:fusion_rule_change", args=[rule.pk])).content.decode()
    assert "No product has this id." in page
    assert "size = 7" in page


def test_the_list_says_which_rules_count_now(merchandiser: Client) -> None:
    now, day = timezone.now(), timedelta(days=1)
    times: dict[str, dict[str, Any]] = {
        "Active": {"ends_at": now + day},
        "Upcoming": {"starts_at": now + day},
        "Ended": {"ends_at": now - day},
        "Off": {"is_enabled": False},
    }
    rules = [Rule(name=name, action="bury", brand="A", **each) for name, each in times.items()]

    assert [state_of(rule, now=now) for rule in rules] == list(times)
    Rule.objects.bulk_create(rules)
    page = merchandiser.get(reverse("admin:fusion_rule_changelist")).content.decode()
    assert f"until {date_format(now + day, 'j M Y, H:i')}" in page


def test_the_page_of_a_rule_shows_the_answer_without_and_with_it(
    merchandiser: Client, redis_client: Redis
) -> None:
    popular, pinned = EventFactory.create().product, ProductFactory.create(title="Pinned lamp")
    rule = Rule.objects.create(name="Top", action="pin", place=1, product_ids=[pinned.external_id])
    Scenario.objects.get_or_create(name="home")
    url = reverse("admin:fusion_rule_trial", args=[rule.pk])

    page = merchandiser.get(url, {"shopper": "nobody"}).content.decode()

    assert "Nobody has the id “nobody”" in page
    without, _, with_it = page.partition("With the rule")
    assert without.index(popular.title) < without.index("Pinned lamp")
    assert with_it.index("Pinned lamp") < with_it.index(popular.title)
    assert not ServedList.objects.exists()
    Rule.objects.update(is_enabled=False)
    assert "The rule is off: it changes nothing now." in merchandiser.get(url).content.decode()


def scenario_values(**values: Any) -> dict[str, Any]:
    return {
        "diversity": "0",
        "exploration": "0",
        "seen_policy": "show_all",
        "fallback": "full",
        "popularity_window": "30d",
        **values,
    }


def test_weights_are_written_branch_by_branch(merchandiser: Client) -> None:
    own = Scenario.objects.create(name="newsletter", branch_weights={"audio": 3, "text": 2})
    url = reverse("admin:fusion_scenario_change", args=[own.pk])

    merchandiser.post(url, scenario_values(weight_behaviour="0", weight_image="1.5"))

    own.refresh_from_db()
    assert own.branch_weights == {"audio": 3, "behaviour": 0, "image": 1.5}


def test_weights_that_are_all_0_are_refused(merchandiser: Client) -> None:
    own = Scenario.objects.create(name="newsletter")
    url = reverse("admin:fusion_scenario_change", args=[own.pk])

    answer = merchandiser.post(
        url, scenario_values(weight_behaviour="0", weight_text="0", weight_image="0")
    )

    assert errors(answer)["weight_behaviour"] == [
        "All are 0, so nothing could be ranked: leave one above 0."
    ]
    own.refresh_from_db()
    assert own.branch_weights == {}


def test_the_page_of_a_scenario_shows_an_answer_and_the_call_for_it(
    merchandiser: Client, redis_client: Redis
) -> None:
    event = EventFactory.create(shopper=ShopperFactory.create(external_id="ada"))
    own = Scenario.objects.create(name="product-page", max_per_brand=2)
    cart, _ = Scenario.objects.get_or_create(name="cart")

    page = merchandiser.get(reverse("admin:fusion_scenario_trial", args=[own.pk])).content.decode()
    of_cart = merchandiser.get(reverse("admin:fusion_scenario_trial", args=[cart.pk])).content

    assert event.product.title in page
    assert '"scenario":"product-page","user_id":"ada"' in unescape(page)
    assert f'"product_ids":["{event.product.external_id}"]' in unescape(of_cart.decode())
