"""The demo shop's pages and buttons, on the real services."""

import re

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from catalog.models import Category, Product, ProductImage
from demo.acts import record
from demo.current_shopper import CurrentShopper
from tests.factories import EventFactory, ShopperFactory, picture_bytes
from users.models import Event, EventKind, Shopper, ShopperKind

NOTICE = "Simulated shop: products, people and purchases are generated."

Shop = dict[str, Product]


def html(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def sign_in(client: Client, user_id: str = "u0001") -> None:
    assert client.post("/shop/people/sign-in/", {"user_id": user_id}).status_code == 302


def act(client: Client, kind: str, product_id: str = "000001") -> None:
    response = client.post(f"/shop/product/{product_id}/act/", {"kind": kind})
    assert response.status_code == 302


def told(shopper_id: str) -> list[tuple[str, str]]:
    events = Event.objects.filter(shopper__external_id=shopper_id).order_by("id")
    return list(events.values_list("kind", "product__external_id"))


@pytest.mark.parametrize(
    "path",
    ["", "product/000001/", "search/?q=mug", "search/", "cart/", "people/", "people/?who=sea"],
)
def test_every_page_says_that_the_shop_is_simulated(shop: Shop, client: Client, path: str) -> None:
    assert NOTICE in html(client, f"/shop/{path}")


def test_the_category_page_says_so_too_and_holds_what_lies_below(
    shop: Shop, client: Client
) -> None:
    kitchen = Category.objects.get(path="Kitchen")

    page = html(client, f"/shop/category/{kitchen.pk}/")

    assert NOTICE in page
    assert page.count("/shop/product/00000") >= 6


def test_the_front_door_leads_to_the_shop(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/shop/"


def test_a_visitor_gets_a_cookie_once_and_keeps_it(shop: Shop, client: Client) -> None:
    first = client.get("/shop/").cookies["visitor_id"]

    assert re.fullmatch(r"[0-9a-f-]{36}", first.value)
    assert (first["httponly"], first["samesite"]) == (True, "Lax")
    assert "visitor_id" not in client.get("/shop/").cookies


def test_opening_a_product_tells_the_visitors_history(shop: Shop, client: Client) -> None:
    visitor_id = client.get("/shop/").cookies["visitor_id"].value

    client.get("/shop/product/000002/")

    assert told(visitor_id) == [("view", "000002")]
    assert Shopper.objects.get().kind == ShopperKind.VISITOR


def test_a_product_page_shows_what_was_bought_together(shop: Shop, client: Client) -> None:
    for _ in range(2):
        shopper = ShopperFactory.create()
        for product_id in ("000001", "000004"):
            EventFactory.create(shopper=shopper, product=shop[product_id], kind="purchase")

    [shelf] = [
        each
        for each in client.get("/shop/product/000001/").context["shelves"]
        if each.name == "bought-with"
    ]

    assert [card.product.external_id for card in shelf.cards] == ["000004"]


def test_reloading_a_page_at_once_is_not_a_second_view(shop: Shop, client: Client) -> None:
    sign_in(client)

    client.get("/shop/product/000002/")
    client.get("/shop/product/000002/")

    # Two, when the minute ended in between.
    assert 1 <= len(told("u0001")) <= 2
    assert set(told("u0001")) == {("view", "000002")}


@pytest.mark.parametrize("kind", ["cart", "purchase", "like", "remove"])
def test_each_button_records_its_act(shop: Shop, client: Client, kind: str) -> None:
    sign_in(client)

    act(client, kind)

    assert told("u0001") == [(kind, "000001")]


def test_an_unknown_act_is_refused_and_nothing_is_recorded(shop: Shop, client: Client) -> None:
    response = client.post("/shop/product/000001/act/", {"kind": "steal"})

    assert response.status_code == 400
    assert Event.objects.count() == 0


def test_a_link_carries_the_recommendation_to_the_event(shop: Shop, client: Client) -> None:
    sign_in(client)
    answer = re.search(r"product/(\d+)/\?from=([0-9a-f-]{36})", html(client, "/shop/"))
    assert answer is not None

    client.get(f"/shop/product/{answer[1]}/?from={answer[2]}")

    event = Event.objects.get()
    assert (event.product.external_id, str(event.recommendation_id)) == (answer[1], answer[2])


def test_a_tampered_link_records_the_view_without_a_recommendation(
    shop: Shop, client: Client
) -> None:
    client.get("/shop/product/000001/?from='><script>")

    assert Event.objects.get().recommendation_id is None


def for_you(client: Client) -> set[str]:
    page = html(client, "/shop/")
    shelf = page.partition('data-shelf="for-you"')[2].partition("</section>")[0]
    return set(re.findall(r"/shop/product/(\d+)/", shelf))


@pytest.mark.parametrize("kind", ["view", "purchase"])
def test_what_was_seen_or_bought_is_not_for_you_any_more(
    shop: Shop, client: Client, kind: str
) -> None:
    sign_in(client)
    before = for_you(client)
    record(
        CurrentShopper(ShopperKind.CUSTOMER, "u0001", "Ada"),
        "000001",
        EventKind(kind),
        at=timezone.now(),
    )

    assert before == set(shop)
    assert for_you(client) == set(shop) - {"000001"}


def test_a_product_stays_in_the_cart_until_it_is_bought(shop: Shop, client: Client) -> None:
    sign_in(client)
    act(client, "cart", "000001")
    act(client, "cart", "000002")
    act(client, "remove", "000001")
    page = html(client, "/shop/cart/")

    client.post("/shop/cart/buy/")

    assert "€16.50" in page
    assert told("u0001")[-1] == ("purchase", "000002")
    assert "Nothing in it yet" in html(client, "/shop/cart/")


def test_liking_can_be_taken_back(shop: Shop, client: Client) -> None:
    sign_in(client)
    assert "♡ Like" in html(client, "/shop/product/000001/")

    act(client, "like")

    assert "♥ Liked" in html(client, "/shop/product/000001/")


def test_signing_out_makes_a_visitor_of_you(shop: Shop, client: Client) -> None:
    sign_in(client)
    assert "Hello, Ada." in html(client, "/shop/")

    client.post("/shop/people/sign-out/")

    assert "You are a new visitor" in html(client, "/shop/")


def test_nobody_can_sign_in_as_somebody_unknown(shop: Shop, client: Client) -> None:
    response = client.post("/shop/people/sign-in/", {"user_id": "admin"})

    assert response.headers["Location"] == "/shop/people/"
    assert "shop_user_id" not in client.session


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/shop/cart/", "/shop/cart/"),
        ("https://evil.example/", "/shop/"),
        ("//evil.example/", "/shop/"),
        ("javascript:alert(1)", "/shop/"),
    ],
)
def test_a_form_never_leads_to_another_site(
    shop: Shop, client: Client, target: str, location: str
) -> None:
    response = client.post("/shop/people/sign-in/", {"user_id": "u0001", "next": target})

    assert response.headers["Location"] == location


