"""Everything is done without a mouse: skip the menu, open and leave what opens, reach it all."""

import pytest
from playwright.sync_api import Locator, Page
from pytest_django.live_server_helper import LiveServer
from redis import Redis

from tests.admin_shop import every_row
from tests.browser.conftest import CHROMIUM, LogIn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
STOPS_OF_A_PAGE = 250  # more than any page here has
STOPS_OF_A_PANEL = 40
# Of some radio buttons the Tab key stops at one.
NAME = "e => e.type === 'radio' ? `radio ${e.name}` : e.outerHTML.slice(0, 120)"
CONTROLS = (
    "a[href], button, input:not([type=hidden]), select, textarea, summary, "
    "[x-on\\\\:click]:not(:empty)"
)
REACHABLE = f"""
    () => [...document.querySelectorAll('#content :is({CONTROLS})')]
        .filter(e => !e.disabled && e.getAttribute('tabindex') !== '-1')
        .filter(e => e.checkVisibility({{visibilityProperty: true}}))
        .map({NAME})
"""
PANELS = {
    "filters": (
        "users/event/",
        1280,
        "[x-on\\:click*=filterOpen]:not(:empty)",
        "#changelist-filter",
    ),
    "account": ("", 1280, "[x-on\\:click*=openUserLinks]", "nav[x-show=openUserLinks]"),
    "menu": ("", 390, "button[x-on\\:click*=sidebarMobileOpen]", "#nav-sidebar"),
    "related row": (
        "django_celery_beat/periodictask/add/",
        1280,
        "[x-on\\:click*=openRelatedWidgetWrapper]",
        "nav[x-show=openRelatedWidgetWrapper]",
    ),
}


def has_focus(element: Locator) -> bool:
    return bool(element.evaluate("e => e.contains(document.activeElement)"))


def open_and_leave(page: Page, opener: Locator, panel: Locator) -> None:
    """Open a panel by Enter, go round in it, and leave it by Escape."""
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("e => e.contains(document.activeElement)", arg=panel.element_handle())
    for _ in range(STOPS_OF_A_PANEL):
        page.keyboard.press("Tab")
    assert has_focus(panel)

    page.keyboard.press("Escape")

    panel.wait_for(state="hidden")
    assert has_focus(opener)


def test_whatever_opens_takes_the_focus_and_gives_it_back(
    live_server: LiveServer, log_in: LogIn, redis_client: Redis
) -> None:
    every_row()
    page = log_in(live_server.url, "superuser")

    for path, width, opener, panel in PANELS.values():
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/admin/{path}")
        open_and_leave(page, page.locator(opener).first, page.locator(panel).first)


def test_the_first_stop_leads_past_the_menu(
    live_server: LiveServer, log_in: LogIn, redis_client: Redis
) -> None:
    page = log_in(live_server.url, "superuser")
    page.goto("/admin/users/event/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    assert has_focus(skip)
    assert skip.evaluate("e => e.matches(':focus-visible') && e.getBoundingClientRect().top >= 0")

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert has_focus(page.locator("#content"))


def test_the_tab_key_reaches_every_control(
    live_server: LiveServer, log_in: LogIn, redis_client: Redis
) -> None:
    page = log_in(live_server.url, "superuser")

    for path in ("fusion/trainingrun/retrain/", "fusion/rule/add/"):
        page.goto(f"/admin/{path}")
        page.wait_for_load_state("networkidle")
        reached = set()
        for _ in range(STOPS_OF_A_PAGE):
            page.keyboard.press("Tab")
            reached.add(page.evaluate(f"({NAME})(document.activeElement)"))
        assert set(page.evaluate(REACHABLE)) - reached == set()
