"""A small shop on the shelf: six products, two simulated shoppers."""

import json
from pathlib import Path

import pytest
from pytest_django import Settings
from redis import Redis

from catalog.models import Category, Product
from fusion.serving.popular import popularity_cache
from tests.factories import CategoryFactory, ProductFactory

PEOPLE = (
    {"user_id": "u0001", "name": "Ada", "led_by": "looks", "likes": "likes polka dots"},
    {"user_id": "u0002", "name": "Emre", "led_by": "words", "likes": "likes the sea"},
)


@pytest.fixture
def shop(db: None, redis_client: Redis, settings: Settings, tmp_path: Path) -> dict[str, Product]:
    """Products by id, with empty caches, and the people file where the storefront looks."""
    popularity_cache.forget()
    settings.VAR_DIR = tmp_path
    (tmp_path / "shop").mkdir()
    lines = "".join(json.dumps(person) + "\n" for person in PEOPLE)
    (tmp_path / "shop" / "shoppers.jsonl").write_text(lines, encoding="utf-8")
    return {product.external_id: product for product in map(_product, range(1, 7))}


def _product(number: int) -> Product:
    kitchen, _ = Category.objects.get_or_create(path="Kitchen", defaults={"name": "Kitchen"})
    mugs = Category.objects.filter(path="Kitchen > Mugs").first() or CategoryFactory.create(
        path="Kitchen > Mugs", name="Mugs", parent=kitchen
    )
    return ProductFactory.create(
        external_id=f"{number:06d}",
        title=f"Harbour Mug {number}",
        description="A mug that would feel at home on any boat.",
        category=mugs,
        price="16.5",
        currency="EUR",
    )
