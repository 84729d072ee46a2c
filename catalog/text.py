"""The words of a product, as the text encoders read them."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from catalog.markup import plain_text

if TYPE_CHECKING:  # models imports this module
    from catalog.models import Product


def product_text(product: "Product") -> str:
    """Return the text of a product; select its category with it when there are many."""
    return compose_text(
        title=product.title,
        description=product.description,
        category=product.category.path if product.category else "",
        brand=product.brand,
        attributes=product.attributes,
    )


def compose_text(
    *, title: str, description: str, category: str, brand: str, attributes: Mapping[str, Any]
) -> str:
    """Return one text of everything the shop says about a product, the same every time.

    The order puts what names the product first: encoders cut long texts at the end. Words
    with digits are left out of attributes: they are codes, prices and dates, no meaning.
    """
    parts = [
        plain_text(title),
        category.replace(" > ", " "),
        brand,
        *(_attribute_words(attributes[key]) for key in sorted(attributes)),
        plain_text(description),
    ]
    return ". ".join(part.rstrip(". ") for part in parts if part.strip(". "))


def _attribute_words(value: Any) -> str:
    words = " ".join(_texts(value)).split()
    return " ".join(word for word in words if word.isprintable() and not _is_code(word))


def _is_code(word: str) -> bool:
    return any(character.isdigit() for character in word) or "://" in word


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield plain_text(value)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield from _texts(value[key])
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def text_hash(words: str) -> str:
    """Return the key an encoded text is stored by; empty when there is no word to encode."""
    if not any(character.isalnum() for character in words):
        return ""
    return hashlib.sha256(words.encode()).hexdigest()
