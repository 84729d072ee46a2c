"""axe-core finds nothing serious on any kind of page; a phone scrolls in one direction."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer
from redis import Redis

from fusion.models import Rule, ServedList, TrainingRun
from tests.admin_shop import every_row
from tests.browser.conftest import CHROMIUM, LogIn
from users.models import ApiKey, AuditEntry, Event, Shopper, User

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
# Of every kind: dashboard, lists, forms, read-only pages, questions, the shop, the list of calls.
LISTS = (
    "catalog/product/", "catalog/productimage/", "users/event/", "fusion/trainingrun/",
    "fusion/modelversion/", "fusion/picturefit/", "fusion/rule/", "fusion/attributionday/",
    "users/apikey/", "users/auditentry/", "django_celery_beat/periodictask/",
)  # fmt: skip
FORMS = (
    "fusion/rule/add/", "fusion/trainingrun/retrain/", "users/apikey/add/", "catalog/product/add/",
    "fusion/modelversion/roll-back/",
)  # fmt: skip
WITH_ROW = (
    Rule,
    TrainingRun,
    TrainingRun,
    ServedList,
    Event,
    Shopper,
    ApiKey,
    AuditEntry,
    User,
    Group,
)
ELSEWHERE = ("/shop/", "/shop/people/", "/shop/cart/", "/api/docs/")
SERIOUS = ("serious", "critical")
# Select2, which Django's search fields bring, draws a list whose last entry is a search field.
OPTIONS = {"resultTypes": ["violations"], "rules": {"list": {"enabled": False}}}


def addresses() -> list[str]:
    found = [f"/admin/{path}" for path in ("", *LISTS, *FORMS)]
    for model in dict.fromkeys(WITH_ROW):
        opts, row = model._meta, model._default_manager.latest("pk")
        found.append(f"/admin/{opts.app_label}/{opts.model_name}/{row.pk}/change/")
    return [*found, *ELSEWHERE]


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_wrong_on_any_kind_of_page(
    live_server: LiveServer, log_in: LogIn, redis_client: Redis, scheme: str
) -> None:
    every_row()
    page = log_in(live_server.url, "superuser", color_scheme=scheme)
    # What does not depend on colours was checked in the light.
    of_dark = {**OPTIONS, "runOnly": ["color-contrast"]}

    found = {}
    for address in addresses():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found[address] = violations(page, OPTIONS if scheme == "light" else of_dark)

    assert {address: each for address, each in found.items() if each} == {}


def test_no_page_of_the_admin_scrolls_sideways_on_a_phone(
    live_server: LiveServer, log_in: LogIn, redis_client: Redis
) -> None:
    every_row()
    page = log_in(live_server.url, "superuser", width=390)

    widths = {}
    for address in addresses():
        page.goto(address)
        widths[address] = page.evaluate("document.documentElement.scrollWidth")

    assert {address: width for address, width in widths.items() if width > 390} == {}
