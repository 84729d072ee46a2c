"""The words of a product, as the text encoders read them."""

import hashlib
import html
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # models imports this module
    from catalog.models import Product

UNREAD_TAGS = frozenset({"script", "style"})


class _Words(HTMLParser):
    """Collects what a browser would show of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD_TAGS
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._unread = max(0, self._unread - (tag in UNREAD_TAGS))
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data)


def plain_text(markup: str) -> str:
    """Return the visible words of a text that may be HTML, on one line."""
    if "<" in markup:
        parser = _Words()
        parser.feed(markup)
        parser.close()
        markup = "".join(parser.words)
    elif "&" in markup:
        markup = html.unescape(markup)
    return " ".join(markup.split())


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
