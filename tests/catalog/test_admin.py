"""Products in the admin."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from catalog.admin.numbers import NBSP
from catalog.admin.products import price_words
from catalog.models import Product
from catalog.text import product_text, text_hash
from tests.admin_shop import log_messages, make_image, member, superuser
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/product/"


def form_of(product: Product, **changes: object) -> dict[str, object]:
    """What a browser posts when nothing but `changes` was typed."""
    fields = {
        "title": product.title,
        "description": product.description,
        "brand": product.brand,
        "category": product.category_id or "",
        "price": "",
        "currency": "",
        "url": "",
        "attributes": "{}",
        "is_available": "on",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def shown_in(client: Client, query: str) -> list[str]:
    """The ids of the products that a list shows."""
    page = client.get(f"{LIST}?{query}")
    return sorted(row.external_id for row in page.context["cl"].result_list)


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (None, "-"),
        (Decimal("12.500000"), "12.50\N{NO-BREAK SPACE}EUR"),
        (Decimal("0.048441"), "0.048441\N{NO-BREAK SPACE}EUR"),
        (Decimal("1000"), "1000.00\N{NO-BREAK SPACE}EUR"),
    ],
)
def test_a_price_has_two_decimals_or_as_many_as_it_needs(price: Decimal | None, words: str) -> None:
    assert price_words(price, "EUR") == words


def test_a_corrected_title_is_encoded_again(client: Client) -> None:
    product = ProductFactory.create(title="Lamp")
    before = product.text_hash
    client.force_login(member("Merchandiser"))

    answer = client.post(f"{LIST}{product.pk}/change/", form_of(product, title="Desk lamp"))

    product.refresh_from_db()
    assert answer.status_code == 302
    assert product.title == "Desk lamp"
    assert product.text_hash == text_hash(product_text(product)) != before


def test_the_id_of_a_product_cannot_be_changed(client: Client) -> None:
    product = ProductFactory.create(external_id="007")
    client.force_login(superuser())

    client.post(f"{LIST}{product.pk}/change/", form_of(product, external_id="008"))

    product.refresh_from_db()
    assert product.external_id == "007"


def test_a_placeholder_can_be_read_and_not_changed(client: Client) -> None:
    product = ProductFactory.create(title="", is_placeholder=True, is_available=False)
    client.force_login(superuser())

    page = client.get(f"{LIST}{product.pk}/change/")
    answer = client.post(f"{LIST}{product.pk}/change/", form_of(product, title="Made up"))

    product.refresh_from_db()
    assert "the shop has not described it" in page.content.decode()
    assert (answer.status_code, product.title) == (403, "")


def test_products_are_switched_off_together_and_the_log_says_so(client: Client) -> None:
    on, other = ProductFactory.create(), ProductFactory.create()
    off = ProductFactory.create(is_available=False)
    client.force_login(member("Merchandiser"))

    client.post(LIST, {"action": "switch_off", "_selected_action": [on.pk, off.pk]})

    available = Product.objects.available().values_list("pk", flat=True)
    assert list(available) == [other.pk]
    assert log_messages() == ["Switched off."]
    on.refresh_from_db()
    assert on.updated_at > on.created_at  # the serve workers look for what changed


def test_a_placeholder_is_never_switched_on(client: Client) -> None:
    placeholder = ProductFactory.create(is_placeholder=True, is_available=False)
    product = ProductFactory.create(is_available=False)
    client.force_login(superuser())

    client.post(LIST, {"action": "switch_on", "_selected_action": [placeholder.pk, product.pk]})

    assert list(Product.objects.available()) == [product]


def test_nobody_deletes_a_product(client: Client) -> None:
    product = ProductFactory.create()
    client.force_login(superuser())

    assert client.post(f"{LIST}{product.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Product.objects.filter(pk=product.pk).exists()


def test_products_are_found_by_what_they_lack(client: Client) -> None:
    make_image(ProductFactory.create(external_id="whole"))
    make_image(ProductFactory.create(external_id="broken"), problem="The file is not a picture.")
    ProductFactory.create(external_id="no words", title="")
    client.force_login(superuser())

    assert shown_in(client, "picture=missing") == ["broken", "no words"]
    assert shown_in(client, "picture=present") == ["whole"]
    assert shown_in(client, "text=missing") == ["no words"]
    assert shown_in(client, "text=present") == ["broken", "whole"]


def test_the_page_of_a_product_says_why_there_is_no_picture(client: Client) -> None:
    product = ProductFactory.create()
    make_image(product, problem="The file is not a picture.")
    client.force_login(superuser())

    page = client.get(f"{LIST}{product.pk}/change/").content.decode()

    assert "The file is not a picture." in page


def test_a_category_counts_its_products(client: Client) -> None:
    category = CategoryFactory.create()
    ProductFactory.create(category=category)
    ProductFactory.create(category=category)
    client.force_login(superuser())

    page = client.get(reverse("admin:catalog_category_changelist"))

    assert [vars(row)["num_products"] for row in page.context["cl"].result_list] == [2]


def test_the_list_of_pictures_is_a_list_of_work(client: Client) -> None:
    product = ProductFactory.create()
    make_image(product)
    broken = make_image(product, position=1, problem="The file is not a picture.")
    client.force_login(superuser())

    page = client.get("/admin/catalog/productimage/?problem=yes")

    assert page.context["cl"].result_list == [broken]


def test_amounts_and_attributes_are_shown_as_a_person_writes_them(client: Client) -> None:
    attributes = {"colour": "red"}
    product = ProductFactory.create(price=Decimal("24.990000"), attributes=attributes)
    client.force_login(superuser())

    page = client.get(f"{LIST}{product.pk}/change/").content.decode()

    assert 'value="24.99"' in page
    assert "{\n  &quot;colour&quot;: &quot;red&quot;\n}" in page


def test_who_only_reads_sees_amounts_and_attributes_as_people_write_them(client: Client) -> None:
    facts = {"price": Decimal("24.99"), "currency": "EUR", "attributes": {"colour": "blue"}}
    product = ProductFactory.create(**facts)
    client.force_login(member("Analyst"))

    page = client.get(f"/admin/catalog/product/{product.pk}/change/").content.decode()

    assert f"24.99{NBSP}EUR" in page
    assert "24.990000" not in page
    assert "colour blue" in page
