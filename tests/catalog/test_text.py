import hashlib

import pytest

from catalog.markup import plain_text
from catalog.models import Category, Product
from catalog.text import product_text, text_hash


def test_the_text_of_a_product_is_all_its_words_in_a_fixed_order() -> None:
    product = Product(
        title="Strap <b>top</b>",
        description="<p>Jersey&nbsp;top.</p><script>track()</script>",
        category=Category(path="Women > Tops"),
        brand="Nordlys",
        attributes={"colour": "White", "appearance": "Solid"},
    )

    assert product_text(product) == "Strap top. Women Tops. Nordlys. Solid. White. Jersey top"


def test_codes_in_attributes_are_no_words() -> None:
    product = Product(
        title="Film",
        attributes={
            "imdb_id": "tt0114709",
            "year": 1995,
            "page": "https://a.example/x",
            "cast": ["Tim", "Tom"],
        },
    )

    assert product_text(product) == "Film. Tim Tom"


def test_the_order_of_attributes_changes_nothing() -> None:
    one = Product(attributes={"a": "x", "b": {"d": "y", "c": "z"}})
    two = Product(attributes={"b": {"c": "z", "d": "y"}, "a": "x"})

    assert product_text(one) == product_text(two) == "x. z y"


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("Fish &amp; chips", "Fish & chips"),
        ("a < b", "a < b"),
        ("<br>one<br/>two", "one two"),
        ("<style>p{}</style>seen", "seen"),
        ("<p>open", "open"),
        ("two\n lines", "two lines"),
    ],
)
def test_markup_is_read_as_a_browser_shows_it(markup: str, words: str) -> None:
    assert plain_text(markup) == words


def test_a_text_is_known_by_its_hash_and_no_words_by_none() -> None:
    assert text_hash("Lamp") == hashlib.sha256(b"Lamp").hexdigest()
    assert text_hash(" .. - ") == ""


@pytest.mark.django_db
def test_saving_a_product_keeps_its_hash_right() -> None:
    product = Product.objects.create(external_id="1", title="Lamp")

    product.title = "Chair"
    product.save()

    assert Product.objects.get().text_hash == text_hash("Chair")
