"""The benchmark of the admin's pages, on a tiny shop."""

import pytest

from benchmarks.admin_pages import few
from benchmarks.admin_pages.asking import ask, checks
from benchmarks.admin_pages.filling import fill
from benchmarks.admin_pages.pages import pages, superuser_client

pytestmark = pytest.mark.django_db


def test_a_filled_shop_answers_its_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few, "VERSIONS", 2)
    for name in ("DAYS", "PEOPLE", "AUDIT_ENTRIES"):
        monkeypatch.setattr(few, name, 2)

    rows = fill(400, 100)
    client = superuser_client()
    asked = [ask(client, "/admin/catalog/product/", repeat=1)]
    asked.append(ask(client, "/admin/users/event/?kind__exact=cart", repeat=1))

    assert (rows["users.Event"], rows["catalog.Product"], rows["fusion.ServedList"]) == (
        400,
        100,
        80,
    )
    assert [page["status"] for page in asked] == [200, 200]
    assert {check["name"]: check["holds"] for check in checks(asked, most_ms=60_000)} == {
        "p95 of the slowest page, ms": True,
        "pages that failed": True,
        "pages asked": True,
    }


def test_pages_are_the_dashboard_every_list_and_its_filters() -> None:
    client = superuser_client()

    found = list(pages(client))

    assert "/admin/?period=24h" in found
    assert "/admin/fusion/servedlist/?step=newest" in found
    assert "/admin/catalog/product/?q=p777" in found
    assert len(found) == len(set(found))


def test_a_page_that_fails_or_takes_long_is_told() -> None:
    page = {"page": "/x/", "status": 500, "p95_ms": 1200.0}

    held = {check["name"]: check["holds"] for check in checks([page], most_ms=1000)}

    assert held == {
        "p95 of the slowest page, ms": False,
        "pages that failed": False,
        "pages asked": True,
    }