@pytest.mark.parametrize(
    "path",
    ["product/000001/act/", "cart/buy/", "people/sign-in/", "people/sign-out/"],
)
def test_actions_want_a_post_with_a_token(shop: Shop, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.get(f"/shop/{path}").status_code == 405
    assert strict.post(f"/shop/{path}", {"kind": "purchase"}).status_code == 403
    assert Event.objects.count() == 0


def test_people_are_found_by_taste_and_by_what_leads_them(shop: Shop, client: Client) -> None:
    assert "Emre" in html(client, "/shop/people/?who=SEA")
    assert "Ada" not in html(client, "/shop/people/?who=SEA")
    assert "Emre" not in html(client, "/shop/people/?led_by=looks")


def test_search_wants_every_word_in_the_title(shop: Shop, client: Client) -> None:
    assert "1 product with" in html(client, "/shop/search/?q=harbour+3")
    assert "Nothing found" in html(client, "/shop/search/?q=harbour+lamp")


@pytest.mark.parametrize("product_id", ["000404", "000006"])
def test_a_product_that_may_not_be_shown_is_not_found(
    shop: Shop, client: Client, product_id: str
) -> None:
    Product.objects.filter(external_id="000006").update(is_available=False)

    assert client.get(f"/shop/product/{product_id}/").status_code == 404
    assert Event.objects.count() == 0


def test_words_of_the_catalogue_are_escaped(shop: Shop, client: Client) -> None:
    Product.objects.filter(external_id="000001").update(title="<script>alert(1)</script>")

    page = html(client, "/shop/product/000001/")

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_products_picture_is_shown_and_served(shop: Shop, client: Client) -> None:
    image = ProductImage(product=shop["000001"], position=0)
    image.file.save("mug.jpg", ContentFile(picture := picture_bytes()))

    page = html(client, "/shop/product/000001/")

    address = re.search(r'src="(/media/[^"]+)"', page)
    assert address is not None
    assert b"".join(client.get(address[1])) == picture
    assert "no picture yet" in html(client, "/shop/product/000002/")


def test_an_empty_shop_says_how_to_fill_it(db: None, client: Client) -> None:
    assert "make demo" in html(client, "/shop/")
