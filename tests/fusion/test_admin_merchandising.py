"""Scenarios and rules as a merchandiser edits them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from redis import Redis
from rest_framework.test import APIClient

from fusion.models import Rule, Scenario
from fusion.serving.merchandising import merchandising_cache
from tests.admin_shop import member
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db
ADD_RULE = reverse("admin:fusion_rule_add")


@pytest.fixture
def merchandiser(client: Client) -> Client:
    client.force_login(member("Merchandiser"))
    return client


def form(**values: Any) -> dict[str, Any]:
    empty = {"product_ids": "[]", "attributes": "{}", "priority": "0", "is_enabled": "on"}
    return {"name": "A rule", **empty, **values}


def errors(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = answer.context["adminform"].errors
    return found


def test_a_rule_of_the_admin_changes_the_next_answer(
    merchandiser: Client, api: APIClient, redis_client: Redis
) -> None:
    shown, hidden = EventFactory.create().product, EventFactory.create().product

    rule = form(action="hide", product_ids=f'["{hidden.external_id}", "never seen"]')
    saved = merchandiser.post(ADD_RULE, rule)
    merchandising_cache.forget()

    results = api.get("/api/v1/recommendations").json()["results"]
    assert saved.status_code == 302
    assert [each["product_id"] for each in results] == [shown.external_id]


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"action": "hide"}, "__all__", "Say which products"),
        ({"action": "pin", "product_ids": '["1"]'}, "__all__", "A pin names its products"),
        ({"action": "boost", "brand": "Acme"}, "factor", "A boost has a factor."),
        ({"action": "hide", "product_ids": "[7]"}, "product_ids", "A list of ids in quotes"),
        ({"action": "hide", "attributes": '["red"]'}, "attributes", "Names and values"),
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
