"""What the admin says of products and shoppers that the model sees."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from catalog.models import Product, ProductVector
from fusion.admin.answers import bars
from fusion.admin.figures import table_size
from fusion.admin.modalities import modality_states
from fusion.features.store import encoder_in_use
from fusion.models import Embedding
from fusion.serving import keys
from fusion.serving.model_server import ModelServer
from tests.admin_shop import make_image, make_served_list, member, superuser
from tests.factories import EventFactory, ProductFactory, ShopperFactory
from tests.fusion.served_shop import Shop, shopper_of
from users.models import Shopper


def words_of(product: Product) -> list[tuple[bool, str]]:
    """Text and picture of a product: present, and in words."""
    return [(state.is_present, state.words) for state in modality_states([product])[product.pk]]


@pytest.mark.django_db
def test_what_is_missing_is_said_in_words() -> None:
    product = ProductFactory.create(title="")

    assert words_of(product) == [
        (False, "The shop sent no words."),
        (False, "No picture was sent."),
    ]


@pytest.mark.django_db
def test_a_modality_waits_then_is_encoded_or_has_a_problem() -> None:
    product = ProductFactory.create()
    image = make_image(product)
    waiting = words_of(product)

    Embedding.objects.create(
        encoder=encoder_in_use("text"), content_hash=product.text_hash, vector=b"\0\0"
    )
    Embedding.objects.create(
        encoder=encoder_in_use("image"), content_hash=image.content_hash, problem="It is truncated."
    )

    assert waiting == [(False, "Waiting to be encoded.")] * 2
    assert words_of(product) == [
        (True, f"Encoded by {encoder_in_use('text')}."),
        (False, "It is truncated."),
    ]


@pytest.mark.django_db
def test_a_vector_of_another_encoder_does_not_count() -> None:
    product = ProductFactory.create()
    Embedding.objects.create(encoder="old", content_hash=product.text_hash, vector=b"\0\0")

    assert words_of(product)[0] == (False, "Waiting to be encoded.")


@pytest.mark.django_db
def test_a_modality_of_the_shops_own_says_whether_it_was_sent(settings: Settings) -> None:
    settings.FUSION_MODALITIES = {"audio": "precomputed"}
    silent, loud = ProductFactory.create(), ProductFactory.create()
    ProductVector.objects.create(product=loud, modality="audio", content_hash="a", numbers=b"\0\0")

    waiting = words_of(loud)
    Embedding.objects.create(encoder=encoder_in_use("audio"), content_hash="a", vector=b"\0\0")

    assert words_of(silent) == [(False, "Not sent by the shop.")]
    assert waiting == [(False, "Waiting to be encoded.")]
    assert words_of(loud) == [(True, "Sent by the shop.")]


@pytest.mark.django_db
def test_the_list_of_products_has_a_column_for_every_modality(
    client: Client, settings: Settings
) -> None:
    settings.FUSION_MODALITIES = {"text": "minilm", "bird_song": "precomputed"}
    ProductFactory.create()
    client.force_login(superuser())

    page = client.get(reverse("admin:catalog_product_changelist")).content.decode()

    assert "Bird song" in page
    assert "Not sent by the shop." in page
    assert "No picture was sent." not in page


@pytest.mark.django_db
def test_the_states_of_many_products_cost_two_queries_a_modality(
    django_assert_num_queries: Any,
) -> None:
    for _ in range(5):
        make_image(ProductFactory.create())
    products = list(Product.objects.prefetch_related("images"))

    with django_assert_num_queries(4):
        states = modality_states(products)

    assert len(states) == 5


@pytest.mark.django_db
def test_the_page_of_a_product_counts_its_recent_events(client: Client) -> None:
    product = ProductFactory.create()
    EventFactory.create(product=product, occurred_at=timezone.now())
    EventFactory.create(product=product)  # months ago
    client.force_login(superuser())

    page = client.get(f"/admin/catalog/product/{product.pk}/change/").content.decode()

    assert re.search(r"<dt>View</dt><dd>1</dd>", page)


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["fused", "behaviour", "text", "image"])
def test_without_a_serve_worker_the_neighbours_say_why(
    client: Client, redis_client: Redis, by: str
) -> None:
    product = ProductFactory.create()
    client.force_login(member("Analyst"))

    page = client.get(reverse("admin:catalog_product_similar", args=[product.pk, by]))

    assert page.status_code == 200
    assert "because no serve worker is running" in page.content.decode()


@pytest.mark.django_db
def test_only_known_branches_are_asked(client: Client) -> None:
    product = ProductFactory.create()
    client.force_login(member("Analyst"))

    url = reverse("admin:catalog_product_similar", args=[product.pk, "smell"])

    assert client.get(url).status_code == 404


def test_a_shopper_page_shows_live_recommendations_and_records_no_impression(
    client: Client, shop: Shop, server: ModelServer, redis_client: Redis
) -> None:
    shopper = shopper_of(shop.odd[:3], "ada")
    client.force_login(member("Analyst"))

    url = reverse("admin:users_shopper_recommendations", args=[shopper.pk])
    page = client.get(url).content.decode()

    assert "answered by: model" in page
    assert page.count('class="rs-card"') == 12
    assert "behaviour: " in page  # what the branch adds stands in the title of its bar
    assert redis_client.xlen(keys.SERVED_LISTS) == 0


def test_a_product_page_shows_its_neighbours_by_branch(
    client: Client, shop: Shop, server: ModelServer, redis_client: Redis
) -> None:
    client.force_login(member("Analyst"))

    url = reverse("admin:catalog_product_similar", args=[shop.products[0].pk, "behaviour"])
    page = client.get(url).content.decode()

    assert page.count("<li>") == 8
    assert redis_client.xlen(keys.SERVED_LISTS) == 0


def test_a_product_page_names_shoppers_who_would_see_it(
    client: Client, shop: Shop, server: ModelServer, redis_client: Redis
) -> None:
    shopper_of(shop.even[1:6], "ada")
    shopper_of(shop.odd[:4], "bob")
    client.force_login(member("Analyst"))

    url = reverse("admin:catalog_product_audience", args=[shop.even[0].pk])
    page = client.get(url).content.decode()

    assert "No answer was stored yet." in page
    assert ">ada</a>" in page
    assert re.search(r"<strong>[12] of [12]</strong>", page)
    assert redis_client.xlen(keys.SERVED_LISTS) == 0


@pytest.mark.django_db
def test_how_often_the_last_answers_showed_a_product_has_an_interval(
    client: Client, redis_client: Redis
) -> None:
    product = ProductFactory.create()
    make_served_list(product, None)
    make_served_list(ProductFactory.create(), None)
    client.force_login(member("Analyst"))

    url = reverse("admin:catalog_product_audience", args=[product.pk])
    page = client.get(url).content.decode().replace("\N{NO-BREAK SPACE}", " ")

    assert "Shown in 1 of the last 2 stored answers: 50.0 % [9.5 … 90.5 %]." in page
    assert "No shopper has turned to a product like this one yet." in page


@pytest.mark.django_db
def test_a_served_list_is_replayed_with_what_came_of_it(client: Client) -> None:
    product = ProductFactory.create(title="Desk lamp")
    served = make_served_list(product, ShopperFactory.create())
    EventFactory.create(product=product, kind="purchase", recommendation_id=served.pk)
    client.force_login(member("Analyst"))

    page = client.get(f"/admin/fusion/servedlist/{served.pk}/change/").content.decode()

    assert "<b>1.</b> Desk lamp" in page
    assert "<strong>Purchase</strong>" in page


@pytest.mark.django_db
def test_a_served_product_that_is_gone_is_still_listed(client: Client) -> None:
    product = ProductFactory.create(external_id="gone")
    served = make_served_list(product, None)
    product.delete()
    client.force_login(member("Analyst"))

    page = client.get(f"/admin/fusion/servedlist/{served.pk}/change/").content.decode()

    assert "(no longer in the catalogue)" in page


def test_bars_share_a_line_by_the_size_of_each_part() -> None:
    behaviour, text = bars({"behaviour": 3.0, "text": -1.0})

    assert (behaviour.share, behaviour.value) == (75.0, 3.0)
    assert (text.share, text.value) == (25.0, -1.0)
    assert bars({"behaviour": 0.0})[0].share == 0.0


@pytest.mark.django_db
def test_a_small_table_is_counted_and_a_large_one_estimated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(4):
        ShopperFactory.create()
    assert table_size(Shopper) == "4"
    monkeypatch.setattr("fusion.admin.figures.COUNT_LIMIT", 2)
    assert table_size(Shopper).startswith("about ")


@pytest.mark.django_db
def test_the_summary_stands_on_the_page_once(client: Client) -> None:
    product = ProductFactory.create()
    client.force_login(superuser())

    page = client.get(f"/admin/catalog/product/{product.pk}/change/").content.decode()

    assert page.count('aria-label="Summary"') == 1
