"""What the lists of the admin say when they have nothing to show."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from tests.admin_shop import superuser
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/product/"


def test_an_empty_list_says_where_its_rows_come_from(client: Client) -> None:
    client.force_login(superuser())

    page = client.get(LIST).content.decode()

    assert "No products yet" in page
    assert "Products come from a feed" in page


def test_a_search_without_a_match_is_no_empty_list(client: Client) -> None:
    ProductFactory.create()
    client.force_login(superuser())

    page = client.get(LIST, {"q": "no such words"}).content.decode()

    assert "Nothing matches" in page
    assert "0 found" in page


def test_every_list_that_can_be_empty_has_words_of_its_own() -> None:
    registered: dict[Any, Any] = admin.site._registry
    without = {model._meta.label for model, each in registered.items() if not each.when_empty}

    assert without == {"auth.Group", "users.User"}
