"""The script for a shop's pages, in a real browser on the demo shop."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Page, Route, sync_playwright
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from catalog.models import Product
from recsys.stack import wait_until
from users.api_keys import create_api_key
from users.models import ApiKeyKind, Event

CHROMIUM = shutil.which("chromium")
SCRIPT = Path(settings.BASE_DIR) / "recsys/static/recsys/recommend.js"
EVENTS = "**/api/v1/events"
SHOW = """() => Recsys.show(document.querySelector("main"), "/my-shop/for-you", result => {
    const link = document.createElement("a");
    link.textContent = result.product_id;
    return link;
})"""


def test_the_script_is_small_and_needs_no_other() -> None:
    text = SCRIPT.read_text()

    assert len(text.encode()) < 4096
    assert "import" not in text


@pytest.fixture
def key(db: None) -> str:
    return create_api_key(name="web", kind=ApiKeyKind.PUBLISHABLE, scopes=["events"])[1]


@pytest.fixture
def window(
    live_server: LiveServer, shop: dict[str, Product], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """A product page of the shop; closed before the database is."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        window = browser.new_context(base_url=live_server.url).new_page()
        window.goto("/shop/product/000001/")
        Event.objects.all().delete()  # the shop's own server noted the visit
        yield window
        browser.close()
        connections.close_all()  # those of the loop's own context


def begin(window: Page, key: str, **who: str) -> Any:
    """Load the script on the page that is open, and introduce it to the recommender."""
    window.add_script_tag(url="/static/recsys/recommend.js")
    return window.evaluate("options => Recsys.init(options)", {"url": "", "key": key, **who})


def track(window: Page, *arguments: Any) -> Any:
    return window.evaluate("arguments => Recsys.track(...arguments)", list(arguments))


def recorded(number: int) -> list[Event]:
    wait_until(
        lambda: Event.objects.count() >= number, seconds=10, what=f"not {number} events recorded"
    )
    return list(Event.objects.order_by("occurred_at", "pk"))


def waiting(window: Page) -> int:
    return int(window.evaluate("() => JSON.parse(localStorage['recsys.queue'] || '[]').length"))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
class TestInABrowser:
    """All on one page of the demo shop."""

    def test_an_event_arrives_with_all_that_was_said(self, window: Page, key: str) -> None:
        answer_id = "8f0c2c5e-6d5c-4c43-9b6e-0f5a3f2f8f11"
        begin(window, key, visitor="v1")

        said = {"recommendationId": answer_id, "price": 9.5, "quantity": 2}
        track(window, "purchase", "000002", said)

        [event] = recorded(1)
        assert (event.shopper.external_id, event.shopper.kind) == ("v1", "visitor")
        assert (event.product.external_id, event.kind) == ("000002", "purchase")
        assert (float(event.price or 0), event.quantity) == (9.5, 2)
        assert str(event.recommendation_id) == answer_id
        wait_until(lambda: waiting(window) == 0, seconds=5, what="the queue is not empty")

    def test_a_visitor_without_an_id_gets_one_that_stays(self, window: Page, key: str) -> None:
        first = begin(window, key)
        window.goto("/shop/")

        assert begin(window, key) == first
        assert len(first) == 32

    def test_leaving_the_page_loses_nothing(self, window: Page, key: str) -> None:
        begin(window, key, visitor="v1")

        window.evaluate(
            "() => { Recsys.track('cart', '000001'); Recsys.track('like', '000002');"
            " location.href = '/shop/people/' }"
        )

        kinds = [event.kind for event in recorded(2) if event.shopper.external_id == "v1"]
        assert sorted(kinds) == ["cart", "like"]

    def test_what_was_done_offline_arrives_later_and_once(self, window: Page, key: str) -> None:
        begin(window, key, visitor="v1")
        window.route(EVENTS, lambda route: route.abort("internetdisconnected"))
        track(window, "cart", "000003")
        window.goto("/shop/people/")
        assert waiting(window) == 1

        window.unroute(EVENTS)
        begin(window, key, visitor="v1")

        [event] = recorded(1)
        assert event.product.external_id == "000003"

    def test_an_answer_that_is_lost_leads_to_no_second_event(self, window: Page, key: str) -> None:
        begin(window, key, visitor="v1")
        sent: list[Any] = []

        def lose_the_first_answer(route: Route) -> None:
            sent.append(route.request.post_data_json)
            if len(sent) > 1:
                route.continue_()
                return
            route.fetch()
            route.abort()

        window.route(EVENTS, lose_the_first_answer)
        event_id = track(window, "view", "000004")
        wait_until(lambda: _pumped(window) and len(sent) > 1, seconds=10, what="not sent again")
        wait_until(lambda: waiting(window) == 0, seconds=10, what="the queue is not empty")

        assert [each["events"][0]["event_id"] for each in sent] == [event_id, event_id]
        assert Event.objects.count() == 1

    def test_a_refused_call_is_not_sent_for_ever(self, window: Page) -> None:
        begin(window, "pk_wrong", visitor="v1")
        track(window, "view", "000004")

        wait_until(lambda: waiting(window) == 0, seconds=5, what="the queue is not empty")
        assert Event.objects.count() == 0

    def test_a_clicked_recommendation_is_credited(
        self, window: Page, key: str, api: APIClient
    ) -> None:
        answer = api.get("/api/v1/recommendations", {"limit": 2})
        product_id = answer.json()["results"][0]["product_id"]
        window.route("**/my-shop/for-you", lambda route: route.fulfill(body=answer.content))
        begin(window, key, visitor="v1")

        window.evaluate(SHOW)
        window.get_by_text(product_id, exact=True).last.click()
        window.goto("/shop/people/")
        begin(window, key, visitor="v1")
        track(window, "cart", product_id)

        wait_until(lambda: Event.objects.filter(kind="cart").exists(), seconds=10, what="no event")
        event = Event.objects.get(kind="cart")
        assert str(event.recommendation_id) == answer.json()["recommendation_id"]


def _pumped(window: Page) -> bool:
    """Let the browser's calls reach the test, which answers them in this thread."""
    window.wait_for_timeout(50)
    return True
