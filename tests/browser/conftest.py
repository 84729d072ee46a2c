"""A real Chromium, and people who log in with it."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from tests.admin_shop import member, superuser
from users.models import User

PASSWORD = "a-long-password-for-tests"
CHROMIUM = shutil.which("chromium")

LogIn = Callable[..., Page]


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The browser; its loop runs in this thread, where Django would refuse to read rows."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
        connections.close_all()  # those that were opened beside the loop are known only here


def person(role: str) -> User:
    """Somebody of a role, or a superuser, with a password."""
    user = superuser() if role == "superuser" else member(role)
    user.username = role.lower().replace(" ", "-")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def log_in(chromium: Browser) -> LogIn:
    """Return a window of the admin, logged in by its form as somebody of a role."""

    def window(address: str, role: str, *, color_scheme: str = "light", width: int = 1440) -> Page:
        user = person(role) if not User.objects.filter(username=_name(role)).exists() else None
        size = {"width": width, "height": 900}
        scheme = "dark" if color_scheme == "dark" else "light"
        context = chromium.new_context(base_url=address, viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto("/admin/login/")
        page.get_by_label("Username").fill(user.username if user else _name(role))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/admin/")
        return page

    return window


def _name(role: str) -> str:
    return role.lower().replace(" ", "-")
