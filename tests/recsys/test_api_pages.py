"""The pages that show the API, in a real browser, without a word to another server."""

import shutil
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium: apt-get install chromium"
)


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/"])
def test_a_page_runs_no_script_that_is_written_into_it(path: str) -> None:
    answer = Client().get(path)

    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == "'self'"
    assert "https://" not in answer.content.decode()


def test_the_script_of_redoc_fetches_nothing_from_its_maker() -> None:
    assert b"cdn.redoc" not in Client().get("/api/redoc/redoc.js").content


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


class Window:
    """A page, and what went wrong on it."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.page: Page = browser.new_page()
        self.wrong: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self._note_request(request.url, address))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)

    def _note_request(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            self.elsewhere.append(url)


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize(
    ("path", "call"),
    [("/api/docs/", "/api/v1/events"), ("/api/redoc/", "send_events")],
    ids=["swagger", "redoc"],
)
def test_a_page_shows_the_calls_without_an_error(
    live_server: LiveServer, browser: Browser, path: str, call: str
) -> None:
    window = Window(browser, live_server.url)

    window.page.goto(live_server.url + path)

    shown = window.page.locator(
        "[data-path='/api/v1/events'], [id='tag/Events/operation/send_events']"
    )
    expect(shown.first).to_be_visible(timeout=20_000)
    window.page.wait_for_load_state("networkidle")
    assert (window.wrong, window.elsewhere) == ([], [])
