"""The demo shop in a real browser: without a line of JavaScript of its own."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from catalog.models import Product

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture
def window(live_server: LiveServer, shop: dict[str, Product]) -> Iterator[Page]:
    """A phone-sized window on the shop, with scripts off; closed before the database is."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            base_url=live_server.url,
            java_script_enabled=False,
            viewport={"width": 390, "height": 844},
        )
        yield context.new_page()
        browser.close()


def for_you(window: Page) -> list[str]:
    return window.locator("[data-shelf=for-you] .name").all_text_contents()


def test_buying_changes_what_is_for_you(window: Page) -> None:
    window.goto("/shop/people/")
    window.get_by_role("button", name="Ada").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Hello, Ada.")
    before = for_you(window)

    window.locator("[data-shelf=for-you] a").first.click()
    expect(window.get_by_role("heading", level=1)).to_have_text(before[0])
    window.get_by_role("button", name="Buy now").click()
    expect(window.get_by_role("status")).to_contain_text(f"Bought: {before[0]}")

    window.get_by_role("link", name="Marmalade").click()
    after = for_you(window)
    assert len(before) == 6
    assert before[0] not in after
    assert len(after) == 5


def test_a_cart_can_be_filled_emptied_and_bought_with_the_keyboard(window: Page) -> None:
    window.goto("/shop/product/000001/")
    window.get_by_role("button", name="Add to cart").press("Enter")
    window.goto("/shop/cart/")
    expect(window.get_by_text("Total €16.50")).to_be_visible()

    window.get_by_role("button", name="Buy everything").press("Enter")

    expect(window.get_by_role("status")).to_contain_text("Bought 1 product.")


def test_no_page_scrolls_sideways_on_a_phone(window: Page) -> None:
    pages = ("", "people/", "product/000001/", "cart/", "search/?q=harbour")

    widths = {path: _widest(window, path) for path in pages}

    assert widths == dict.fromkeys(pages, 390.0)


def _widest(window: Page, path: str) -> float:
    """Return how far to the right the parts of a page reach."""
    window.goto(f"/shop/{path}")
    parts = window.locator("body > :not(.skip)").all()
    boxes = [box for part in parts if (box := part.bounding_box())]
    return max(box["x"] + box["width"] for box in boxes)
