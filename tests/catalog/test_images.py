import threading
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from catalog.images import ImageUpload, note_addresses, read_file, store_image, store_images
from catalog.models import Product, ProductImage
from catalog.picture_check import PictureError
from tests.factories import ProductFactory, picture_bytes

RED, BLUE = picture_bytes((200, 0, 0)), picture_bytes((0, 0, 200))
pytestmark = pytest.mark.django_db


@pytest.fixture
def product(db: None) -> Product:
    return ProductFactory.create()


def files(media_root: Path) -> list[bytes]:
    return [path.read_bytes() for path in media_root.rglob("*") if path.is_file()]


def test_a_picture_is_stored_under_its_content(product: Product, media_root: Path) -> None:
    assert store_image(product, 0, RED).status == "created"

    image = ProductImage.objects.get()
    assert (image.product, image.position, image.problem) == (product, 0, "")
    assert (image.width, image.height) == (64, 64)
    assert Path(image.file.path).read_bytes() == RED
    assert Path(image.file.path).stem == image.content_hash
    assert Path(image.file.path).is_relative_to(media_root)


def test_the_same_bytes_again_change_nothing(product: Product, media_root: Path) -> None:
    store_image(product, 0, RED)
    before = ProductImage.objects.values().get()

    assert store_image(product, 0, RED).status == "unchanged"
    assert ProductImage.objects.values().get() == before


def test_a_new_picture_takes_the_place_of_the_old(product: Product) -> None:
    store_image(product, 0, RED)
    old = ProductImage.objects.get()

    assert store_image(product, 0, BLUE).status == "updated"

    new = ProductImage.objects.get()
    assert new.pk == old.pk
    assert new.content_hash != old.content_hash
    assert new.updated_at > old.updated_at


def test_products_share_one_file_of_the_same_content(media_root: Path) -> None:
    for product in ProductFactory.create_batch(3):
        store_image(product, 0, RED)

    assert ProductImage.objects.count() == 3
    assert files(media_root) == [RED]


def test_a_bad_picture_is_noted_with_the_reason(product: Product, media_root: Path) -> None:
    verdict = store_image(product, 0, RED[:200])

    assert (verdict.status, verdict.problem) == ("rejected", ProductImage.objects.get().problem)
    assert "cut off" in verdict.problem
    assert not ProductImage.objects.usable().exists()
    assert files(media_root) == []


def test_a_bad_picture_leaves_the_good_one_where_it_is(product: Product) -> None:
    store_image(product, 0, RED)
    before = ProductImage.objects.values().get()

    assert store_image(product, 0, b"no picture").status == "rejected"
    assert ProductImage.objects.values().get() == before


def test_a_good_picture_ends_the_problem(product: Product) -> None:
    store_image(product, 0, b"no picture")

    assert store_image(product, 0, RED).status == "updated"
    assert ProductImage.objects.get().problem == ""


def test_the_same_bad_bytes_are_refused_again_with_the_same_reason(product: Product) -> None:
    first = store_image(product, 0, b"no picture")

    assert store_image(product, 0, b"no picture") == first
    assert ProductImage.objects.count() == 1


def test_another_problem_takes_the_place_of_the_first(product: Product) -> None:
    store_image(product, 0, b"no picture")

    store_image(product, 0, b"")

    assert ProductImage.objects.get().problem == "The file is empty."


def test_a_file_that_a_crash_cut_off_is_written_again(product: Product) -> None:
    store_image(product, 0, RED)
    path = Path(ProductImage.objects.get().file.path)
    path.write_bytes(RED[:10])

    store_image(ProductFactory.create(), 0, RED)

    assert path.read_bytes() == RED


def test_many_pictures_are_stored_at_once_whatever_the_threads() -> None:
    products = ProductFactory.create_batch(20)
    uploads = [
        ImageUpload(product.pk, 0, partial(picture_bytes, (shade * 10, 0, 0)))
        for shade, product in enumerate(products)
    ]

    verdicts = store_images(uploads, num_threads=4)

    assert [verdict.product_pk for verdict in verdicts] == [product.pk for product in products]
    assert {verdict.status for verdict in verdicts} == {"created"}
    assert ProductImage.objects.usable().count() == 20


def test_of_two_pictures_for_one_place_the_last_good_one_stays(product: Product) -> None:
    store_images([ImageUpload(product.pk, 0, partial(bytes, data)) for data in (RED, BLUE, b"bad")])

    stored = ProductImage.objects.get()
    with stored.file.open() as file:
        assert file.read() == BLUE


def test_an_address_that_was_not_fetched_is_noted_once(product: Product) -> None:
    for _ in range(2):
        note_addresses([(product.pk, "https://shop.example/1.jpg")])

    image = ProductImage.objects.get()
    assert image.source_url == "https://shop.example/1.jpg"
    assert "--fetch-images" in image.problem


def test_an_address_never_hides_a_picture_that_is_there(product: Product) -> None:
    store_image(product, 0, RED)

    note_addresses([(product.pk, "https://shop.example/1.jpg")])

    assert ProductImage.objects.get().problem == ""


def test_a_file_that_is_missing_has_a_reason(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"7\.jpg cannot be read: No such file"):
        read_file(tmp_path / "7.jpg")


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_of_a_good_and_a_bad_picture_at_once_the_good_one_stays() -> None:
    for _ in range(10):
        product = ProductFactory.create()
        barrier = threading.Barrier(2)

        def send(data: bytes, product: Product = product, go: threading.Barrier = barrier) -> None:
            go.wait()
            store_image(product, 0, data)
            connection.close()

        threads = [threading.Thread(target=send, args=[data]) for data in (RED, b"bad")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ProductImage.objects.get(product=product).problem == ""
