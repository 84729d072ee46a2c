"""The work list of pictures that may not fit their words."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from redis import Redis

from catalog.models import Product
from fusion.features.picture_fit import content_now
from fusion.models import PictureFit
from tests.admin_shop import make_fit, make_image, member
from tests.factories import NOON, ProductFactory
from users.models import AuditEntry

pytestmark = pytest.mark.django_db
LIST = "/admin/fusion/picturefit/"
Make = Callable[[int], list[PictureFit]]


@pytest.fixture
def make_fits() -> Make:
    """Return what makes rows, each the neighbour of all, the first one the worst."""

    def make(count: int) -> list[PictureFit]:
        products: list[Product] = ProductFactory.create_batch(count)
        for product in products:
            make_image(product)
        pks = [product.pk for product in products]
        contents = content_now(pks)
        near: dict[str, Any] = {"near_words": pks, "near_picture": pks[::-1]}
        return [
            make_fit(each, score=0.3 + 0.01 * n, content=contents[each.pk], **near)
            for n, each in enumerate(products)
        ]

    return make


def test_the_worst_stands_first_with_its_neighbours_and_its_standing(
    client: Client, make_fits: Make
) -> None:
    worst, better = make_fits(2)
    client.force_login(member("Analyst"))

    page = client.get(LIST).content.decode()

    assert page.index(worst.product.title) < page.index(f"<strong>{better.product.title}")
    assert "99.0\N{NO-BREAK SPACE}% of the products do better" in page
    assert "Changed since the check" not in page
    assert "Checked" in page


def test_a_picture_that_came_after_the_check_is_said_to_have(
    client: Client, make_fits: Make
) -> None:
    [fit] = make_fits(1)
    fit.product.images.update(content_hash="new")
    client.force_login(member("Analyst"))

    assert "Changed since the check" in client.get(LIST).content.decode()


def test_what_is_called_fine_leaves_the_list_and_the_log_says_who(
    client: Client, make_fits: Make
) -> None:
    fine, other = make_fits(2)
    somebody = member("Merchandiser")
    client.force_login(somebody)

    client.post(reverse("admin:fusion_picturefit_accept", args=[fine.pk]))

    assert [row.pk for row in PictureFit.objects.to_check()] == [other.pk]
    fine.refresh_from_db()
    assert fine.accepted_by == somebody
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.object_id) == (somebody.username, str(fine.product_id))
    page = client.get(LIST, {"state": "fine"}).content.decode()
    assert fine.product.title in page


def test_whoever_may_not_change_products_calls_nothing_fine(
    client: Client, make_fits: Make
) -> None:
    [fit] = make_fits(1)
    client.force_login(member("Analyst"))

    refused = client.post(reverse("admin:fusion_picturefit_accept", args=[fit.pk]))
    client.post(LIST, {"action": "call_fine", "_selected_action": [fit.pk]})

    assert refused.status_code == 403
    assert PictureFit.objects.to_check().count() == 1
    assert "Check now" not in client.get(LIST).content.decode()


def test_the_page_compares_a_product_with_both_kinds_of_neighbours(
    client: Client, make_fits: Make
) -> None:
    fit, neighbour = make_fits(2)
    client.force_login(member("Merchandiser"))

    page = client.get(f"{LIST}{fit.pk}/change/").content.decode()

    assert page.count(f'<span class="rs-card-title">{neighbour.product.title}') == 2
    assert "Looks fine" in page


def test_a_neighbour_that_is_gone_leaves_a_gap(client: Client, make_fits: Make) -> None:
    fit, neighbour = make_fits(2)
    neighbour.product.delete()
    client.force_login(member("Analyst"))

    assert client.get(f"{LIST}{fit.pk}/change/").status_code == 200
    assert client.get(LIST).status_code == 200


def test_a_check_is_queued(client: Client, redis_client: Redis, settings: Any) -> None:
    client.force_login(member("Merchandiser"))

    page = client.post(reverse("admin:fusion_picturefit_check"), follow=True)

    assert "The check is queued." in page.content.decode()
    assert redis_client.llen("content") == 1


def test_an_unchecked_shop_is_told_when_it_will_be(client: Client) -> None:
    client.force_login(member("Analyst"))

    assert "Not checked yet." in client.get(LIST).content.decode()


def test_the_page_of_a_product_shows_its_fit(client: Client, make_fits: Make) -> None:
    [fit] = make_fits(1)
    client.force_login(member("Analyst"))

    page = client.get(f"/admin/catalog/product/{fit.product_id}/change/").content.decode()

    assert "Does the picture fit the text?" in page
    assert "30\N{NO-BREAK SPACE}%" in page
    assert reverse("admin:fusion_picturefit_change", args=[fit.pk]) in page


def test_the_newest_check_is_the_one_that_is_named() -> None:
    fit = make_fit(ProductFactory.create())

    assert (fit.computed_at, str(fit)) == (NOON, f"{fit.product}: picture and words")
