"""Comparisons of two versions in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME as TICKED
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Product
from fusion.models import VersionComparison
from tests.admin_shop import make_comparison, make_image, make_run, make_version, member
from tests.factories import ProductFactory, ShopperFactory

pytestmark = pytest.mark.django_db
COMPARE = "/admin/fusion/versioncomparison/compare/"
VERSIONS = "/admin/fusion/modelversion/"
Status = VersionComparison.Status


def spread(mean: float) -> dict[str, float]:
    """A measured value with its interval."""
    return {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}


def rows(products: list[Product]) -> list[dict[str, Any]]:
    """A list as a comparison keeps it."""
    return [{"product": each.pk, "score": 1.0, "contributions": {}} for each in products]


def finished(num_shoppers: int = 1, *, tested: int = 30) -> VersionComparison:
    """A comparison that is over: of three products one went, one came, two moved."""
    products = [ProductFactory.create() for _ in range(4)]
    for product in products:
        make_image(product)
    a, b, c, d = products
    metric = {"first": spread(0.1), "second": spread(0.2), "difference": spread(0.1)}
    shares = {key: spread(0.75) for key in ("in_common", "same_first", "same_list")}
    lists = {"shoppers": 200, "gained": [[d.pk, 0, 9]], "lost": [[c.pk, 9, 1]], **shares}
    samples = [
        {
            "shopper": ShopperFactory.create().pk,
            "history": [a.pk],
            "first": rows([a, b, c]),
            "second": rows([b, a, d]),
        }
        for _ in range(num_shoppers)
    ]
    news = {"shoppers": tested, "metrics": {"ndcg@10": metric} if tested >= 20 else {}}
    result = {"lists": lists, "samples": samples, "news": news, "holdout": None}
    return make_comparison(status=Status.SUCCEEDED, result=result, progress=1.0)


def page_of(client: Client, row: VersionComparison) -> str:
    """The page of a comparison."""
    url = reverse("admin:fusion_versioncomparison_change", args=[row.pk])
    return client.get(url).content.decode()


def test_an_analyst_asks_for_a_comparison(client: Client) -> None:
    first, second = (make_version(make_run()) for _ in range(2))
    user = member("Analyst")
    client.force_login(user)

    answer = client.post(COMPARE, {"first": first.pk, "second": second.pk})

    row = VersionComparison.objects.get()
    assert (row.first, row.second, row.requested_by) == (first, second, user)
    assert answer.headers["Location"] == f"/admin/fusion/versioncomparison/{row.pk}/change/"


def test_a_version_is_not_compared_with_itself(client: Client) -> None:
    version = make_version(make_run())
    make_version(make_run())
    client.force_login(member("Analyst"))

    page = client.post(COMPARE, {"first": version.pk, "second": version.pk}).content.decode()

    assert "Choose two different versions." in page
    assert not VersionComparison.objects.exists()


def test_with_one_version_there_is_nothing_to_compare(client: Client) -> None:
    make_version(make_run())
    client.force_login(member("Analyst"))

    page = client.get(COMPARE).content.decode()

    assert "There are not two versions yet." in page
    assert ">Compare</button>" not in page


def test_the_question_comes_with_the_versions_of_the_link(client: Client) -> None:
    first, second = (make_version(make_run()) for _ in range(2))
    client.force_login(member("Analyst"))

    form = client.get(COMPARE, {"first": first.pk, "second": second.pk}).context["form"]

    assert (form["first"].value(), form["second"].value()) == (str(first.pk), str(second.pk))


def test_who_may_not_read_versions_compares_none(client: Client) -> None:
    user = member("Analyst")
    user.groups.clear()
    client.force_login(user)

    assert client.get(COMPARE).status_code == 403
    row = make_comparison()
    live = reverse("admin:fusion_versioncomparison_live", args=[row.pk])
    assert client.get(live).status_code == 404


def test_the_panel_asks_again_until_the_comparison_is_over(client: Client) -> None:
    row = make_comparison(status=Status.RUNNING, progress=0.4, message="Reading shoppers.")
    row.heartbeat_at = timezone.now()
    row.save()
    client.force_login(member("Analyst"))
    url = reverse("admin:fusion_versioncomparison_live", args=[row.pk])

    meanwhile = client.get(url).content.decode()
    VersionComparison.objects.update(status=Status.FAILED, error="<b>No such file</b>")
    afterwards = client.get(url).content.decode()

    assert 'hx-trigger="every 1s"' in meanwhile
    assert 'aria-valuenow="40"' in meanwhile
    assert "No worker goes on" not in meanwhile
    assert "hx-trigger" not in afterwards
    assert "&lt;b&gt;No such file&lt;/b&gt;" in afterwards


def test_a_comparison_nobody_works_on_says_what_to_do(client: Client) -> None:
    silent = timezone.now() - timedelta(minutes=6)
    row = make_comparison(status=Status.RUNNING, heartbeat_at=silent)
    client.force_login(member("Analyst"))

    assert "one listens to the queue “content”" in page_of(client, row)


def test_the_result_tells_what_changes_and_how(client: Client) -> None:
    row = finished()
    client.force_login(member("Analyst"))

    page = page_of(client, row)

    assert "75 % <small" in page
    assert "74 … 76 %" in page
    assert "+0.1000" in page
    assert "30 shoppers. Neither can have learnt it." in page
    marks = [mark for mark in ("new", "gone", "▲ 1", "▼ 1") if f">{mark}</span>" in page]
    assert marks == ["new", "gone", "▲ 1", "▼ 1"]


def test_without_enough_news_the_page_says_what_is_missing(client: Client) -> None:
    client.force_login(member("Analyst"))

    page = page_of(client, finished(tested=1))

    assert "Only 1 shopper has met a new product since both versions were trained" in page


def test_products_and_shoppers_that_are_gone_leave_a_word(client: Client) -> None:
    row = finished()
    Product.objects.all().delete()
    client.force_login(member("Analyst"))

    assert "(no longer in the catalogue)" in page_of(client, row)


def test_comparing_again_begins_with_the_same_versions(client: Client) -> None:
    row = finished()
    client.force_login(member("Analyst"))

    answer = client.get(reverse("admin:fusion_versioncomparison_again", args=[row.pk]))

    assert answer.headers["Location"] == f"{COMPARE}?first={row.first_id}&second={row.second_id}"


def test_the_list_shows_how_much_two_versions_share(client: Client) -> None:
    row = finished()
    client.force_login(member("Analyst"))

    page = client.get("/admin/fusion/versioncomparison/").content.decode()

    assert f"{row.first_id} → {row.second_id}" in page
    assert "75 %" in page


def test_two_ticked_versions_are_compared_the_older_one_before(client: Client) -> None:
    first, _, third = (make_version(make_run()) for _ in range(3))
    client.force_login(member("Analyst"))

    answer = client.post(VERSIONS, {"action": "compare_chosen", TICKED: [third.pk, first.pk]})

    assert answer.headers["Location"] == f"{COMPARE}?first={first.pk}&second={third.pk}"


def test_one_ticked_version_is_too_few(client: Client) -> None:
    version = make_version(make_run())
    client.force_login(member("Analyst"))

    ticked = {"action": "compare_chosen", TICKED: [version.pk]}
    page = client.post(VERSIONS, ticked, follow=True).content.decode()

    assert "Tick two versions to compare; 1 is ticked." in page


def test_comparisons_have_a_place_in_the_menu(client: Client) -> None:
    client.force_login(member("Analyst"))

    page = client.get("/admin/").content.decode()

    assert 'href="/admin/fusion/versioncomparison/"' in page
